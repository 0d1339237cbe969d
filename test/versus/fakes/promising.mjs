// Counts as ours does; a call is done when its promise is, after 20 ms in a later turn of the loop.

import { setImmediate } from "node:timers/promises";
import { compute } from "./compute.mjs";

export async function start({ from }) {
  await setImmediate();
  const run = async () => {
    await setImmediate();
    compute(20);
  };
  return { run, answer: from + 1 };
}
