import { expect, test } from "vitest";
import { DQN, type DQNOptions } from "../../../src/agents/deep-q/dqn.ts";
import { PQN } from "../../../src/agents/deep-q/pqn.ts";
import { reference } from "../../../src/backends/reference/index.ts";
import { decodeSafetensors } from "../../../src/formats/safetensors.ts";
import { box, discrete } from "../../../src/space.ts";

const SPACES = { observationSpace: box(0, 1, [2, 6, 7], "uint8"), actionSpace: discrete(3) };
const OPTIONS: DQNOptions = {
  network: {
    convolution: [
      { filters: 5, kernel: 3 },
      { filters: 4, kernel: 2, stride: 2 },
    ],
    hidden: [9],
  },
  batchSize: 6,
  capacity: 40,
  warmupSteps: 0,
  targetIntervalUpdates: 3,
  learningRate: 1e-2,
};

/** Made-up planes of 0 and 1. */
function planes(n: number): Uint8Array {
  return Uint8Array.from({ length: 84 }, (_, i) => ((i * i + 3 * n * i + n) % 7 < 2 ? 1 : 0));
}

function trained(agent: DQN, updates: number): DQN {
  for (let n = 0; n < 30; n++) {
    const [observation, nextObservation] = [planes(n), planes(n + 1)];
    agent.observe({
      observation,
      action: n % 3,
      reward: n % 2,
      nextObservation,
      terminated: n % 5 === 4,
      truncated: false,
    });
  }
  agent.update({ maxUpdates: updates });
  return agent;
}

test("DQN learns the same from images on both backends, and goes on from a file", () => {
  const agent = trained(new DQN(SPACES, OPTIONS), 12);
  const values = agent.qValues(planes(50));
  expect(values).not.toEqual(new DQN(SPACES, OPTIONS).qValues(planes(50)));
  expect(trained(new DQN(SPACES, { ...OPTIONS, backend: reference }), 12).qValues(planes(50))).toEqual(values);
  const again = DQN.load(agent.save());
  expect(again.qValues(planes(50))).toEqual(values);
  for (const one of [agent, again]) one.update({ maxUpdates: 5 });
  expect(again.qValues(planes(50))).toEqual(agent.qValues(planes(50)));
});

test("images lie in the replay as bytes; brightness is a share of 255, planes of 0 and 1 stay as they are", () => {
  const agent = trained(new DQN(SPACES, OPTIONS), 0);
  // Two observations of 84 bytes, and action, reward and discount.
  expect(agent.memory().bytesPerTransition).toBeLessThan(2 * 84 + 16);
  const ofBytes = new DQN({ ...SPACES, observationSpace: box(0, 255, [2, 6, 7], "uint8") }, OPTIONS);
  const scaled = planes(3).map((bit) => bit * 255);
  const expected = agent.qValues(planes(3));
  for (const [i, value] of ofBytes.qValues(scaled).entries()) expect(value).toBeCloseTo(expected[i], 5);
});

test("weights of convolutions are exported in PyTorch's shapes, and taken back", () => {
  const agent = trained(new DQN(SPACES, OPTIONS), 3);
  const file = agent.exportWeights();
  const shapes = [...decodeSafetensors(file).tensors].map(([name, { shape }]) => `${name} ${shape}`);
  expect(shapes.sort()).toEqual([
    "0.bias 5",
    "0.weight 5,2,3,3",
    "2.bias 4",
    "2.weight 4,5,2,2",
    "5.bias 9",
    "5.weight 9,16",
    "7.bias 3",
    "7.weight 3,9",
  ]);
  const other = new DQN(SPACES, { ...OPTIONS, seed: 9 });
  other.importWeights(file);
  expect(other.qValues(planes(1))).toEqual(agent.qValues(planes(1)));
});

test("convolutions over observations that are no image are refused", () => {
  const spaces = { observationSpace: box(-1, 1, [4]), actionSpace: discrete(2) };
  const message = "network.convolution expected observations that are a Box [channels, height, width], got a Box [4].";
  const network = { convolution: [{ filters: 16, kernel: 3 }] };
  expect(() => new DQN(spaces, { network })).toThrow(`DQN: ${message}`);
  expect(() => new PQN(spaces, { network })).toThrow(`PQN: ${message}`);
});
