import { describe, expect, test } from "vitest";
import type { Transition } from "../../../src/agent.ts";
import { PQN, type PQNOptions } from "../../../src/agents/deep-q/pqn.ts";
import { PQN_PRESETS } from "../../../src/agents/deep-q/pqn-presets.ts";
import { make } from "../../../src/envs/registry.ts";
import type { SyncVectorEnv } from "../../../src/envs/vector-env.ts";
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
  ])("one update moves the weights as a naive float64 twin does, the gradient %s", (_, maxGradientNorm) => {
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

  test("lambda 0 learns from one step, lambda 1 from all that follows", () => {
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

  test("targets bootstrap where an episode was truncated, from its own last observation, and not where it terminated", () => {
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
});

describe("environments", () => {
  const SMALL: PQNOptions = { preset: false, rolloutSteps: 4, minibatches: 2, epochs: 1, network: { hidden: [4] } };
  const cartPoles = (count: number): SyncVectorEnv => vectorOf(() => make("CartPole-v1"), count);

  test("environments are counted by the workplace, the options, the preset, in this order", () => {
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

  test("Discrete and rescaled observations reach the network as act sees them, from rows too", () => {
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
});

describe("update", () => {
  const options: PQNOptions = { ...ONE_UPDATE, epochs: 3, minibatches: 4, learningRate: 1e-3 };

  test("update is one round when the rollout is full, however it is cut into calls", () => {
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

  test("an epoch leaves out what is over: its parts are of one size", () => {
    const agent = new PQN(SPACES, { ...options, minibatches: 3 });
    agent.observeBatch(experience());
    expect(agent.update()).toBe(9);
  });

  test("a full rollout takes in nothing before it is learned from", () => {
    const agent = new PQN(SPACES, options);
    agent.observeBatch(experience());
    const message = (where: string, count: number): StateError =>
      new StateError(
        `${where}: rollout expected room for ${count} transitions, got 0 of 10 free. Call update when the rollout is full: it learns from it and empties it.`,
      );
    expect(() => agent.observe(experience()[0])).toThrow(message("observe", 1));
    agent.update({ maxUpdates: 3 });
    expect(() => agent.observeBatch(experience().slice(0, 2))).toThrow(message("observeBatch", 1));
    expect(agent.envSteps).toBe(10);
    agent.update();
    agent.observe(experience()[0]);
    expect(agent.envSteps).toBe(11);
  });
});

describe("options", () => {
  const cases: [PQNOptions, string][] = [
    [{ rolloutStep: 1 } as never, 'PQN: option expected a known name, got "rolloutStep". Did you mean rolloutSteps?'],
    [{ preset: "CartPole" }, "PQN: preset expected one of CartPole-v1, Acrobot-v1, got"],
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
  ];
  test.each(cases)("options %o are refused", (options, message) => {
    expect(() => new PQN(SPACES, { preset: false, ...options })).toThrow(message);
  });

  test("every preset is valid, for its environment and by name", () => {
    for (const [id, { source }] of Object.entries(PQN_PRESETS)) {
      expect(source).not.toBe("");
      const env = vectorOf(() => make(id.split("/")[0]), PQN.environments(make(id.split("/")[0])));
      expect(new PQN(env, { preset: id }).settings.lambda).toBe(PQN_PRESETS[id].options.lambda);
    }
  });
});

test("a run that diverges stops with DivergenceError before its weights break, and says where", () => {
  const agent = new PQN(constantReward(1e30), { preset: false, rolloutSteps: 4, minibatches: 1 });
  const before = weightsOf(agent);
  expect(() => agent.learnSync(20)).toThrow(DivergenceError);
  expect(() => agent.update()).toThrow(
    /^PQN: loss expected a finite number, got Infinity in update 1 \(environment step 4\)\. Lower learningRate, set maxGradientNorm, or scale rewards down/,
  );
  expect(weightsOf(agent)).toEqual(before);
});
