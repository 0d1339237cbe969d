// The registered algorithms as `--help` lists them: what their classes say of themselves.

import { ALGORITHMS } from "./algorithms.ts";

/** Kinds of actions that a space can have. */
const KINDS = 4;

/** A line for each: its name, what it is, and the actions that it chooses. */
export function algorithmList(): string {
  const entries = Object.entries(ALGORITHMS).map(([name, { about }]) => {
    const actions = about.actions.length === KINDS ? "any" : about.actions.join(", ");
    return { name, text: `${about.summary} (${actions})` };
  });
  const width = Math.max(...entries.map(({ name }) => name.length));
  return entries.map(({ name, text }) => `  ${name.padEnd(width)}  ${text}`).join("\n");
}
