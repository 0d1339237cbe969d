import { describe, expect, test } from "vitest";
import { DQN, type DQNOptions } from "../../../src/agents/deep-q/dqn.ts";
import { DivergenceError, StateError } from "../../../src/errors.ts";
import { encodeSafetensors, type NamedTensor } from "../../../src/formats/safetensors.ts";
import { box, discrete } from "../../../src/space.ts";
import { ChainEnv, constantReward } from "../small-envs.ts";

const SPACES = { observationSpace: box(-1, 1, [2]), actionSpace: discrete(3, 1) };
const GOOD = {
  observation: [0.1, 0.2],
  action: 1,
  reward: 1,
  nextObservation: [0.3, 0.4],
  terminated: false,
  truncated: false,
};
const SMALL: DQNOptions = { preset: false, batchSize: 8, capacity: 64, warmupSteps: 8, network: { hidden: [8] } };

test("update makes none before warm-up and a full batch, then as many as asked", () => {
  const agent = new DQN(SPACES, { ...SMALL, warmupSteps: 10 });
  for (let i = 0; i < 9; i++) agent.observe(GOOD);
  expect(agent.update({ maxUpdates: 5 })).toBe(0);
  agent.observe(GOOD);
  expect(agent.update()).toBe(1);
  expect(agent.update({ maxUpdates: 5 })).toBe(5);
  expect(agent.update({ maxUpdates: 5, budgetMs: 0 })).toBe(0);
  expect(agent.updates).toBe(6);
});

describe("exploration", () => {
  /** 4.5 standard deviations of a binomial: wrong once in 150,000 runs of a correct program. */
  const DEVIATIONS = 4.5;
  const DRAWS = 20_000;
  const SEED = 5;

  function frequencies(agent: DQN, mask?: number[]): number[] {
    const counts = [0, 0, 0];
    const options = mask === undefined ? { explore: true } : { explore: true, mask };
    for (let i = 0; i < DRAWS; i++) counts[agent.act([0.5, -0.5], options) - 1]++;
    return counts;
  }

  function expectShares(counts: number[], shares: number[]): void {
    for (const [i, share] of shares.entries()) {
      const tolerance = DEVIATIONS * Math.sqrt(DRAWS * share * (1 - share));
      expect(Math.abs(counts[i] - DRAWS * share), `seed ${SEED}: ${counts}`).toBeLessThanOrEqual(tolerance);
    }
  }

  const share = (agent: DQN, epsilon: number, allowed: number[]): number[] => {
    const greedy = agent.act([0.5, -0.5], { mask: allowed }) - 1;
    const n = allowed.reduce((a, b) => a + b, 0);
    return allowed.map((isAllowed, a) => (isAllowed ? epsilon / n : 0) + (a === greedy ? 1 - epsilon : 0));
  };

  test.each([0, 0.1, 0.5, 1])("exploring takes random actions at the rate of epsilon %d", (epsilon) => {
    const agent = new DQN(SPACES, { ...SMALL, warmupSteps: 0, epsilon, seed: SEED });
    expectShares(frequencies(agent), share(agent, epsilon, [1, 1, 1]));
  });

  test("exploring is uniform during warm-up, whatever epsilon", () => {
    const agent = new DQN(SPACES, { ...SMALL, warmupSteps: 100, epsilon: 0, seed: SEED });
    expectShares(frequencies(agent), [1 / 3, 1 / 3, 1 / 3]);
  });

  test.each([[[1, 1, 0]], [[0, 1, 1]], [[0, 0, 1]]])(
    "exploring shares random actions among those that the mask %o allows",
    (mask) => {
      const agent = new DQN(SPACES, { ...SMALL, warmupSteps: 0, epsilon: 0.5, seed: SEED });
      expectShares(frequencies(agent, mask), share(agent, 0.5, mask));
    },
  );
});

describe("known answers", () => {
  /** Float32 networks with a constant learning rate; a linear one-hot model has an exact solution. */
  const TOLERANCE = 0.02;
  const LINEAR: DQNOptions = {
    preset: false,
    discount: 0.9,
    network: { hidden: [] },
    learningRate: 0.05,
    batchSize: 32,
    capacity: 1000,
    warmupSteps: 50,
    trainIntervalSteps: 1,
    targetIntervalUpdates: 20,
    epsilon: 1,
    loss: "mse",
    maxGradientNorm: null,
  };
  const always = (terminates: boolean) => () => ({ next: 0, reward: 1, terminated: terminates });

  test.each([1, 2, 7])("reward 1 for ever, truncated every %i steps, is worth 1 / (1 - 0.9) = 10", (limit) => {
    for (const nStep of [1, 3]) {
      const agent = new DQN(new ChainEnv(1, 1, limit, always(false)), { ...LINEAR, nStep });
      agent.learnSync(2500);
      expect(Math.abs(agent.qValues(0)[0] / 10 - 1)).toBeLessThan(TOLERANCE);
    }
  });

  test("reward 1 in an episode of one step is worth 1", () => {
    const agent = new DQN(new ChainEnv(1, 1, 5, always(true)), LINEAR);
    agent.learnSync(1000);
    expect(agent.qValues(0)[0]).toBeCloseTo(1, 2);
  });

  // State 0: action 0 stays (reward 0), action 1 goes on (reward 0). State 1: action 0 goes back (reward 0.5), action 1 ends (reward 2).
  // Q*(1, 1) = 2; Q*(0, 1) = 0.9 x 2 = 1.8; Q*(0, 0) = 0.9 x 1.8 = 1.62; Q*(1, 0) = 0.5 + 0.9 x 1.8 = 2.12.
  // So ending is not best: V(1) = max(2, 0.5 + 0.9 x 0.9 V(1)) = 0.5 / 0.19 = 2.6316; Q*(0, 1) = 2.3684, Q*(0, 0) = 2.1316.
  test.each([{}, { double: true }, { dueling: true }, { tau: 0.1, targetIntervalUpdates: 1 }])(
    "a chain of two states has its Q* with %o",
    (options) => {
      const chain = new ChainEnv(2, 2, 10, (state, action) => {
        if (state === 0) return { next: action, reward: 0, terminated: false };
        return action === 0 ? { next: 0, reward: 0.5, terminated: false } : { next: 1, reward: 2, terminated: true };
      });
      const agent = new DQN(chain, { ...LINEAR, ...options });
      agent.learnSync(4000);
      const exact = [2.1316, 2.3684, 2.6316, 2];
      const learned = [...agent.qValues(0), ...agent.qValues(1)];
      for (const [i, q] of exact.entries()) expect(Math.abs(learned[i] / q - 1)).toBeLessThan(TOLERANCE);
    },
  );
});

describe("divergence", () => {
  test.each([
    ["rewards of 1e38", 1e38, { loss: "mse", nStep: 1 } as const],
    ["rewards of 3e38 summed over 3 steps", 3e38, { nStep: 3, discount: 1 } as const],
    ["a learning rate of 1e30", 1, { learningRate: 1e30, maxGradientNorm: null } as const],
    ["a learning rate of 1e30 with clipping", 1, { learningRate: 1e30 } as const],
  ])("a run with %s stops with DivergenceError, and the agent stays usable", (_, reward, options) => {
    const agent = new DQN(constantReward(reward), { ...SMALL, trainIntervalSteps: 1, ...options });
    expect(() => agent.learnSync(2000)).toThrow(DivergenceError);
    expect(() => agent.learnSync(1)).not.toThrow(StateError);
  });

  test("the error of a run that diverges says what, where, and what to do", () => {
    const agent = new DQN(constantReward(1e38), { ...SMALL, trainIntervalSteps: 1, loss: "mse" });
    expect(() => agent.learnSync(2000)).toThrow(
      /^DQN: loss expected a finite number, got (Infinity|NaN) in update \d+ \(environment step \d+\)\. Lower learningRate, set maxGradientNorm, or scale rewards down; go on from the last good checkpoint\.$/,
    );
  });
});

describe("weights from and for PyTorch", () => {
  const agent = (): DQN => new DQN(SPACES, { ...SMALL, network: { hidden: [4] }, seed: 1 });
  const numbers = (length: number, from: number): Float32Array =>
    Float32Array.from({ length }, (_, i) => (from + i) / 8 - 1);
  const layers = (names: string[], shapes: number[][] = [[4, 2], [4], [3, 4], [3]]): NamedTensor[] =>
    names.map((name, i) => {
      const length = shapes[i].reduce((a, b) => a * b, 1);
      return { name, dtype: "F32", shape: shapes[i], data: numbers(length, i) };
    });
  const SEQUENTIAL = ["0.weight", "0.bias", "2.weight", "2.bias"];

  test("imported weights compute y = W2 relu(W1 x + b1) + b2", () => {
    const a = agent();
    a.importWeights(encodeSafetensors(layers(SEQUENTIAL)));
    const [w1, b1, w2, b2] = layers(SEQUENTIAL).map(({ data }) => [...(data as Float32Array)]);
    const x = [0.5, -0.25];
    const hidden = b1.map((b, o) => Math.max(0, b + w1[2 * o] * x[0] + w1[2 * o + 1] * x[1]));
    const q = b2.map((b, o) => b + hidden.reduce((sum, h, i) => sum + h * w2[4 * o + i], 0));
    for (const [i, value] of a.qValues(x).entries()) expect(value).toBeCloseTo(q[i], 6);
  });

  test("weights are imported by a prefix, by other names, and in natural order", () => {
    const plain = agent();
    plain.importWeights(encodeSafetensors(layers(SEQUENTIAL)));
    const expected = plain.exportWeights();
    const variants: [NamedTensor[], object][] = [
      [layers(SEQUENTIAL.map((name) => `q_network.${name}`)), { prefix: "q_network." }],
      [
        layers(["fc1.weight", "fc1.bias", "head.w", "head.b"]),
        { names: { "0.weight": "fc1.weight", "0.bias": "fc1.bias", "2.weight": "head.w", "2.bias": "head.b" } },
      ],
      [layers(["fc2.weight", "fc2.bias", "fc10.weight", "fc10.bias"]).reverse(), {}],
    ];
    for (const [tensors, options] of variants) {
      const a = agent();
      a.importWeights(encodeSafetensors(tensors), options);
      expect(a.exportWeights()).toEqual(expected);
    }
  });

  test("weights of F16 and BF16 are widened", () => {
    const half = (dtype: "F16" | "BF16", bits: number[]): Uint8Array => {
      const zeros = layers(SEQUENTIAL).map((tensor) => ({ ...tensor, data: new Float32Array(tensor.data.length) }));
      return encodeSafetensors([
        ...zeros.slice(0, 3),
        { name: "2.bias", dtype, shape: [3], data: Uint16Array.from(bits) },
      ]);
    };
    for (const bytes of [half("F16", [0x3c00, 0xc000, 0x3555]), half("BF16", [0x3f80, 0xc000, 0x3eab])]) {
      const a = agent();
      a.importWeights(bytes);
      const q = a.qValues([0, 0]);
      expect([q[0], q[1]]).toEqual([1, -2]);
      expect(q[2]).toBeCloseTo(1 / 3, 2);
    }
  });

  test.each([
    [
      "a wrong shape",
      layers(SEQUENTIAL, [[4, 3], [4], [3, 4], [3]]),
      {},
      "importWeights: 0.weight expected a tensor 0.weight of shape [4, 2], got [4, 3]. Set options.names or fit the network option.",
    ],
    [
      "a missing tensor",
      layers(SEQUENTIAL).slice(0, 3),
      {},
      "importWeights: 2.bias expected a tensor 2.bias of shape [3], got none. Set options.names or fit the network option.",
    ],
    [
      "another network",
      layers(["a.weight", "a.bias"]),
      {},
      "importWeights: file expected 4 tensors (0.weight, 0.bias, 2.weight, 2.bias), got 2 (a.weight, a.bias). Set options.prefix or options.names.",
    ],
  ])("importing %s is refused, and changes nothing", (_, tensors, options, message) => {
    const a = agent();
    const before = a.save();
    expect(() => a.importWeights(encodeSafetensors(tensors), options as object)).toThrow(message);
    expect(a.save()).toEqual(before);
  });
});
