// Counts as ours does; a call is done when its promise is, 20 ms later.

import { setTimeout } from "node:timers/promises";

export async function start({ from }) {
  await setTimeout(1);
  return { run: () => setTimeout(20), answer: from + 1 };
}
