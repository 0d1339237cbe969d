// What PQN can be told beside what all agents that learn from rollouts can.

import { expect, test } from "vitest";
import { PQN } from "../../../src/agents/deep-q/pqn.ts";
import { box, discrete } from "../../../src/space.ts";
import { readOptions } from "../../../src/training/options.ts";

const SPACES = { observationSpace: box(-1, 1, [2]), actionSpace: discrete(3) };
const read = (options: object) => readOptions(PQN.about, SPACES, options);

test("defaults are those of CleanRL's pqn.py", () => {
  expect(read({})).toMatchObject({
    totalSteps: 500_000,
    rolloutSteps: 128,
    epochs: 4,
    minibatches: 4,
    discount: 0.99,
    lambda: 0.65,
    learningRate: { type: "linear", from: 2.5e-4, to: 0, fraction: 1 },
    epsilon: { type: "linear", from: 1, to: 0.05, fraction: 0.5 },
    maxGradientNorm: 10,
    optimizer: { type: "radam" },
    network: { hidden: [120, 84], activation: "relu", layerNorm: true },
  });
});

test.each([
  [
    { lambda: 1.5 },
    "PQN: lambda expected a number at least 0 and at most 1, got 1.5. 0 looks one step ahead, 1 to the end.",
  ],
  [{ epsilon: 2 }, "PQN: epsilon expected a number at least 0 and at most 1, got 2."],
  [{ warmupSteps: 10 }, 'PQN: option expected a known name, got "warmupSteps".'],
])("%o is refused", (options, message) => {
  expect(() => read(options)).toThrow(message);
});
