// The list of registered algorithms for `--help`. The texts come from the `about` of each class.

import { ALGORITHMS } from "./algorithms.ts";

/** Number of kinds of action spaces. */
const KINDS = 4;

/** Returns one line per algorithm: its name, its summary and its kinds of actions. */
export function algorithmList(): string {
  const entries = Object.entries(ALGORITHMS).map(([name, { about }]) => {
    const actions = about.actions.length === KINDS ? "any" : about.actions.join(", ");
    return { name, text: `${about.summary} (${actions})` };
  });
  const width = Math.max(...entries.map(({ name }) => name.length));
  return entries.map(({ name, text }) => `  ${name.padEnd(width)}  ${text}`).join("\n");
}
