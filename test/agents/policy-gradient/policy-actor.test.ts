// Acting by a policy: what it chooses, presents and tells of a choice that is learned from, by the networks that it stands on.

import { describe, expect, test } from "vitest";
import { planNormalizer } from "../../../src/agents/on-policy.ts";
import {
  type ActorCriticModel,
  ActorCriticPass,
  createActorCritic,
  networksOf,
} from "../../../src/agents/policy-gradient/actor-critic.ts";
import { PolicyActor } from "../../../src/agents/policy-gradient/policy-actor.ts";
import { PPO, type PPOOptions } from "../../../src/agents/policy-gradient/ppo.ts";
import type { PPOSettings } from "../../../src/agents/policy-gradient/ppo-options.ts";
import { type ActingRows, planChoice } from "../../../src/experience/actor.ts";
import type { Tensor } from "../../../src/operations/handles.ts";
import { box, discrete, multiBinary, multiDiscrete, type Space } from "../../../src/space.ts";
import type { AgentContext } from "../../../src/training/context.ts";
import { open } from "../../../src/training/open.ts";
import { tensorOf } from "../../conformance/pair.ts";
import { contentsOf, handOver } from "../../formats/written.ts";

const BOX = box([-2, 0], [2, 1]);

interface Made {
  readonly context: AgentContext<PPOSettings>;
  readonly model: ActorCriticModel;
  readonly actor: PolicyActor;
}

/** Networks whose weights are far enough from 0 that actions differ. */
function make(actionSpace: Space, options: PPOOptions = {}): Made {
  const spaces = { observationSpace: box(-9, 9, [2]), actionSpace };
  const given = { rolloutSteps: 4, minibatches: 1, network: { hidden: [5] }, seed: 3, ...options };
  const context = open<PPOSettings>(PPO, spaces, given);
  const model = createActorCritic(context);
  model.initialize(context.stream("init"));
  for (const [i, { name, shape }] of model.specs.entries()) {
    if (name === "policy.log_std") continue;
    const values = Float32Array.from({ length: shape[0] * (shape[1] ?? 1) }, (_, k) => ((k * 7 + i) % 11) / 5 - 1);
    model.backend.writeParameter(model.parameters, i, values);
  }
  const normalizer = planNormalizer(context);
  return { context, model, actor: new PolicyActor(context, networksOf(model, true), normalizer) };
}

interface Chosen {
  readonly action: number[];
  readonly given: number[];
  readonly logProbability: number[];
  readonly value: number[];
  readonly state: number[];
}

const OBSERVATIONS = [
  [1, -2],
  [0.5, 3],
  [-1, 0.25],
];

function rowsOf(
  observations: readonly (readonly number[])[] = OBSERVATIONS,
  more: Partial<ActingRows> = {},
): ActingRows {
  return {
    ...{ rows: observations.length, first: 0, observation: Float32Array.from(observations.flat()) },
    ...{ mask: null, starts: null, streams: null, ...more },
  };
}

function choose(
  { actor, context }: Made,
  explore: boolean,
  rows: ActingRows = rowsOf(),
  isLearned: boolean = true,
): Chosen {
  const { size } = context.actions;
  const { action, given } = planChoice(rows.rows, size);
  const units = context.settings.recurrent?.units ?? 0;
  const [logProbability, value, state] = [1, 1, units].map((columns) => new Float32Array(rows.rows * columns));
  const remembered = isLearned ? { logProbability, value, ...(units > 0 && { state }) } : null;
  actor.choose(rows, explore, { action, given, remembered });
  const [a, g, l, v, s] = [action, given, logProbability, value, state].map((list) => Array.from(list));
  return { action: a, given: g, logProbability: l, value: v, state: s };
}

/** What the networks say of observations and actions. */
function judged(
  { context, model }: Made,
  action: readonly number[],
  mask: Tensor | null = null,
): Pick<Chosen, "logProbability" | "value"> {
  const { backend } = context;
  const rows = OBSERVATIONS.length;
  const pass = new ActorCriticPass(backend, networksOf(model), {
    rows,
    x: tensorOf(backend, rows, 2, OBSERVATIONS.flat()),
  });
  pass.forward();
  if (pass.distribution.family === "categorical") pass.distribution.mask = mask;
  const [log, entropy] = [backend.tensor(rows, 1), backend.tensor(rows, 1)];
  const actions = tensorOf(backend, rows, action.length / rows, action);
  backend.actionDistribution.evaluate(rows, pass.distribution, actions, log, entropy);
  const [logProbability, value] = [log, pass.value].map((tensor) => Array.from(backend.read(tensor) as Float32Array));
  return { logProbability, value };
}

const KINDS: [string, Space, PPOOptions][] = [
  ["Discrete", discrete(4, 10), {}],
  ["MultiDiscrete", multiDiscrete([2, 3]), {}],
  ["MultiBinary", multiBinary(3), {}],
  ["Box", BOX, {}],
  ["squashed", BOX, { distribution: { type: "gaussian", squashed: true } }],
  ["shared network", discrete(4), { sharedNetwork: true }],
];

describe.each(KINDS)("%s", (_name, space, options) => {
  test("an exploring choice that is learned from is told with its probability and the observation's value", () => {
    const made = make(space, options);
    const chosen = choose(made, true);
    expect({ logProbability: chosen.logProbability, value: chosen.value }).toEqual(judged(made, chosen.action));
    expect(new Set(Array.from({ length: 20 }, () => choose(made, true).action.join())).size).toBeGreaterThan(1);
  });

  test("a choice that is not learned from draws the same, and tells nothing", () => {
    const [learned, beside] = [make(space, options), make(space, options)];
    const chosen = choose(learned, true);
    expect(choose(beside, true, rowsOf(), false)).toMatchObject({ action: chosen.action, given: chosen.given });
  });

  test("a greedy choice is the most probable one, and draws nothing", () => {
    const made = make(space, options);
    const before = made.context.acting.random.read(made.context.stream("exploration"));
    const { action } = choose(made, false);
    expect(choose(made, false).action).toEqual(action);
    expect(made.context.acting.random.read(made.context.stream("exploration"))).toEqual(before);
    const { logProbability } = judged(made, action);
    if (options.distribution !== undefined) return;
    for (let draw = 0; draw < 20; draw++) {
      const other = judged(made, choose(made, true).action);
      for (const [row, log] of other.logProbability.entries())
        expect(log).toBeLessThanOrEqual(logProbability[row] + 1e-6);
    }
  });

  test("rows are apart: fewer give the same", () => {
    const made = make(space, options);
    const { size } = made.context.actions;
    expect(choose(made, false, rowsOf(OBSERVATIONS.slice(0, 1))).action).toEqual(
      choose(made, false).action.slice(0, size),
    );
  });
});

describe("what environments are given", () => {
  const present = ({ actor }: Made, stored: readonly number[], rows: number): number[] => {
    const given = new Float32Array(stored.length);
    actor.present(rows, Float32Array.from(stored), given);
    return Array.from(given);
  };

  test("lies within the bounds of a Box", () => {
    expect(present(make(BOX), [-5, 0.5, 1, 9], 2)).toEqual([-2, 0.5, 1, 1]);
  });

  test("fills the range between them where tanh squashes it, and never leaves it", () => {
    const made = make(BOX, { distribution: { type: "gaussian", squashed: true } });
    const given = present(made, [0, 0, 40, 40, -40, -40], 3);
    expect(given).toEqual([0, 0.5, 2, 1, -2, 0]);
    const [low, high] = present(made, [1, 1], 1);
    expect(low).toBeCloseTo(2 * Math.tanh(1), 5);
    expect(high).toBeCloseTo(0.5 + 0.5 * Math.tanh(1), 5);
    const chosen = choose(made, true);
    expect(present(made, chosen.action, 3)).toEqual(chosen.given);
  });

  test("is the index from 0 of Discrete actions", () => {
    expect(present(make(discrete(4, 10)), [3, 0], 2)).toEqual([3, 0]);
  });
});

test("a mask forbids options, and counts in the probability that is told", () => {
  const made = make(discrete(4));
  const mask = [1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 0];
  const masked = tensorOf(made.context.backend, 3, 4, mask);
  for (let draw = 0; draw < 20; draw++) {
    const rows = rowsOf(OBSERVATIONS, { mask: Float32Array.from(mask) });
    const { action, logProbability } = choose(made, true, rows);
    for (const [row, a] of action.entries()) expect(mask[row * 4 + a]).toBe(1);
    expect(logProbability).toEqual(judged(made, action, masked).logProbability);
  }
  // And not in the next choice without one.
  const { action, logProbability } = choose(made, true);
  expect(logProbability).toEqual(judged(made, action).logProbability);
});

describe("what it thinks of an observation", () => {
  const only = rowsOf(OBSERVATIONS.slice(0, 1));

  test("is its value, and the distribution of exploring actions", () => {
    const made = make(multiDiscrete([2, 3]));
    const { value } = judged(made, [0, 0, 0, 0, 0, 0]);
    expect(made.actor.value(only)).toBe(value[0]);
    const { probabilities } = made.actor.distribution(only) as { probabilities: Float32Array };
    const all = [0, 1].flatMap((a) => [0, 1, 2].map((b) => judged(made, [a, b, 0, 0, 0, 0]).logProbability[0]));
    const joint = Array.from(probabilities.subarray(0, 2)).flatMap((p) =>
      Array.from(probabilities.subarray(2)).map((q) => Math.log(p * q)),
    );
    for (const [k, log] of all.entries()) expect(joint[k]).toBeCloseTo(log, 5);
  });

  test("is the probability of every bit, or means and deviations", () => {
    const bits = make(multiBinary(2));
    const { probabilities } = bits.actor.distribution(only) as { probabilities: Float32Array };
    const ones = judged(bits, [1, 1, 0, 0, 0, 0]).logProbability[0];
    expect(Math.log(probabilities[0] * probabilities[1])).toBeCloseTo(ones, 5);
    const normal = make(BOX, { distribution: { type: "gaussian", logDeviation: -1 } });
    const { mean, deviation } = normal.actor.distribution(only) as { mean: Float32Array; deviation: Float32Array };
    expect(Array.from(mean)).toEqual(choose(normal, false, only).action);
    for (const d of deviation) expect(d).toBeCloseTo(Math.exp(-1), 6);
  });
});

describe("with a memory", () => {
  const recurrent = (options: PPOOptions = {}): Made =>
    make(discrete(4), { recurrent: { type: "gru", units: 3 }, environments: 3, ...options });

  test("exploring choices tell the state before them, which goes on when the step is observed", () => {
    const made = recurrent();
    expect(choose(made, true).state).toEqual(new Array(9).fill(0));
    expect(choose(made, true).state).toEqual(new Array(9).fill(0));
    for (const e of [0, 1, 2]) made.actor.stepTaken(e, e === 1);
    const { state } = choose(made, true);
    expect(state.slice(3, 6)).toEqual([0, 0, 0]);
    expect([...state.slice(0, 3), ...state.slice(6)].every((x) => x !== 0)).toBe(true);
    made.actor.forget();
    expect(choose(made, true).state).toEqual(new Array(9).fill(0));
  });

  test("greedy choices have memories of their own, apart for every set of streams; looking changes none", () => {
    const made = recurrent();
    const only = rowsOf(OBSERVATIONS.slice(0, 1));
    const first = made.actor.value(only);
    choose(made, false, only);
    const second = made.actor.value(only);
    expect(second).not.toBe(first);
    expect(made.actor.value(only)).toBe(second);
    made.actor.distribution(only);
    expect(made.actor.value(only)).toBe(second);
    // Exploring and other streams leave them alone.
    choose(made, true);
    for (const e of [0, 1, 2]) made.actor.stepTaken(e, false);
    choose(made, false, { ...only, streams: made.actor.createStreams() });
    expect(made.actor.value(only)).toBe(second);
    choose(made, false, { ...only, starts: [true] });
    expect(made.actor.value(only)).toBe(second);
  });
});

test("exploration by a function of the state stays for a rollout, and is drawn anew for the next", () => {
  const made = make(BOX, { distribution: "gsde", environments: 3 });
  const means = choose(made, false).action;
  const noise = (): number[] => choose(made, true).action.map((u, k) => u - means[k]);
  const first = noise();
  for (const e of [0, 1, 2]) made.actor.stepTaken(e, false);
  expect(noise()).toEqual(first);
  made.actor.beginRollout();
  expect(noise()).not.toEqual(first);
});

test("a run's file holds states and matrices where there are any", () => {
  expect(contentsOf(make(discrete(4)).actor)).toEqual({});
  const [saved, loaded] = [0, 1].map(() => make(BOX, { distribution: "gsde", recurrent: "gru" }));
  choose(saved, true, rowsOf(OBSERVATIONS.slice(0, 1)));
  saved.actor.stepTaken(0, false);
  expect(Object.keys(contentsOf(saved.actor))).toEqual([
    ...["state.carried", "state.pending", "exploration.matrix.0", "exploration.stepsLeft"],
  ]);
  handOver(saved.actor, loaded.actor);
  expect(contentsOf(loaded.actor)).toEqual(contentsOf(saved.actor));
  expect(contentsOf(saved.actor, "policy")).toEqual({});
});
