import { describe, expect, test } from "vitest";
import { DQN, type DQNOptions } from "../../../src/agents/deep-q/dqn.ts";
import { make } from "../../../src/envs/registry.ts";
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

/** An agent in the middle of something: steps observed, updates made, an n-step window open. */
function busy(options: DQNOptions = {}): DQN {
  const agent = new DQN(SPACES, { ...SMALL, nStep: 3, ...options });
  for (let i = 0; i < 20; i++) agent.observe({ ...GOOD, reward: i, truncated: i === 7 });
  agent.update({ maxUpdates: 3 });
  return agent;
}

describe("a rejected call changes nothing", () => {
  const act: [string, (agent: DQN) => unknown, string][] = [
    [
      "a NaN",
      (agent) => agent.act([0, Number.NaN]),
      "act: observation expected finite numbers, got NaN at index 1. Check the environment.",
    ],
    [
      "an infinity",
      (agent) => agent.act([Infinity, 0], { explore: true }),
      "act: observation expected finite numbers, got Infinity at index 0. Check the environment.",
    ],
    [
      "a number beyond float32",
      (agent) => agent.act([0, 1e39]),
      "act: observation expected finite numbers, got 1e+39 at index 1. Check the environment.",
    ],
    [
      "text",
      (agent) => agent.act(["1", 0] as never),
      'act: observation expected finite numbers, got "1" at index 0. Check the environment.',
    ],
    [
      "a short observation",
      (agent) => agent.act([0]),
      "act: observation expected 2 numbers, got [0]. Flatten it row by row.",
    ],
    [
      "a number for a Box",
      (agent) => agent.act(3),
      "act: observation expected 2 numbers, got 3. Flatten it row by row.",
    ],
    [
      "null",
      (agent) => agent.act(null as never),
      "act: observation expected 2 numbers, got null. Flatten it row by row.",
    ],
    [
      "a short mask",
      (agent) => agent.act([0, 0], { explore: true, mask: [1, 1] }),
      "act: mask expected 3 entries, got [1, 1]. Give one per action.",
    ],
    [
      "an empty mask",
      (agent) => agent.act([0, 0], { explore: true, mask: [0, false, 0] }),
      "act: mask expected at least one allowed action, got none. Allow one.",
    ],
    [
      "an unknown option",
      (agent) => agent.act([0, 0], { explor: true } as never),
      'act: option expected a known name, got "explor". Did you mean explore?',
    ],
    [
      "a bad row of a batch",
      (agent) =>
        agent.actBatch(
          [
            [0, 0],
            [0, Number.NaN],
          ],
          { explore: true },
        ),
      "actBatch: observations[1] expected finite numbers, got NaN at index 1. Check the environment.",
    ],
    [
      "a negative count",
      (agent) => agent.update({ maxUpdates: -1 }),
      "update: maxUpdates expected an integer at least 0, got -1. It counts updates.",
    ],
    [
      "a time that is none",
      (agent) => agent.update({ budgetMs: Number.NaN }),
      "update: budgetMs expected a number at least 0, got NaN. It is a time in milliseconds.",
    ],
    [
      "an unknown update option",
      (agent) => agent.update({ maxUpdate: 2 } as never),
      'update: option expected a known name, got "maxUpdate". Did you mean maxUpdates?',
    ],
  ];
  const observe: [string, object, string][] = [
    [
      "a NaN reward",
      { reward: Number.NaN },
      "observe: reward expected a finite number, got NaN. Check the environment.",
    ],
    [
      "an infinite reward",
      { reward: -Infinity },
      "observe: reward expected a finite number, got -Infinity. Check the environment.",
    ],
    [
      "a reward beyond float32",
      { reward: 1e39 },
      "observe: reward expected a finite number, got 1e+39. Check the environment.",
    ],
    [
      "no reward",
      { reward: undefined },
      "observe: reward expected a finite number, got undefined. Check the environment.",
    ],
    [
      "an action below the space",
      { action: 0 },
      "observe: action expected an integer in 1..3, got 0. Pass what act returned.",
    ],
    [
      "an action above the space",
      { action: 4 },
      "observe: action expected an integer in 1..3, got 4. Pass what act returned.",
    ],
    [
      "a fractional action",
      { action: 1.5 },
      "observe: action expected an integer in 1..3, got 1.5. Pass what act returned.",
    ],
    [
      "a list for an action",
      { action: [1] },
      "observe: action expected an integer in 1..3, got [1]. Pass what act returned.",
    ],
    [
      "a flag that is a number",
      { truncated: 1 },
      "observe: terminated and truncated expected booleans, got false and 1. Pass both.",
    ],
    [
      "a missing flag",
      { terminated: undefined },
      "observe: terminated and truncated expected booleans, got undefined and false. Pass both.",
    ],
    [
      "a NaN in the next observation",
      { nextObservation: [0, Number.NaN] },
      "observe: nextObservation expected finite numbers, got NaN at index 1. Check the environment.",
    ],
    [
      "no observation",
      { observation: undefined },
      "observe: observation expected 2 numbers, got undefined. Flatten it row by row.",
    ],
  ];
  const all: [string, (agent: DQN) => unknown, string][] = [
    ...act,
    ...observe.map(([name, part, message]): [string, (agent: DQN) => unknown, string] => [
      name,
      (agent) => agent.observe({ ...GOOD, ...part } as never),
      message,
    ]),
  ];
  test.each(all)("%s", (_, call, message) => {
    const agent = busy();
    const before = agent.save();
    expect(() => call(agent)).toThrow(message);
    expect(agent.save()).toEqual(before);
  });
});

describe("update", () => {
  test("makes none before warm-up and a full batch, then as many as asked", () => {
    const agent = new DQN(SPACES, { ...SMALL, warmupSteps: 10 });
    for (let i = 0; i < 9; i++) agent.observe(GOOD);
    expect(agent.update({ maxUpdates: 5 })).toBe(0);
    agent.observe(GOOD);
    expect(agent.update()).toBe(1);
    expect(agent.update({ maxUpdates: 5 })).toBe(5);
    expect(agent.update({ maxUpdates: 5, budgetMs: 0 })).toBe(0);
    expect(agent.updates).toBe(6);
  });
});

test("actBatch agrees with act, also beyond the rows of its workspace", () => {
  const agent = busy();
  const observations = Array.from({ length: 131 }, (_, i) => [(i - 65) / 65, ((i * 37) % 131) / 131]);
  expect([...agent.actBatch(observations)]).toEqual(observations.map((observation) => agent.act(observation)));
});

test("acts alike at the start of an episode and later: it remembers nothing", () => {
  const agent = busy();
  for (const episodeStart of [true, false]) {
    expect(agent.act([0.5, -0.5], { episodeStart })).toBe(agent.act([0.5, -0.5]));
  }
});

test("qValues are those that act maximises", () => {
  const agent = busy();
  const q = agent.qValues([0.5, -0.5]);
  expect(q).toHaveLength(3);
  expect(agent.act([0.5, -0.5])).toBe(1 + q.indexOf(Math.max(...q)));
});

test("refuses every call after dispose, and a second dispose does nothing", () => {
  const agent = busy();
  agent.dispose();
  agent.dispose();
  const calls = [
    () => agent.act([0, 0]),
    () => agent.actBatch([]),
    () => agent.observe(GOOD),
    () => agent.update(),
    () => agent.save(),
    () => agent.qValues([0, 0]),
    () => agent.exportWeights(),
    () => agent.evaluateSync(() => make("CartPole-v1")),
    () => agent.learnSync(1),
  ];
  for (const call of calls) expect(call).toThrow(StateError);
  expect(() => agent.act([0, 0])).toThrow(
    "act: agent expected to be in use, got one that was disposed of. Build a new one.",
  );
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

  test.each([0, 0.1, 0.5, 1])("takes random actions at the rate of epsilon %d", (epsilon) => {
    const agent = new DQN(SPACES, { ...SMALL, warmupSteps: 0, epsilon, seed: SEED });
    expectShares(frequencies(agent), share(agent, epsilon, [1, 1, 1]));
  });

  test("is uniform during warm-up, whatever epsilon", () => {
    const agent = new DQN(SPACES, { ...SMALL, warmupSteps: 100, epsilon: 0, seed: SEED });
    expectShares(frequencies(agent), [1 / 3, 1 / 3, 1 / 3]);
  });

  test.each([[[1, 1, 0]], [[0, 1, 1]], [[0, 0, 1]]])("keeps to the mask %o, greedy and exploring", (mask) => {
    const agent = new DQN(SPACES, { ...SMALL, warmupSteps: 0, epsilon: 0.5, seed: SEED });
    expectShares(frequencies(agent, mask), share(agent, 0.5, mask));
  });

  test("greedy acting draws nothing", () => {
    const agent = busy();
    const before = agent.save();
    agent.act([0, 0]);
    agent.act([0, 0], { mask: [1, 0, 1] });
    agent.actBatch([[0, 0]]);
    expect(agent.save()).toEqual(before);
  });
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

  test("the same terminated after each step is worth 1", () => {
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
  ])("%s stops the run with DivergenceError", (_, reward, options) => {
    const agent = new DQN(constantReward(reward), { ...SMALL, trainIntervalSteps: 1, ...options });
    expect(() => agent.learnSync(2000)).toThrow(DivergenceError);
    expect(() => agent.learnSync(1)).not.toThrow(StateError);
  });

  test("the message says what, where, and what to do", () => {
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

  test("export and import are inverse, and the target network follows", () => {
    const source = busy({ network: { hidden: [4] } });
    const target = agent();
    target.importWeights(source.exportWeights());
    expect(target.exportWeights()).toEqual(source.exportWeights());
    expect(target.qValues([0.3, 0.4])).toEqual(source.qValues([0.3, 0.4]));
  });

  test("computes what the weights say: y = W2 relu(W1 x + b1) + b2", () => {
    const a = agent();
    a.importWeights(encodeSafetensors(layers(SEQUENTIAL)));
    const [w1, b1, w2, b2] = layers(SEQUENTIAL).map(({ data }) => [...(data as Float32Array)]);
    const x = [0.5, -0.25];
    const hidden = b1.map((b, o) => Math.max(0, b + w1[2 * o] * x[0] + w1[2 * o + 1] * x[1]));
    const q = b2.map((b, o) => b + hidden.reduce((sum, h, i) => sum + h * w2[4 * o + i], 0));
    for (const [i, value] of a.qValues(x).entries()) expect(value).toBeCloseTo(q[i], 6);
  });

  test("takes a prefix, other names, and files in natural order", () => {
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

  test("widens F16 and BF16", () => {
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
    [
      "an unknown option",
      layers(SEQUENTIAL),
      { prefx: "" },
      'importWeights: option expected a known name, got "prefx". Did you mean prefix?',
    ],
  ])("refuses %s and changes nothing", (_, tensors, options, message) => {
    const a = agent();
    const before = a.save();
    expect(() => a.importWeights(encodeSafetensors(tensors), options as object)).toThrow(message);
    expect(a.save()).toEqual(before);
  });
});

test("memory is planned when the agent is built, and says where it goes", () => {
  const agent = new DQN(SPACES, { ...SMALL, network: { hidden: [4] } });
  const before = agent.memory();
  expect(before.parameters).toBe((4 * 2 + 4 + 3 * 4 + 3) * 4);
  expect(before.capacity).toBe(64);
  expect(before.bytesPerTransition * before.capacity).toBe(before.replay);
  expect(before.total).toBeGreaterThan(before.replay);
  for (let i = 0; i < 100; i++) agent.observe(GOOD);
  agent.update({ maxUpdates: 2 });
  const grown = agent.memory().total - before.total;
  // The first backward pass plans its scratch.
  expect(grown).toBeLessThan(65_536);
  agent.update({ maxUpdates: 10 });
  expect(agent.memory().total - before.total).toBe(grown);
});
