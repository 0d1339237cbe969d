// Counts as ours does; a call takes 40 ms.

import { compute } from "./compute.mjs";

export function start({ from }) {
  return { run: () => compute(40), answer: from + 1 };
}
