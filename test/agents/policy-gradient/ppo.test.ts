import { describe, expect, test } from "vitest";
import type { Transition } from "../../../src/agent.ts";
import { PPO, type PPOOptions } from "../../../src/agents/policy-gradient/ppo.ts";
import { PPO_PRESETS } from "../../../src/agents/policy-gradient/ppo-presets.ts";
import type { SyncEnv, VectorStepResult } from "../../../src/env.ts";
import { registerDiagnostics } from "../../../src/envs/diagnostics/index.ts";
import { make } from "../../../src/envs/registry.ts";
import { DivergenceError, StateError } from "../../../src/errors.ts";
import { box, discrete, multiBinary, multiDiscrete, type Space, type SpaceValue } from "../../../src/space.ts";
import { expectClose } from "../../conformance/compare.ts";
import { optimalQ, tabular } from "../exact-values.ts";
import { ChainEnv, constantReward, vectorOf } from "../small-envs.ts";
import { weightsOf } from "../weights-of.ts";

const OBSERVATIONS = box(-1, 1, [2]);
const SPACES = { observationSpace: OBSERVATIONS, actionSpace: discrete(3, 1) };
const ACTIONS: [string, Space, PPOOptions][] = [
  ["discrete", discrete(3, 1), {}],
  ["multi-discrete", multiDiscrete([2, 3]), {}],
  ["multi-binary", multiBinary(2), {}],
  ["a box", box([-1, 0], [1, 5]), {}],
  ["a squashed box", box([-1, 0], [1, 5]), { distribution: { type: "gaussian", squashed: true } }],
  ["a box, deviations of the network", box(-1, 1, [2]), { distribution: { type: "gaussian", stateDependent: true } }],
];
/** One update per rollout, from all of it. */
const ONE_UPDATE: PPOOptions = {
  preset: false,
  environments: 2,
  rolloutSteps: 4,
  epochs: 1,
  minibatches: 1,
  network: { hidden: [4] },
};

const observationOf = (k: number): number[] => [Math.fround(Math.sin(k)), Math.fround(Math.cos(k))];
const copy = (action: SpaceValue): SpaceValue => (typeof action === "number" ? action : Array.from(action as number[]));

/** Acts and observes one by one, environments in turn. @returns what was observed */
function drive(agent: PPO, from: number, to: number, mask?: (k: number) => number[]): Transition[] {
  return Array.from({ length: to - from }, (_, i) => {
    const k = from + i;
    const observation = observationOf(k);
    const action = copy(agent.act(observation, { explore: true, mask: mask?.(k) }));
    const transition = {
      observation,
      action,
      reward: ((k * 5) % 7) - 2,
      nextObservation: observationOf(k + 2),
      terminated: k % 9 === 8,
      truncated: k % 7 === 6,
    };
    agent.observe(transition);
    return transition;
  });
}

describe("one update", () => {
  /** tanh(W x + b) of a network with one hidden layer, then the last one, in float64. */
  function naive(weights: ReadonlyMap<string, number[]>, network: string, x: readonly number[]): number[] {
    const layer = (input: readonly number[], name: string): number[] => {
      const [W, b] = [weights.get(`${name}.weight`)!, weights.get(`${name}.bias`)!];
      return b.map((bias, o) => input.reduce((sum, value, i) => sum + value * W[o * input.length + i], bias));
    };
    return layer(layer(x, `${network}.0`).map(Math.tanh), `${network}.2`);
  }
  const logSoftmax = (x: number[]): number[] => {
    const sum = x.reduce((total, value) => total + Math.exp(value), 0);
    return x.map((value) => value - Math.log(sum));
  };

  test.each([
    ["clipped", 0.5],
    ["unclipped", null],
  ])("one update moves the weights as a naive float64 twin does, the norm %s", (_, maxGradientNorm) => {
    const [discount, lambda, entropyCoefficient, valueCoefficient] = [0.9, 0.7, 0.02, 0.4];
    const agent = new PPO(SPACES, {
      ...ONE_UPDATE,
      seed: 5,
      discount,
      advantage: { type: "gae", lambda },
      entropyCoefficient,
      valueCoefficient,
      maxGradientNorm,
      optimizer: "sgd",
      learningRate: 0.5,
    });
    const before = weightsOf(agent);
    const list = drive(agent, 0, 8);
    const value = (x: SpaceValue): number => naive(before, "value", x as number[])[0];
    // Generalized advantages of both environments, which take turns.
    const advantage = new Array<number>(8);
    for (let k = 7; k >= 0; k--) {
      const { observation, nextObservation, reward, terminated, truncated } = list[k];
      const delta = reward + (terminated ? 0 : discount * value(nextObservation)) - value(observation);
      advantage[k] = delta + (terminated || truncated || k >= 6 ? 0 : discount * lambda * advantage[k + 2]);
    }
    const returns = advantage.map((a, k) => a + value(list[k].observation));
    const mean = advantage.reduce((sum, a) => sum + a, 0) / 8;
    const deviation = Math.sqrt(advantage.reduce((sum, a) => sum + (a - mean) ** 2, 0) / 7);
    const old = list.map(({ observation, action }) => {
      return logSoftmax(naive(before, "policy", observation as number[]))[(action as number) - 1];
    });
    const loss = (weights: ReadonlyMap<string, number[]>): number =>
      list.reduce((sum, { observation, action }, k) => {
        const logs = logSoftmax(naive(weights, "policy", observation as number[]));
        const entropy = -logs.reduce((total, log) => total + Math.exp(log) * log, 0);
        const ratio = Math.exp(logs[(action as number) - 1] - old[k]);
        const error = naive(weights, "value", observation as number[])[0] - returns[k];
        const gain = (ratio * (advantage[k] - mean)) / (deviation + 1e-8);
        return sum + (-gain - entropyCoefficient * entropy + valueCoefficient * error * error) / 8;
      }, 0);
    const gradient = [...before].map(([name, numbers]) =>
      numbers.map((number, i) => {
        const at = (moved: number): number => loss(new Map(before).set(name, numbers.with(i, moved)));
        return (at(number + 1e-6) - at(number - 1e-6)) / 2e-6;
      }),
    );
    const norm = Math.hypot(...gradient.flat());
    expect(norm).toBeGreaterThan(1);
    const factor = maxGradientNorm === null ? 1 : maxGradientNorm / norm;
    expect(agent.update()).toBe(1);
    const after = weightsOf(agent);
    for (const [p, [name, numbers]] of [...before].entries()) {
      const expected = numbers.map((number, i) => number - 0.5 * factor * gradient[p][i]);
      expectClose(name, after.get(name)!, expected, 2e-5);
    }
  });

  test("returns bootstrap where an episode was truncated, from its own last observation, and not where it terminated", () => {
    const learned = (change: (transition: Transition) => Transition): Uint8Array => {
      const agent = new PPO(SPACES, ONE_UPDATE);
      for (let k = 0; k < 8; k++) {
        const observation = observationOf(k);
        const action = agent.act(observation, { explore: true });
        const ends = { terminated: k === 3, truncated: k === 4 };
        agent.observe(change({ observation, action, reward: 1, nextObservation: observationOf(k + 2), ...ends }));
      }
      agent.update();
      return agent.exportWeights();
    };
    const asIs = learned((transition) => transition);
    const nextObservation = [-0.9, 0.9];
    expect(learned((t) => (t.truncated ? { ...t, nextObservation } : t))).not.toEqual(asIs);
    expect(learned((t) => (t.terminated ? { ...t, nextObservation } : t))).toEqual(asIs);
    expect(learned((t) => (t.truncated ? { ...t, truncated: false, terminated: true } : t))).not.toEqual(asIs);
  });

  test("what a mask forbids is never taken, and its logit is not learned", () => {
    const agent = new PPO(SPACES, { ...ONE_UPDATE, network: { hidden: [] }, entropyCoefficient: 0.5, epochs: 3 });
    const bias = (): number[] => weightsOf(agent).get("policy.0.bias")!;
    const before = bias();
    const actions = drive(agent, 0, 8, () => [1, 0, 1]).map(({ action }) => action);
    expect(new Set(actions)).toEqual(new Set([1, 3]));
    expect(agent.update()).toBe(3);
    const after = bias();
    expect(after[1]).toBe(before[1]);
    expect(after[0]).not.toBe(before[0]);
    // Without masks the same logit moves.
    drive(agent, 8, 16);
    agent.update();
    expect(bias()[1]).not.toBe(after[1]);
  });

  test("the ratio is clipped as its schedule says, which is written in steps of all environments", () => {
    const options: PPOOptions = { ...ONE_UPDATE, epochs: 8, learningRate: 0.05, totalSteps: 8 };
    const learned = (clip: PPOOptions["clip"]): Uint8Array => {
      const agent = new PPO(SPACES, { ...options, ...(clip !== undefined && { clip }) });
      drive(agent, 0, 8);
      agent.update();
      return agent.exportWeights();
    };
    expect(learned({ type: "linear", from: 0.2, to: 0.05 })).toEqual(learned(0.05));
    expect(learned(0.05)).not.toEqual(learned(0.2));
  });

  test("a round ends before an update that finds the policy too far from the one that acted", () => {
    const options: PPOOptions = { ...ONE_UPDATE, epochs: 20, minibatches: 2, learningRate: 0.02 };
    const free = new PPO(SPACES, options);
    drive(free, 0, 8);
    expect(free.update()).toBe(40);
    const held = new PPO(SPACES, { ...options, targetKl: 0.01 });
    drive(held, 0, 8);
    const made = held.update();
    expect(made).toBeGreaterThan(1);
    expect(made).toBeLessThan(20);
    expect(held.updates).toBe(made);
    // The rollout is learned from: there is room for the next.
    drive(held, 8, 16);
    expect(held.update()).toBeGreaterThan(0);
    // By the loop too, where each update is asked for by itself.
    const looped = new PPO(constantReward(1), { ...options, targetKl: 0.01, environments: 1, rolloutSteps: 8 });
    looped.learnSync(40);
    expect(looped.updates).toBeLessThan(5 * 40);
    expect(looped.updates).toBeGreaterThan(0);
  });
});

describe("known answers", () => {
  const LEARNING: PPOOptions = {
    preset: false,
    totalSteps: 12_000,
    discount: 0.9,
    rolloutSteps: 32,
    epochs: 4,
    minibatches: 2,
    network: { hidden: [] },
    learningRate: { type: "linear", from: 0.05, to: 0 },
  };

  test("in a chain of two states the best actions and their values are learned", () => {
    // As in the tests of DQN: V* = 2.3684, 2.6316 with actions 1, 0.
    const chain = (): ChainEnv =>
      new ChainEnv(2, 2, 10, (state, action) => {
        if (state === 0) return { next: action, reward: 0, terminated: false };
        return action === 0 ? { next: 0, reward: 0.5, terminated: false } : { next: 1, reward: 2, terminated: true };
      });
    const agent = new PPO(vectorOf(chain, 4), LEARNING);
    agent.learnSync(12_000);
    expect([agent.act(0), agent.act(1)]).toEqual([1, 0]);
    expect(Math.abs(agent.value(0) / 2.3684 - 1)).toBeLessThan(0.02);
    expect(Math.abs(agent.value(1) / 2.6316 - 1)).toBeLessThan(0.02);
    const { probabilities } = agent.distribution(0) as { probabilities: Float32Array };
    expect(probabilities[1]).toBeGreaterThan(0.97);
  });

  test("reward 1 for ever, truncated every 7 steps, is worth 10", () => {
    const forEver = (): ChainEnv => new ChainEnv(1, 1, 7, () => ({ next: 0, reward: 1, terminated: false }));
    const agent = new PPO(vectorOf(forEver, 3), LEARNING);
    agent.learnSync(12_000);
    expect(Math.abs(agent.value(0) / 10 - 1)).toBeLessThan(0.02);
  });

  test("an optimal path through FrozenLake without slipping is learned", () => {
    const lake = (): SyncEnv => make("FrozenLake-v1", { isSlippery: false });
    const best = optimalQ(tabular(lake()).transitions(), 0.9);
    const agent = new PPO(vectorOf(lake, 8), { ...LEARNING, totalSteps: 40_000, entropyCoefficient: 0.01 });
    agent.learnSync(40_000);
    const evaluation = agent.evaluateSync(lake, { episodes: 1 });
    expect([evaluation.mean, evaluation.lengths[0]]).toEqual([1, 6]);
    expect(Math.abs(agent.value(0) / Math.max(...best[0]) - 1)).toBeLessThan(0.1);
  });

  /** One step: the reward is the closer to 0 the closer the action comes to what the observation asks for. */
  const target = (space: Space, wanted: readonly number[]): SyncEnv => ({
    observationSpace: OBSERVATIONS,
    actionSpace: space,
    reset: () => ({ observation: [1, 0], info: {} }),
    step: (action) => {
      const list = typeof action === "number" ? [action] : Array.from(action as ArrayLike<number>);
      const reward = -list.reduce((sum, x, c) => sum + (x - wanted[c]) ** 2, 0);
      return { observation: [1, 0], reward, terminated: true, truncated: false, info: {} };
    },
  });

  test.each<[string, Space, PPOOptions, number[]]>([
    ["multi-discrete choices", multiDiscrete([2, 3]), {}, [1, 2]],
    ["bits", multiBinary(3), {}, [1, 0, 1]],
    ["a box", box(-2, 2, [2]), {}, [0.5, -1]],
    ["a squashed box", box([-2, 0], [2, 4]), { distribution: { type: "gaussian", squashed: true } }, [0.5, 3]],
    [
      "a box, deviations of the network",
      box(-2, 2, [2]),
      { distribution: { type: "gaussian", stateDependent: true } },
      [-1, 1],
    ],
  ])("the wanted action is learned of %s", (_, space, options, wanted) => {
    const env = vectorOf(() => target(space, wanted), 8);
    const agent = new PPO(env, { ...LEARNING, ...options, discount: 0 });
    agent.learnSync(12_000);
    expectClose("action", agent.act([1, 0]) as Float32Array, wanted, space.kind === "box" ? 0.05 : 0);
    const description = agent.distribution([1, 0]);
    if ("deviation" in description) expect(Math.max(...description.deviation)).toBeLessThan(0.4);
  });
});

test.each(ACTIONS)(
  "actions explored one by one are those explored at once, within the bounds of a Box: %s",
  (_, actionSpace, options) => {
    const spaces = { observationSpace: OBSERVATIONS, actionSpace };
    const [single, several] = [0, 1].map(() => new PPO(spaces, { ...ONE_UPDATE, ...options, seed: 3 }));
    const observations = [observationOf(0), observationOf(1)];
    // The stream is drawn from row by row.
    const explored = observations.map((observation) => {
      const action = copy(single.act(observation, { explore: true }));
      const ends = { terminated: false, truncated: false };
      single.observe({ observation, action, reward: 0, nextObservation: observation, ...ends });
      return action;
    });
    const rows = several.actBatch(observations, { explore: true });
    expect(Array.from(rows)).toEqual(explored.flatMap((action) => (typeof action === "number" ? [action] : action)));
    if (actionSpace.kind !== "box") return;
    for (let draw = 0; draw < 50; draw++) {
      const action = single.act(observations[0], { explore: true }) as Float32Array;
      action.forEach((x, d) => {
        expect(x).toBeGreaterThanOrEqual(actionSpace.low[d]);
        expect(x).toBeLessThanOrEqual(actionSpace.high[d]);
      });
    }
  },
);

describe("observing", () => {
  const UNKNOWN =
    "action expected to be one that this agent chose, got one that it knows nothing of. It learns from its own actions: call act(observation, { explore: true }) first, once per transition.";
  const step = (change: Partial<Transition> = {}): Transition => ({
    observation: observationOf(0),
    action: 1,
    reward: 0,
    nextObservation: observationOf(1),
    terminated: false,
    truncated: false,
    ...change,
  });

  test("observing wants the action that was chosen for the observation", () => {
    const agent = new PPO(SPACES, ONE_UPDATE);
    expect(() => agent.observe(step())).toThrow(new StateError(`observe: ${UNKNOWN}`));
    agent.act(observationOf(0));
    expect(() => agent.observe(step())).toThrow(StateError);
    const action = agent.act(observationOf(0), { explore: true }) as number;
    const other = action === 1 ? 2 : 1;
    expect(() => agent.observe(step({ action: other }))).toThrow(
      new RangeError(`observe: action expected ${action}, which was chosen, got ${other}. Pass what act returned.`),
    );
    expect(() => agent.observe(step({ action, observation: observationOf(5) }))).toThrow(
      new RangeError(
        "observe: observation expected the one that the action was chosen for, got another. Observe every step before the next one is acted on, environments in their order.",
      ),
    );
    expect(() => agent.observe(step({ action, reward: Number.NaN }))).toThrow(
      "observe: reward expected a finite number",
    );
    // Greedy actions in between, as an evaluation takes them, do no harm; and nothing was taken in.
    agent.act(observationOf(3));
    agent.actBatch([observationOf(3), observationOf(4), observationOf(5)]);
    expect(agent.envSteps).toBe(0);
    agent.observe(step({ action }));
    expect(agent.envSteps).toBe(1);
    expect(() => agent.observe(step({ action }))).toThrow(StateError);
  });

  test("observing several environments goes in their order", () => {
    const agent = new PPO(SPACES, ONE_UPDATE);
    const observations = [observationOf(0), observationOf(1)];
    expect(() => agent.actBatch([observationOf(0)], { explore: true })).toThrow(
      new RangeError(
        "actBatch: observations expected 2, one per environment, to explore with, got 1. Observe what follows before the next call.",
      ),
    );
    const actions = agent.actBatch(observations, { explore: true });
    const transitions = [0, 1].map((e) => step({ observation: observations[e], action: actions[e] }));
    expect(() => agent.observeBatch([transitions[1], transitions[0]])).toThrow(
      "observeBatch: observation expected the one",
    );
    expect(() => agent.observeBatch([...transitions, ...transitions])).toThrow(
      new StateError(`observeBatch: ${UNKNOWN}`),
    );
    expect(agent.envSteps).toBe(0);
    agent.observe(transitions[0]);
    agent.observe(transitions[1]);
    expect(agent.envSteps).toBe(2);
  });

  test("observing rows wants those that were acted on", () => {
    const agent = new PPO(SPACES, ONE_UPDATE);
    const rows = Float32Array.of(0, 1, 0.5, -0.5);
    const actions = new Int32Array(2);
    const result: VectorStepResult = {
      observation: rows,
      finalObservation: rows,
      reward: new Float64Array(2),
      terminated: new Uint8Array(2),
      truncated: new Uint8Array(2),
      info: [],
    };
    expect(() => agent.observeRows(rows, Int32Array.of(1, 1), result)).toThrow(
      new StateError(`observeRows: ${UNKNOWN}`),
    );
    agent.actRows(rows, actions);
    const wrong = actions.slice();
    wrong[1] = actions[1] === 1 ? 2 : 1;
    expect(() => agent.observeRows(rows, wrong, result)).toThrow(
      `observeRows: action of environment 1 expected ${actions[1]}, which was chosen, got ${wrong[1]}. Pass what act returned.`,
    );
    expect(() => agent.observeRows(Float32Array.of(0, 1, 0, 0), actions, result)).toThrow(
      "observeRows: observation expected the one that the action was chosen for",
    );
    agent.observeRows(rows, actions, result);
    expect(agent.envSteps).toBe(2);
  });

  test("a full rollout takes in nothing before it is learned from, and acting goes on", () => {
    const agent = new PPO(SPACES, ONE_UPDATE);
    drive(agent, 0, 8);
    expect(agent.act(observationOf(0), { explore: true })).toBeGreaterThan(0);
    expect(() => agent.observe(step())).toThrow(
      "observe: rollout expected room for 1 transitions, got 0 of 8 free. Call update when the rollout is full",
    );
    agent.update();
    drive(agent, 8, 9);
    expect(agent.envSteps).toBe(9);
  });
});

describe("bad input", () => {
  test("masks of several choices have one entry per option, and allow one of every choice", () => {
    const choices = new PPO({ observationSpace: OBSERVATIONS, actionSpace: multiDiscrete([2, 2]) }, ONE_UPDATE);
    expect(() => choices.act([0, 0], { mask: [1, 1, 0, 0] })).toThrow(
      "act: mask expected at least one allowed action of choice 1, got none. Allow one.",
    );
    expect(() => choices.act([0, 0], { mask: [1, 1] })).toThrow("act: mask expected 4 entries, got [1, 1].");
    expect(Array.from(choices.act([0, 0], { mask: [0, 1, 1, 0] }) as Float32Array)).toEqual([1, 0]);
    const rows = choices.actBatch([observationOf(0), observationOf(1)], {
      explore: true,
      masks: [[0, 1, 1, 0], undefined],
    });
    expect(Array.from(rows.slice(0, 2))).toEqual([1, 0]);
  });

  const cases: [PPOOptions, string][] = [
    [{ clipp: 1 } as never, 'PPO: option expected a known name, got "clipp". Did you mean clip?'],
    [{ lambda: 0.5 } as never, 'PPO: option expected a known name, got "lambda".'],
    [{ clip: -0.1 }, "PPO: clip expected a number at least 0"],
    [{ valueClip: "wide" } as never, "PPO: valueClip expected a number at least 0"],
    [{ targetKl: 0 }, "PPO: targetKl expected a number above 0, got 0. Use null for no limit."],
    [
      { valueCoefficient: -1 },
      "PPO: valueCoefficient expected a number at least 0, got -1. It weighs the value's loss.",
    ],
    [{ entropyCoefficient: -1 }, "PPO: entropyCoefficient expected a number at least 0"],
    [
      { normalizeAdvantages: 1 } as never,
      "PPO: normalizeAdvantages expected true or false, got 1. Set options.normalizeAdvantages.",
    ],
    [
      { sharedNetwork: null } as never,
      "PPO: sharedNetwork expected true or false, got null. Set options.sharedNetwork.",
    ],
    [{ advantage: "v-trace" }, "PPO: advantage.type expected one of gae, monte-carlo, td, n-step, got"],
    [{ distribution: "gaussian" }, "PPO: distribution expected none for discrete actions"],
    [{ epochs: 0 }, "PPO: epochs expected an integer at least 1 and at most 65536, got 0. Set options.epochs."],
    [{ minibatches: 9 }, "PPO: minibatches expected at most the 8 transitions of a rollout, got 9."],
    [{ optimizer: "adam2" } as never, "PPO: optimizer.type expected one of"],
    [{ network: { convolution: [{ filters: 2, kernel: 3 }] } }, "PPO: network.convolution expected observations that"],
  ];
  test.each(cases)("options %o are refused", (options, message) => {
    expect(() => new PPO(SPACES, { ...ONE_UPDATE, ...options })).toThrow(message);
  });

  test("every preset is valid, for its environment and by name", () => {
    registerDiagnostics();
    for (const [id, { source, options }] of Object.entries(PPO_PRESETS)) {
      expect(source).not.toBe("");
      const env = make(id.split("/")[0]);
      const count = PPO.environments(env, { preset: id });
      expect(count).toBe(options.environments ?? 1);
      const work = count === 1 ? env : vectorOf(() => make(id.split("/")[0]), count);
      expect(new PPO(work, { preset: id }).settings.totalSteps).toBe(options.totalSteps);
    }
  });
});

describe("what it tells", () => {
  test("value and distribution tell what the agent thinks of an observation", () => {
    const agent = new PPO({ observationSpace: OBSERVATIONS, actionSpace: multiDiscrete([2, 3]) }, ONE_UPDATE);
    const { probabilities } = agent.distribution([0.5, -0.5]) as { probabilities: Float32Array };
    expect(probabilities).toHaveLength(5);
    for (const part of [probabilities.subarray(0, 2), probabilities.subarray(2)]) {
      expect(part.reduce((sum, p) => sum + p)).toBeCloseTo(1, 6);
    }
    const bits = new PPO({ observationSpace: OBSERVATIONS, actionSpace: multiBinary(2) }, ONE_UPDATE);
    const ofBits = bits.distribution([0, 0]) as { probabilities: Float32Array };
    expect(Array.from(ofBits.probabilities)).toEqual([0.5, 0.5]);
    const actionSpace = box(-1, 1, [2]);
    const continuous = new PPO(
      { observationSpace: OBSERVATIONS, actionSpace },
      { ...ONE_UPDATE, distribution: { type: "gaussian", logDeviation: -1 } },
    );
    const { deviation, mean } = continuous.distribution([0, 0]) as { deviation: Float32Array; mean: Float32Array };
    expectClose("deviation", deviation, [Math.exp(-1), Math.exp(-1)], 1e-6);
    expect(Array.from(mean)).toEqual([0, 0]);
    expect(typeof agent.value([0, 0])).toBe("number");
    expect(() => agent.value([0])).toThrow("value: observation expected 2 numbers, got [0].");
    expect(() => agent.distribution([0])).toThrow("distribution: observation expected 2 numbers, got [0].");
  });

  test("weights are named as PyTorch names two modules, policy and value", () => {
    const agent = new PPO(SPACES, ONE_UPDATE);
    expect([...weightsOf(agent).keys()]).toEqual([
      "policy.0.weight",
      "policy.0.bias",
      "policy.2.weight",
      "policy.2.bias",
      "value.0.weight",
      "value.0.bias",
      "value.2.weight",
      "value.2.bias",
    ]);
    const larger = new PPO(SPACES, { ...ONE_UPDATE, network: { hidden: [5] } });
    expect(() => larger.importWeights(agent.exportWeights())).toThrow(
      "importWeights: policy.0.weight expected a tensor",
    );
  });

  test("progress has the numbers of policy, value and divergence", () => {
    const seen: Record<string, number>[] = [];
    const agent = new PPO(constantReward(1), { preset: false, rolloutSteps: 8, minibatches: 2, epochs: 2 });
    agent.learnSync(16, { onProgress: ({ metrics }) => seen.push({ ...metrics }) });
    const last = seen[seen.length - 1];
    expect(Object.keys(last)).toEqual([
      "loss",
      "policyLoss",
      "valueLoss",
      "entropy",
      "gradientNorm",
      "learningRate",
      "approximateKl",
      "clipFraction",
    ]);
    expect(Object.values(last).every(Number.isFinite)).toBe(true);
    expect(last.loss).toBeCloseTo(last.policyLoss + 0.5 * last.valueLoss, 12);
    expect(last.entropy).toBeCloseTo(Math.LN2, 2);
  });
});

test("a run that diverges stops with DivergenceError before its weights break, and says where", () => {
  const agent = new PPO(constantReward(1e30), { preset: false, rolloutSteps: 4, minibatches: 1 });
  const before = weightsOf(agent);
  expect(() => agent.learnSync(20)).toThrow(DivergenceError);
  expect(() => agent.update()).toThrow(
    /^PPO: value loss expected a finite number, got Infinity in update 1 \(environment step 4\)\. Lower learningRate/,
  );
  expect(weightsOf(agent)).toEqual(before);
});
