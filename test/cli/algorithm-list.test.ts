import { expect, test } from "vitest";
import * as registry from "../../src/agents/registry.ts";
import { algorithmList } from "../../src/cli/algorithm-list.ts";

test("every class of the registry has a line with its name, what it is and the actions that it chooses", () => {
  const lines = algorithmList().split("\n");
  const abouts = Object.values(registry).map(({ about }) => about);
  expect(lines).toHaveLength(abouts.length);
  for (const { algorithm, summary, actions } of abouts) {
    const kinds = actions.length === 4 ? "any" : actions.join(", ");
    expect(lines.map((line) => line.replace(/ {2,}/g, "|"))).toContain(`|${algorithm}|${summary} (${kinds})`);
  }
});
