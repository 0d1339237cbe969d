// The tables of agents in the documentation are those that the classes give.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { agentsOf, PAGES, withTables } from "../../scripts/agent-tables.mjs";
import * as registry from "../../src/agents/registry.ts";

const read = (path: string): string => readFileSync(join(import.meta.dirname, "../..", path), "utf8");
const agents = agentsOf(registry);

describe("tables of agents", () => {
  test.each(PAGES)("in %s are not stale (npm run docs:tables writes them)", (path) => {
    const text = read(path);
    expect(text).toContain("<!-- agents: ");
    expect(withTables(path, text, agents)).toBe(text);
  });

  test("have a row for every class of the registry", () => {
    const names = Object.values(registry).map(({ about }) => about.name);
    expect(agents.map(({ name }) => name).sort()).toEqual(names.sort());
    for (const name of names) expect(read("docs/agents/README.md")).toContain(`| [\`${name}\`](`);
  });

  test("link an agent that has no page of its own to the page that names it most", () => {
    const table = withTables("docs/x.md", "<!-- agents: classes -->\n<!-- /agents -->", agents);
    expect(table).toContain("| [`PPO`](agents/ppo.md) |");
    expect(table).toContain("| [`Rainbow`](agents/dqn.md) |");
    expect(table).toContain("| [`QLearning`](agents/tabular.md) |");
  });

  test("take a new agent with nothing but its page", () => {
    const text = "<!-- agents: algorithms -->\nold\n<!-- /agents -->";
    const facts = { summary: "learns", actions: ["box"], learnsFrom: "steps", presets: { "Pendulum-v1": {} } };
    expect(withTables("docs/x.md", text, [{ name: "PPO", algorithm: "ppo", ...facts }])).toBe(
      "<!-- agents: algorithms -->\n| algorithm | what it is | actions | presets |\n| --- | --- | --- | --- |\n| [`ppo`](agents/ppo.md) | learns | box | `Pendulum-v1` |\n<!-- /agents -->",
    );
    expect(() => withTables("docs/x.md", text, [{ name: "Unnamed", algorithm: "unnamed", ...facts }])).toThrow(
      "docs/agents/unnamed.md expected to be there, got no page that names Unnamed. Write it.",
    );
  });
});
