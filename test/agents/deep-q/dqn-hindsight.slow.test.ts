import { expect, test } from "vitest";
import { DQN, type DQNOptions } from "../../../src/agents/deep-q/dqn.ts";
import { registerDiagnostics } from "../../../src/envs/diagnostics/index.ts";
import { make } from "../../../src/envs/registry.ts";

registerDiagnostics();

test("BitFlip-v0 of 10 bits is solved after 1,500 steps with the preset, and not without hindsight", () => {
  const solved = (options: DQNOptions): number => {
    const agent = new DQN(make("BitFlip-v0"), { seed: 0, ...options });
    agent.learnSync(1500);
    const { returns } = agent.evaluateSync(() => make("BitFlip-v0"), { episodes: 100, seed: 10_000 });
    return returns.filter((value) => value > -10).length;
  };
  // Seeds 0 to 9 made 99 or 100 of 100.
  expect(solved({})).toBeGreaterThanOrEqual(90);
  expect(solved({ hindsight: null })).toBeLessThanOrEqual(20);
});
