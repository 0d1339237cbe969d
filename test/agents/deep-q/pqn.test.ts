import { describe, expect, test } from "vitest";
import type { Transition } from "../../../src/agent.ts";
import { PQN, type PQNOptions } from "../../../src/agents/deep-q/pqn.ts";
import { PQN_PRESETS } from "../../../src/agents/deep-q/pqn-presets.ts";
import { reference } from "../../../src/backends/reference/index.ts";
import type { SyncEnv, VectorStepResult } from "../../../src/env.ts";
import { make } from "../../../src/envs/registry.ts";
import { SyncVectorEnv } from "../../../src/envs/vector-env.ts";
import { DivergenceError, StateError } from "../../../src/errors.ts";
import { decodeSafetensors } from "../../../src/formats/safetensors.ts";
import { box, discrete } from "../../../src/space.ts";
import { expectClose } from "../../conformance/compare.ts";
import { ChainEnv, constantReward, vectorOf } from "../small-envs.ts";

const SPACES = { observationSpace: box(-1, 1, [2]), actionSpace: discrete(2, 1) };
/** One update per rollout, from all of it. */
const ONE_UPDATE: PQNOptions = {
  preset: false,
  environments: 2,
  rolloutSteps: 5,
  epochs: 1,
  minibatches: 1,
  discount: 0.9,
  lambda: 0.6,
  learningRate: 0.5,
  network: { hidden: [3, 4] },
};

/** Ten steps of two environments, in the order that they are observed in; environment 0 terminates, 1 is truncated. */
function experience(): Transition[] {
  return Array.from({ length: 10 }, (_, k) => {
    const [t, e] = [k >> 1, k & 1];
    const ended = e === 0 ? t === 2 : t === 1;
    return {
      observation: [Math.fround(Math.sin(k)), Math.fround(Math.cos(k))],
      action: 1 + ((k * 7) % 3 === 0 ? 1 : 0),
      reward: ((k * 5) % 7) - 2,
      // After an end the next row's observation is another episode's.
      nextObservation: [Math.fround(Math.sin(ended ? 100 + k : k + 2)), Math.fround(Math.cos(ended ? 100 + k : k + 2))],
      terminated: ended && e === 0,
      truncated: ended && e === 1,
    };
  });
}

type Weights = number[][];
const weightsOf = (agent: PQN): Weights =>
  [...decodeSafetensors(agent.exportWeights()).tensors.values()].map(({ data }) => Array.from(data as Float32Array));

/** Dense, layer norm and ReLU twice, then dense, in float64; parameters in the order of the file. */
function naiveQ(weights: Weights, widths: readonly number[], input: ArrayLike<number>): number[] {
  let x = Array.from(input);
  const layers = widths.length - 1;
  for (let l = 0; l < layers; l++) {
    const [W, b] = weights.slice(4 * l, 4 * l + 2);
    const z = b.map((bias, o) => x.reduce((sum, value, i) => sum + value * W[o * x.length + i], bias));
    if (l === layers - 1) return z;
    const [scale, shift] = weights.slice(4 * l + 2, 4 * l + 4);
    const mean = z.reduce((sum, value) => sum + value, 0) / z.length;
    const variance = z.reduce((sum, value) => sum + (value - mean) ** 2, 0) / z.length;
    x = z.map((value, o) => Math.max(0, (scale[o] * (value - mean)) / Math.sqrt(variance + 1e-5) + shift[o]));
  }
  return x;
}

/** G of transition k by its definition, environments taking turns. */
function naiveReturn(list: readonly Transition[], k: number, q: (x: never) => number[], lambda: number): number {
  const { reward, nextObservation, terminated, truncated } = list[k];
  if (terminated) return reward;
  const best = Math.max(...q(nextObservation as never));
  const isLast = truncated || k + 2 >= list.length;
  const rest = isLast ? best : lambda * naiveReturn(list, k + 2, q, lambda) + (1 - lambda) * best;
  return reward + 0.9 * rest;
}

function naiveLoss(list: readonly Transition[], q: (x: never) => number[], targets: readonly number[]): number {
  const errors = list.map(({ observation, action }, k) => q(observation as never)[(action as number) - 1] - targets[k]);
  return errors.reduce((sum, error) => sum + error * error, 0) / list.length;
}

const lossOf = (agent: PQN): number => {
  const { data } = decodeSafetensors(agent.save()).tensors.get("metrics")!;
  return (data as Float32Array)[0];
};

describe("one update", () => {
  test.each([
    ["clipped", 0.7],
    ["unclipped", null],
  ])("moves the weights as a naive float64 twin does, %s", (_, maxGradientNorm) => {
    const widths = [2, 3, 4, 2];
    const agent = new PQN(SPACES, { ...ONE_UPDATE, maxGradientNorm, seed: 3 });
    const list = experience();
    const before = weightsOf(agent);
    const targets = list.map((__, k) => naiveReturn(list, k, (x) => naiveQ(before, widths, x), 0.6));
    const loss = (weights: Weights): number => naiveLoss(list, (x) => naiveQ(weights, widths, x), targets);
    const gradient = before.map((array, p) =>
      array.map((value, i) => {
        const at = (shifted: number): number =>
          loss(before.map((other, o) => (o === p ? other.with(i, shifted) : other)));
        return (at(value + 1e-6) - at(value - 1e-6)) / 2e-6;
      }),
    );
    const norm = Math.sqrt(gradient.flat().reduce((sum, g) => sum + g * g, 0));
    expect(norm).toBeGreaterThan(1);
    const factor = maxGradientNorm === null ? 1 : maxGradientNorm / norm;

    for (const transition of list) {
      expect(agent.update()).toBe(0);
      agent.observe(transition);
    }
    expect(agent.update()).toBe(1);
    expect(lossOf(agent)).toBeCloseTo(loss(before), 4);
    // RAdam's first step is the gradient times the learning rate: the second moment rests on too little yet.
    const expected = before.map((array, p) => array.map((value, i) => value - 0.5 * factor * gradient[p][i]));
    const after = weightsOf(agent);
    // Central differences are good to about 1e-8, float32 to 1e-6 of weights and gradients of about 1.
    for (const [p, array] of expected.entries()) expectClose(`parameter ${p}`, after[p], array, 2e-5);
  });

  test("of lambda 0 learns from one step, of lambda 1 from all that follows", () => {
    const list = experience();
    for (const lambda of [0, 1]) {
      const agent = new PQN(SPACES, { ...ONE_UPDATE, lambda });
      const before = weightsOf(agent);
      const q = (x: never): number[] => naiveQ(before, [2, 3, 4, 2], x);
      const best = (k: number): number => Math.max(...q(list[k].nextObservation as never));
      const targets = list.map(({ reward, terminated }, k) => {
        if (lambda === 0) return terminated ? reward : reward + 0.9 * best(k);
        let sum = 0;
        let weight = 1;
        for (let j = k; ; j += 2) {
          sum += weight * list[j].reward;
          weight *= 0.9;
          if (list[j].terminated) return sum;
          if (list[j].truncated || j + 2 >= list.length) return sum + weight * best(j);
        }
      });
      const expected = naiveLoss(list, q, targets);
      agent.observeBatch(list);
      agent.update();
      expect(lossOf(agent) / expected).toBeCloseTo(1, 5);
    }
  });

  test("bootstraps where an episode was truncated, from its own last observation, and not where it terminated", () => {
    const ends = (change: (transition: Transition) => Transition): number => {
      const agent = new PQN(SPACES, ONE_UPDATE);
      agent.observeBatch(experience().map(change));
      agent.update();
      return lossOf(agent);
    };
    const asIs = ends((transition) => transition);
    const elsewhere = { nextObservation: [-0.9, 0.9] };
    expect(ends((t) => (t.truncated ? { ...t, ...elsewhere } : t))).not.toBe(asIs);
    expect(ends((t) => (t.terminated ? { ...t, ...elsewhere } : t))).toBe(asIs);
    expect(ends((t) => (t.truncated ? { ...t, truncated: false, terminated: true } : t))).not.toBe(asIs);
  });
});

describe("known answers", () => {
  /** Steps of Adam at the falling learning rate are smaller by far at the end. */
  const TOLERANCE = 0.02;
  const LINEAR: PQNOptions = {
    preset: false,
    totalSteps: 8000,
    discount: 0.9,
    rolloutSteps: 16,
    epochs: 2,
    minibatches: 4,
    network: { hidden: [], layerNorm: false },
    optimizer: "adam",
    learningRate: { type: "linear", from: 0.05, to: 0 },
    epsilon: 1,
  };

  // As in the tests of DQN: Q*(0, .) = 2.1316, 2.3684 and Q*(1, .) = 2.6316, 2.
  const chain = (): ChainEnv =>
    new ChainEnv(2, 2, 10, (state, action) => {
      if (state === 0) return { next: action, reward: 0, terminated: false };
      return action === 0 ? { next: 0, reward: 0.5, terminated: false } : { next: 1, reward: 2, terminated: true };
    });

  test.each([1, 4])("a chain of two states in %i environments has its Q*", (count) => {
    const agent = new PQN(count === 1 ? chain() : vectorOf(chain, count), { ...LINEAR, lambda: 0 });
    agent.learnSync(8000);
    const learned = [...agent.qValues(0), ...agent.qValues(1)];
    for (const [i, q] of [2.1316, 2.3684, 2.6316, 2].entries())
      expect(Math.abs(learned[i] / q - 1)).toBeLessThan(TOLERANCE);
  });

  test.each([0, 0.65, 1])("reward 1 for ever, truncated every 7 steps, is worth 10 with lambda %d", (lambda) => {
    const forEver = (): ChainEnv => new ChainEnv(1, 1, 7, () => ({ next: 0, reward: 1, terminated: false }));
    const agent = new PQN(vectorOf(forEver, 3), { ...LINEAR, lambda, totalSteps: 16_000 });
    agent.learnSync(16_000);
    expect(Math.abs(agent.qValues(0)[0] / 10 - 1)).toBeLessThan(TOLERANCE);
  });

  test("CartPole-v1 is solved by its preset within a third of its steps", () => {
    const agent = new PQN(
      vectorOf(() => make("CartPole-v1"), 8),
      { seed: 1 },
    );
    agent.learnSync(40_000);
    // Random play makes 22.
    expect(agent.evaluateSync(() => make("CartPole-v1"), { episodes: 10 }).mean).toBeGreaterThan(100);
  });
});

describe("environments", () => {
  const SMALL: PQNOptions = { preset: false, rolloutSteps: 4, minibatches: 2, epochs: 1, network: { hidden: [4] } };
  const cartPoles = (count: number): SyncVectorEnv => vectorOf(() => make("CartPole-v1"), count);

  test("are counted by the workplace, the options, the preset, in this order", () => {
    expect(new PQN(cartPoles(3), SMALL).settings.environments).toBe(3);
    expect(new PQN(cartPoles(3)).settings.environments).toBe(3);
    expect(new PQN(make("CartPole-v1")).settings.environments).toBe(1);
    expect(new PQN(SPACES, { ...SMALL, environments: 5 }).settings.environments).toBe(5);
    expect(new PQN(SPACES, SMALL).settings.environments).toBe(1);
    expect(PQN.environments(make("CartPole-v1"))).toBe(PQN_PRESETS["CartPole-v1"].options.environments);
    expect(PQN.environments(make("CartPole-v1"), { environments: 2 })).toBe(2);
    expect(PQN.environments(make("Acrobot-v1"), { preset: false })).toBe(1);
    expect(() => PQN.environments(SPACES, { environments: 0 })).toThrow(
      "PQN: environments expected an integer at least 1 and at most 65536, got 0. It counts environments stepped together.",
    );
  });

  test("may be driven by the caller, row by row as a vector environment shows them", () => {
    const byLoop = new PQN(cartPoles(3), SMALL);
    byLoop.learnSync(180);
    const env = cartPoles(3);
    const { observationSpace, actionSpace } = env;
    const byRows = new PQN({ observationSpace, actionSpace }, { ...SMALL, environments: 3 });
    const byValues = new PQN({ observationSpace, actionSpace }, { ...SMALL, environments: 3 });
    const actions = new Int32Array(3);
    let observations = Float32Array.from(env.reset({ seed: 0 }).observation);
    const valuesOf = (rows: Float32Array): Float32Array[] => [0, 1, 2].map((e) => rows.slice(4 * e, 4 * e + 4));
    for (let step = 0; step < 60; step++) {
      byRows.actRows(observations, actions);
      expect(byValues.actBatch(valuesOf(observations), { explore: true })).toEqual(actions);
      const result = env.step(actions);
      byRows.observeRows(observations, actions, result);
      const { terminated, truncated, reward } = result;
      const next = valuesOf(result.observation).map((row, e) =>
        terminated[e] || truncated[e] ? valuesOf(result.finalObservation)[e] : row,
      );
      byValues.observeBatch(
        valuesOf(observations).map((observation, e) => ({
          observation,
          action: actions[e],
          reward: reward[e],
          nextObservation: next[e],
          terminated: terminated[e] === 1,
          truncated: truncated[e] === 1,
        })),
      );
      expect(byValues.update()).toBe(byRows.update());
      observations = Float32Array.from(result.observation);
    }
    expect(byRows.exportWeights()).toEqual(byLoop.exportWeights());
    expect(byValues.exportWeights()).toEqual(byLoop.exportWeights());
    expect([byRows.envSteps, byRows.updates, byRows.episodes]).toEqual([180, byLoop.updates, byLoop.episodes]);
    expect(byLoop.episodes).toBeGreaterThan(0);
  });

  test("one or several with Discrete observations, and rescaled ones, reach the network as act sees them", () => {
    const lakes = vectorOf(() => make("FrozenLake-v1"), 2);
    expect(new PQN(lakes, SMALL).learnSync(64).envSteps).toBe(64);
    const cars = vectorOf(() => make("MountainCar-v0"), 2);
    const { observationSpace, actionSpace } = cars;
    const rescaled: PQNOptions = { ...SMALL, rescaleObservations: true, environments: 2, epsilon: 0 };
    const rows = new PQN({ observationSpace, actionSpace }, rescaled);
    const { observation } = cars.reset({ seed: 0 });
    const actions = new Int32Array(2);
    rows.actRows(observation, actions);
    expect(Array.from(actions)).toEqual([0, 1].map((e) => rows.act(observation.slice(2 * e, 2 * e + 2))));
  });

  test("one behind promises learns what it would alone", async () => {
    const alone = new PQN(constantReward(1), SMALL);
    alone.learnSync(50);
    const env = constantReward(1);
    const later = { ...env, step: async (action: number) => env.step(action) };
    const agent = new PQN(later as never, SMALL);
    await agent.learn(50);
    expect(await agent.weightsSha256()).toBe(await alone.weightsSha256());
  });
});

describe("update", () => {
  const options: PQNOptions = { ...ONE_UPDATE, epochs: 3, minibatches: 4, learningRate: 1e-3 };

  test("is one round when the rollout is full, however it is cut into calls", () => {
    const whole = new PQN(SPACES, options);
    whole.observeBatch(experience());
    expect(whole.update()).toBe(12);
    expect([whole.update(), whole.updates]).toEqual([0, 12]);
    const pieces = new PQN(SPACES, options);
    pieces.observeBatch(experience());
    expect(pieces.update({ maxUpdates: 0 })).toBe(0);
    expect(pieces.update({ budgetMs: 0 })).toBe(0);
    for (const made of [1, 4, 5, 2]) expect(pieces.update({ maxUpdates: made === 2 ? 100 : made })).toBe(made);
    expect(pieces.save()).toEqual(whole.save());
  });

  test("leaves what is over of an epoch: parts are of one size", () => {
    const agent = new PQN(SPACES, { ...options, minibatches: 3 });
    agent.observeBatch(experience());
    expect(agent.update()).toBe(9);
  });

  test("must come before what follows a full rollout", () => {
    const agent = new PQN(SPACES, options);
    agent.observeBatch(experience());
    const message = (where: string, count: number): StateError =>
      new StateError(
        `${where}: rollout expected room for ${count} transitions, got 0 of 10 free. Call update when the rollout is full: it learns from it and empties it.`,
      );
    expect(() => agent.observe(experience()[0])).toThrow(message("observe", 1));
    agent.update({ maxUpdates: 3 });
    expect(() => agent.observeBatch(experience().slice(0, 2))).toThrow(message("observeBatch", 2));
    expect(agent.envSteps).toBe(10);
    agent.update();
    agent.observe(experience()[0]);
    expect(agent.envSteps).toBe(11);
  });
});

describe("a rejected call changes nothing", () => {
  const good = experience();
  const rows = Float32Array.of(0, 0, 0, 0);
  const actions = Int32Array.of(1, 2);
  const result = (change: Partial<VectorStepResult> = {}): VectorStepResult => ({
    observation: rows,
    finalObservation: rows,
    reward: new Float64Array(2),
    terminated: new Uint8Array(2),
    truncated: new Uint8Array(2),
    info: [],
    ...change,
  });
  const calls: [string, (agent: PQN) => unknown, string][] = [
    ["an observation", (a) => a.act([0, Number.NaN]), "act: observation expected finite numbers, got NaN at index 1."],
    [
      "an option of act",
      (a) => a.act([0, 0], { explor: 1 } as never),
      'act: option expected a known name, got "explor".',
    ],
    ["a mask", (a) => a.act([0, 0], { mask: [0, 0] }), "act: mask expected at least one allowed action, got none."],
    [
      "an option of actBatch",
      (a) => a.actBatch([[0, 0]], { mask: [1] } as never),
      'actBatch: option expected a known name, got "mask".',
    ],
    ["a row of actBatch", (a) => a.actBatch([[0, 0], [1]]), "actBatch: observations[1] expected 2 numbers, got [1]."],
    [
      "rows of another size",
      (a) => a.actRows(new Float32Array(3), actions.slice()),
      "actRows: observations expected 4 numbers, got Float32Array [0, 0, 0].",
    ],
    [
      "too few actions",
      (a) => a.actRows(rows, new Int32Array(1)),
      "actRows: actions expected 2 numbers, got Int32Array [0].",
    ],
    [
      "an infinite row",
      (a) => a.actRows(Float32Array.of(0, 0, Infinity, 0), actions.slice()),
      "actRows: observation of environment 1 expected finite numbers, got Infinity at index 0. Check the environment.",
    ],
    [
      "a reward",
      (a) => a.observe({ ...good[0], reward: Number.NaN }),
      "observe: reward expected a finite number, got NaN.",
    ],
    ["an action", (a) => a.observe({ ...good[0], action: 0 }), "observe: action expected an integer in 1..2, got 0."],
    [
      "a next observation",
      (a) => a.observe({ ...good[0], nextObservation: [0] }),
      "observe: nextObservation expected 2 numbers, got [0].",
    ],
    [
      "half a step",
      (a) => a.observeBatch(good.slice(0, 3)),
      "observeBatch: transitions expected a multiple of the 2 environments, got 3. Give one per environment, in their order.",
    ],
    [
      "the second of two",
      (a) => a.observeBatch([good[0], { ...good[1], reward: Infinity }]),
      "observe: reward expected a finite number, got Infinity.",
    ],
    [
      "more than there is room for",
      (a) => a.observeBatch([...good, ...good]),
      "observeBatch: rollout expected room for 20 transitions, got 8 of 10 free.",
    ],
    [
      "an action of a row",
      (a) => a.observeRows(rows, Int32Array.of(1, 3), result()),
      "observeRows: action of environment 1 expected an integer in 1..2, got 3. Pass what actRows wrote.",
    ],
    [
      "a reward of a row",
      (a) => a.observeRows(rows, actions, result({ reward: Float64Array.of(0, 1e39) })),
      "observeRows: reward of environment 1 expected a finite number, got 1e+39. Check the environment.",
    ],
    [
      "a final observation",
      (a) => {
        const finalObservation = Float32Array.of(0, 0, Number.NaN, 0);
        a.observeRows(rows, actions, result({ finalObservation, truncated: Uint8Array.of(0, 1) }));
      },
      "observeRows: observation of environment 1 expected finite numbers, got NaN at index 0.",
    ],
    ["a count", (a) => a.update({ maxUpdates: 0.5 }), "update: maxUpdates expected an integer at least 0, got 0.5."],
    ["a time", (a) => a.update({ budgetMs: -1 }), "update: budgetMs expected a number at least 0, got -1."],
    ["an option of update", (a) => a.update({ max: 1 } as never), 'update: option expected a known name, got "max".'],
  ];
  test.each(calls)("%s", (_, call, message) => {
    const agent = new PQN(SPACES, ONE_UPDATE);
    agent.observeBatch(good.slice(0, 2));
    const before = agent.save();
    expect(() => call(agent)).toThrow(message);
    expect(agent.save()).toEqual(before);
  });

  test("rows in the middle of a step that is observed one by one", () => {
    const agent = new PQN(SPACES, ONE_UPDATE);
    agent.observe(good[0]);
    const message =
      "rollout expected whole steps of 2 environments, got a step of which 1 are observed. Observe the others first.";
    expect(() => agent.observeRows(rows, actions, result())).toThrow(new StateError(`observeRows: ${message}`));
    expect(() => agent.observeBatch(good.slice(0, 2))).toThrow(new StateError(`observeBatch: ${message}`));
    expect(agent.envSteps).toBe(1);
  });
});

describe("options", () => {
  const cases: [PQNOptions, string][] = [
    [{ rolloutStep: 1 } as never, 'PQN: option expected a known name, got "rolloutStep". Did you mean rolloutSteps?'],
    [{ preset: "CartPole" }, "PQN: preset expected one of CartPole-v1, Acrobot-v1, got"],
    [{ seed: -1 }, "PQN: seed expected an integer at least 0"],
    [{ totalSteps: 0 }, "PQN: totalSteps expected an integer at least 1"],
    [{ environments: 1.5 }, "PQN: environments expected an integer at least 1"],
    [{ rolloutSteps: 0 }, "PQN: rolloutSteps expected an integer at least 1"],
    [{ epochs: 0 }, "PQN: epochs expected an integer at least 1"],
    [{ minibatches: 0 }, "PQN: minibatches expected an integer at least 1"],
    [
      { rolloutSteps: 2, environments: 2, minibatches: 5 },
      "PQN: minibatches expected at most the 4 transitions of a rollout, got 5. Raise options.rolloutSteps.",
    ],
    [
      { rolloutSteps: 16_777_216, environments: 2 },
      "PQN: rolloutSteps x environments expected at most 16777216, got 33554432. Lower options.rolloutSteps.",
    ],
    [{ discount: 1.1 }, "PQN: discount expected a number at least 0 and at most 1"],
    [
      { lambda: -0.1 },
      "PQN: lambda expected a number at least 0 and at most 1, got -0.1. 0 looks one step ahead, 1 to the end.",
    ],
    [{ maxGradientNorm: 0 }, "PQN: maxGradientNorm expected a number above 0"],
    [
      { rescaleObservations: 1 } as never,
      "PQN: rescaleObservations expected true or false, got 1. Set options.rescaleObservations.",
    ],
    [{ epsilon: 2 }, "PQN: epsilon expected a number at least 0 and at most 1"],
    [{ learningRate: -1 }, "PQN: learningRate expected a number at least 0"],
    [{ optimizer: "radom" } as never, "PQN: optimizer.type expected one of"],
    [{ network: { hidden: [0] } }, "PQN: network.hidden expected an integer at least 1"],
    [{ backend: "gpu" } as never, "PQN: backend expected"],
  ];
  test.each(cases)("%o: refused", (options, message) => {
    expect(() => new PQN(SPACES, { preset: false, ...options })).toThrow(message);
  });

  test("environments that the workplace has not: refused", () => {
    const cartPole = (): SyncEnv => make("CartPole-v1");
    expect(() => new PQN(cartPole(), { environments: 8 })).toThrow(
      new RangeError(
        "PQN: environments expected 1 with a single environment, got 8. Leave it out, or pass a vector environment of as many.",
      ),
    );
    expect(() => new PQN(vectorOf(cartPole, 4), { environments: 8 })).toThrow(
      "PQN: environments expected 4, the size of the vector environment, got 8.",
    );
    expect(() => new PQN(new SyncVectorEnv(cartPole, { count: 2 }))).toThrow(
      new RangeError(
        'PQN: autoresetMode expected "same-step", got "next-step". Build it with autoresetMode: "same-step".',
      ),
    );
    expect(() => new PQN(make("Pendulum-v1"))).toThrow("PQN: actionSpace expected discrete, got box.");
  });

  test("of every preset are valid, for its environment and by name", () => {
    for (const [id, { source }] of Object.entries(PQN_PRESETS)) {
      expect(source).not.toBe("");
      const env = vectorOf(() => make(id.split("/")[0]), PQN.environments(make(id.split("/")[0])));
      expect(new PQN(env, { preset: id }).settings.lambda).toBe(PQN_PRESETS[id].options.lambda);
    }
  });
});

describe("determinism", () => {
  const OPTIONS: PQNOptions = {
    preset: false,
    totalSteps: 600,
    rolloutSteps: 8,
    minibatches: 3,
    network: { hidden: [12, 7] },
  };
  async function fingerprint(options: PQNOptions, count = 3): Promise<string> {
    const env = count === 1 ? make("CartPole-v1") : vectorOf(() => make("CartPole-v1"), count);
    const agent = new PQN(env, { ...OPTIONS, ...options });
    agent.learnSync(600);
    return agent.weightsSha256();
  }

  test("the same seed gives the same weights, another seed others", async () => {
    expect(await fingerprint({ seed: 1 })).toBe(await fingerprint({ seed: 1 }));
    expect(await fingerprint({ seed: 1 })).not.toBe(await fingerprint({ seed: 2 }));
  });

  test.each([
    [{}, 3],
    [{ optimizer: "adam", network: { hidden: [9], activation: "tanh" } }, 1],
    [{ lambda: 1, maxGradientNorm: null, network: { hidden: [], layerNorm: false } }, 5],
  ] as [PQNOptions, number][])("the reference backend gives the same bits: %o in %i", async (options, count) => {
    expect(await fingerprint({ ...options, backend: reference }, count)).toBe(await fingerprint(options, count));
  });

  test("learn and learnSync, in slices of any length, give the same weights", async () => {
    const agent = new PQN(
      vectorOf(() => make("CartPole-v1"), 3),
      OPTIONS,
    );
    await agent.learn(300, { sliceMs: 0 });
    await agent.learn(150, { sliceMs: 3 });
    agent.learnSync(150);
    expect(await agent.weightsSha256()).toBe(await fingerprint({}));
  });
});

test("stops with DivergenceError before broken weights, and says where", () => {
  const agent = new PQN(constantReward(1e30), { preset: false, rolloutSteps: 4, minibatches: 1 });
  const before = weightsOf(agent);
  expect(() => agent.learnSync(20)).toThrow(DivergenceError);
  expect(() => agent.update()).toThrow(
    /^PQN: loss expected a finite number, got Infinity in update 1 \(environment step 4\)\. Lower learningRate, set maxGradientNorm, or scale rewards down/,
  );
  expect(weightsOf(agent)).toEqual(before);
});

test("memory is planned when the agent is built, and says where it goes", () => {
  const agent = new PQN(SPACES, { ...ONE_UPDATE, network: { hidden: [4] } });
  const before = agent.memory();
  expect(before.parameters).toBe((4 * 2 + 4 + 4 + 4 + 2 * 4 + 2) * 4);
  expect(before.capacity).toBe(10);
  expect(before.bytesPerTransition * before.capacity).toBe(before.replay);
  for (let round = 0; round < 3; round++) {
    agent.observeBatch(experience());
    agent.update();
  }
  // The first backward pass plans its scratch.
  expect(agent.memory().total - before.total).toBeLessThan(65_536);
});
