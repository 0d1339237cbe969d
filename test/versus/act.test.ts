import { expect, test } from "vitest";

/** Not compiled with the rest; see bench/versus.ts. */
const { agree } = (await import(new URL("../../bench/versus/act.mjs", import.meta.url).href)) as {
  agree(ours: number[], theirs: number[], task: unknown, library: string): number;
};

test("two policies that choose the same are told by how many choices", () => {
  expect(agree([0, 1, 1], [0, 1, 1], {}, "peer")).toBe(3);
});

test.each([
  ["another action", [0, 1, 0]],
  ["an action less", [0, 1]],
  ["no actions at all", []],
])("%s is an error", (_, theirs) => {
  expect(() => agree([0, 1, 1], theirs, {}, "peer")).toThrow(
    `act: actions of peer expected 011, got ${theirs.join("")}`,
  );
});
