import { expect, test } from "vitest";
import * as registry from "../../../src/agents/registry.ts";
import { AGENTS, plainRow, rowOf, settingsOf } from "./agents.ts";

test("every agent of the registry is in the table of the contract suite", () => {
  expect(AGENTS.map(({ name }) => name)).toEqual(Object.keys(registry));
});

test.each(AGENTS)(
  "$name says of itself what tables, help and files need, under the name of its export",
  ({ name, agent }) => {
    const { about } = agent;
    expect(about.name).toBe(name);
    expect(about.algorithm).toMatch(/^[a-z][a-z0-9-]*$/);
    expect(about.summary).toMatch(/^\S.*[^.\s]$/);
    expect(about.actions.length).toBeGreaterThan(0);
    for (const [id, { source }] of Object.entries(about.presets ?? {})) expect(source, id).not.toBe("");
  },
);

test("no two agents write the same algorithm into their files", () => {
  const algorithms = AGENTS.map(({ agent }) => agent.about.algorithm);
  expect(new Set(algorithms).size).toBe(algorithms.length);
});

test.each(AGENTS)("every setting of $name in the table is one that the agent takes", (row) => {
  for (const { name, options, workplace } of settingsOf(row)) {
    expect(() => row.make(workplace(), options).dispose(), name).not.toThrow();
  }
});

// An agent that learns in a single environment alone has a row that says so.
test.each(AGENTS.filter(({ isParallel }) => isParallel))(
  "$name learns in the plain settings of an agent without a row of its own",
  ({ name, agent }) => {
    const row = rowOf(name, agent, plainRow(agent));
    for (const { options, workplace } of settingsOf(row)) {
      const learner = row.make(workplace(), options);
      learner.learnSync(80);
      expect(learner.updates).toBeGreaterThan(1);
      learner.dispose();
    }
  },
);
