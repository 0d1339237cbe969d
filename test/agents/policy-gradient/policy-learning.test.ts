// What algorithms that learn a policy and its value share: advantages of a full rollout, minibatches, and the step that losses make.

import { describe, expect, test } from "vitest";
import { onPolicyLearner, planNormalizer } from "../../../src/agents/on-policy.ts";
import {
  type ActorCriticModel,
  createActorCritic,
  networksOf,
} from "../../../src/agents/policy-gradient/actor-critic.ts";
import type { PolicyMemory } from "../../../src/agents/policy-gradient/policy-actor.ts";
import { PolicyLearning, type PolicyRound } from "../../../src/agents/policy-gradient/policy-learning.ts";
import { PPO, type PPOOptions } from "../../../src/agents/policy-gradient/ppo.ts";
import type { PPOSettings } from "../../../src/agents/policy-gradient/ppo-options.ts";
import { sequenceStepsOf } from "../../../src/agents/policy-gradient/recurrent-options.ts";
import type { Tensor } from "../../../src/operations/handles.ts";
import { box, discrete, type Space } from "../../../src/space.ts";
import type { AgentContext } from "../../../src/training/context.ts";
import { open } from "../../../src/training/open.ts";
import { BACKENDS } from "../../conformance/backends.ts";
import { expectClose } from "../../conformance/compare.ts";
import { tensorOf } from "../../conformance/pair.ts";
import { stepOf, type WrittenStep } from "../../experience/step-rows.ts";

interface Made {
  readonly context: AgentContext<PPOSettings>;
  readonly model: ActorCriticModel;
  readonly round: PolicyRound;
  readonly learning: PolicyLearning;
  readonly numbers: (tensor: Tensor) => number[];
}

interface More {
  readonly actionSpace?: Space;
  /** Of the steps of one environment, by their number. */
  readonly changes?: Readonly<Record<number, Partial<WrittenStep>>>;
  readonly mask?: readonly number[] | null;
}

/**
 * Five steps of one environment, uploaded: step k observes k / 4, goes on to k / 4 + 0.1, acts k modulo 3, is paid 2 - k, and
 * was chosen with ln p = -1 - k / 8 and value k / 8.
 */
function made(options: PPOOptions = {}, { actionSpace = discrete(3), changes = {}, mask = null }: More = {}): Made {
  const context = open<PPOSettings>(
    PPO,
    { observationSpace: box(-9, 9, [1]), actionSpace },
    {
      ...{ environments: 1, rolloutSteps: 5, minibatches: 2, advantage: { type: "gae", lambda: 0.5 }, discount: 0.75 },
      ...{ normalizeAdvantages: false, network: { hidden: [4], initializer: "pytorch-linear" }, seed: 5, ...options },
    },
  );
  const { actions, backend, settings } = context;
  const model = createActorCritic(context);
  model.initialize(context.stream("init"));
  const { recurrent = null } = settings;
  const kept: { learning?: PolicyLearning } = {};
  const columns = { logProbability: 1, value: 1, ...(recurrent !== null && { state: recurrent.units }) };
  const learner = onPolicyLearner<PolicyMemory>(context, {
    remembers: columns as Record<PolicyMemory, number>,
    normalizer: planNormalizer(context),
    sequenceSteps: sequenceStepsOf(recurrent, settings),
    present: (rows, stored, given) => actions.present(rows, stored, given),
    plan: (round) => {
      kept.learning = new PolicyLearning(context, model, round);
      return { prepare: () => {}, prepared: {}, learn: () => true };
    },
  });
  const learning = kept.learning!;
  const { rollout } = learning.round;
  const observe = (k: number): number[] => [Math.fround(k / 4)];
  for (let k = 0; k < settings.rolloutSteps; k++) {
    const action = Float32Array.from({ length: actions.size }, () =>
      actionSpace.kind === "box" ? k / 8 - 0.2 : k % 3,
    );
    const remembered = {
      logProbability: Float32Array.of(-1 - k / 8),
      value: Float32Array.of(k / 8),
      state: new Float32Array(recurrent?.units ?? 0).fill(k / 8),
    };
    if (!changes[k]?.skip) {
      const rows = { rows: 1, first: 0, observation: Float32Array.from(observe(k)), starts: null, streams: null };
      rollout.expect(
        { ...rows, mask: mask === null ? null : Float32Array.from(mask) },
        { action, given: action.slice(), remembered },
      );
    }
    const row = {
      observation: observe(k),
      next: [Math.fround(k / 4 + 0.1)],
      action: Array.from(action),
      reward: 2 - k,
    };
    learner.experience.add(stepOf([{ ...row, ...changes[k] }]));
  }
  rollout.upload();
  const numbers = (tensor: Tensor): number[] => Array.from(backend.read(tensor) as Float32Array);
  return { context, model, round: learning.round, learning, numbers };
}

/** Values that the network gives to numbers observed. */
function valuesOf({ context, model, numbers }: Made, observed: readonly number[]): number[] {
  const { backend } = context;
  const { policy, value } = networksOf(model);
  const x = tensorOf(backend, observed.length, 1, observed);
  if (value !== null) return numbers(value.plan({ rows: observed.length, x }).forward());
  const pass = policy.plan({ rows: observed.length, x });
  pass.forward();
  return numbers(pass.value!);
}

const ALL = [0, 1, 2, 3, 4];

/** Advantages by their definition: sums of errors, each weighted by (discount lambda) to the power of its distance. */
function expectedAdvantages(made: Made, terminated: readonly number[], truncated: readonly number[]): number[] {
  const next = valuesOf(
    made,
    ALL.map((k) => Math.fround(k / 4 + 0.1)),
  );
  const errors = ALL.map((k) => 2 - k + 0.75 * next[k] * (terminated.includes(k) ? 0 : 1) - k / 8);
  return ALL.map((k) => {
    const ends = ALL.find((j) => j >= k && (j === 4 || terminated.includes(j) || truncated.includes(j)))!;
    return errors.slice(k, ends + 1).reduce((sum, error, i) => sum + (0.75 * 0.5) ** i * error, 0);
  });
}

describe("a full rollout", () => {
  test.each([false, true])(
    "has its advantages of the values of what every step led to, in one network: %s",
    (shared) => {
      const changes = { 1: { truncated: true }, 3: { terminated: true } };
      const it = made({ sharedNetwork: shared }, { changes });
      it.learning.prepare();
      const { advantage, returns } = it.learning.prepared;
      const expected = expectedAdvantages(it, [3], [1]);
      expectClose("advantages", it.numbers(advantage), expected, 1e-6);
      expectClose(
        "returns",
        it.numbers(returns),
        expected.map((a, k) => a + k / 8),
        1e-6,
      );
    },
  );

  test("is gone through as it was collected, whatever order an epoch left", () => {
    const [first, second] = [made(), made()];
    second.round.shuffle();
    for (const { learning } of [first, second]) learning.prepare();
    expect(second.numbers(second.learning.prepared.advantage)).toEqual(
      first.numbers(first.learning.prepared.advantage),
    );
  });

  test("has its advantages found again from values that are there", () => {
    const it = made();
    it.learning.prepare();
    const { advantage } = it.learning.prepared;
    const found = it.numbers(advantage);
    it.context.backend.write(advantage, new Float32Array(5));
    it.learning.estimate();
    expect(it.numbers(advantage)).toEqual(found);
  });

  test("has no advantage that goes on past a row that is no step", () => {
    const changes = { 1: { truncated: true }, 2: { skip: true, reward: 0 } };
    const it = made({}, { changes });
    it.learning.prepare();
    const found = it.numbers(it.learning.prepared.advantage);
    const expected = expectedAdvantages(it, [], [1]);
    for (const k of [0, 1, 3, 4]) expect(found[k]).toBeCloseTo(expected[k], 5);
  });

  test("of a policy with memory is seen through its states, and its episodes' starts are part of a file", () => {
    const recurrent = { type: "gru", units: 3, sequenceSteps: 2 } as const;
    const it = made({ recurrent, rolloutSteps: 4, minibatches: 2 }, { changes: { 1: { truncated: true } } });
    it.learning.prepare();
    const { prepared } = it.learning;
    expect(Object.keys(prepared)).toEqual(["advantage", "returns", "start"]);
    expect(it.numbers(prepared.start!)).toEqual([0, 0, 1, 0]);
    const { backend } = it.context;
    const { memory, value } = networksOf(it.model);
    const states = memory!.plan({ rows: 1, x: backend.tensor(1, 1) });
    const values = value!.plan({ rows: 1, x: states.output });
    const errors = [0, 1, 2, 3].map((k) => {
      backend.write(states.state, new Float32Array(3).fill(k / 8));
      for (const seen of [k / 4, k / 4 + 0.1]) {
        backend.write(states.x, [seen]);
        backend.write(states.state, it.numbers(states.forward()));
      }
      return 2 - k + 0.75 * it.numbers(values.forward())[0] - k / 8;
    });
    const share = 0.75 * 0.5;
    const expected = [errors[0] + share * errors[1], errors[1], errors[2] + share * errors[3], errors[3]];
    expectClose("advantages", it.numbers(prepared.advantage), expected, 1e-6);
    expect(Object.keys(made().learning.prepared)).toEqual(["advantage", "returns"]);
  });
});

describe("a minibatch", () => {
  test("holds the transitions of its part of the order", () => {
    const it = made();
    const { learning, numbers } = it;
    learning.prepare();
    it.round.shuffle();
    const order = numbers(it.round.order);
    const [advantage, returns] = [learning.prepared.advantage, learning.prepared.returns].map(numbers);
    const [first, rows] = [2, 2];
    learning.gather(first, rows);
    const slots = order.slice(first, first + rows);
    expect(numbers(learning.action)).toEqual(slots.map((k) => k % 3));
    expect(numbers(learning.advantage)).toEqual(slots.map((k) => advantage[k]));
    expect(numbers(learning.returns)).toEqual(slots.map((k) => returns[k]));
    expect(numbers(learning.oldLogProbability)).toEqual(slots.map((k) => -1 - k / 8));
    expect(numbers(learning.oldValue)).toEqual(slots.map((k) => k / 8));
    learning.forward(first, rows);
    const expected = valuesOf(
      it,
      slots.map((k) => k / 4),
    );
    expect(numbers(learning.pass.value)).toEqual(expected);
    // Fewer rows, from elsewhere: the rest stays.
    learning.gather(0, 1);
    expect(numbers(learning.oldValue)).toEqual([order[0] / 8, slots[1] / 8]);
  });

  test("has advantages of mean 0 and variance 1 where they are normalized, over its own rows", () => {
    const it = made({ normalizeAdvantages: true, minibatches: 1 });
    it.learning.prepare();
    const raw = it.numbers(it.learning.prepared.advantage).slice(1, 4);
    it.learning.gather(1, 3);
    const found = it.numbers(it.learning.advantage).slice(0, 3);
    const mean = raw.reduce((sum, a) => sum + a / 3, 0);
    const deviation = Math.sqrt(raw.reduce((sum, a) => sum + (a - mean) ** 2, 0) / 2);
    expectClose(
      "advantages",
      found,
      raw.map((a) => (a - mean) / deviation),
      1e-5,
    );
    // What a file keeps is the advantages themselves.
    expect(it.numbers(it.learning.prepared.advantage).slice(1, 4)).toEqual(raw);
  });

  test("for values alone holds observations and returns, and no more", () => {
    const it = made();
    const { learning, numbers } = it;
    learning.prepare();
    learning.gather(0, 2);
    const before = [learning.action, learning.advantage, learning.oldValue].map(numbers);
    learning.gatherReturns(3, 2);
    expect([learning.action, learning.advantage, learning.oldValue].map(numbers)).toEqual(before);
    expect(numbers(learning.returns)).toEqual(numbers(learning.prepared.returns).slice(3));
    learning.pass.forwardValue(2);
    expect(numbers(learning.pass.value)).toEqual(valuesOf(it, [0.75, 1]));
  });

  test("is judged under the masks that its actions were chosen with", () => {
    const [free, masked] = [made(), made({}, { mask: [1, 1, 0] })];
    for (const { learning } of [free, masked]) {
      learning.prepare();
      learning.gather(0, 2);
      learning.forward(0, 2);
    }
    const [all, allowed] = [free, masked].map(({ learning, numbers }) => numbers(learning.logProbability));
    // p(a | allowed) = p(a) / (1 - p(2)): both actions share the option that is gone.
    for (const k of [0, 1]) expect(allowed[k]).toBeGreaterThan(all[k] + 0.01);
    const { learning, numbers } = masked;
    const { distribution } = learning.pass;
    if (distribution.family !== "categorical") throw new Error("expected a categorical distribution");
    expect(numbers(distribution.mask!)).toEqual([1, 1, 0, 1, 1, 0]);
    const logits = numbers(distribution.logits).slice(0, 3);
    const [zero, one] = logits.map((logit) => Math.exp(logit));
    expect(allowed[0]).toBeCloseTo(Math.log(zero / (zero + one)), 5);
  });
});

const SPACES: [string, Space, PPOOptions][] = [
  ["of numbered actions", discrete(3), {}],
  ["of a Box", box(-2, 2, [2]), {}],
  ["with clipped values and ratios", discrete(3), { valueClip: 0.05, clip: 0.05 }],
  ["in one network", discrete(3), { sharedNetwork: true }],
  [
    "with a memory",
    discrete(3),
    { recurrent: { type: "gru", units: 3, sequenceSteps: 2 }, rolloutSteps: 4, minibatches: 1 },
  ],
];

describe.each(BACKENDS)("on the $name backend, the step of a policy", ({ create }) => {
  test.each(SPACES)("%s goes down the loss that the metrics show", (_, actionSpace, options) => {
    const it = made(
      {
        ...{ backend: create, entropyCoefficient: 0.3, valueCoefficient: 0.7, maxGradientNorm: null, minibatches: 1 },
        ...{ learningRate: 1e-9, optimizer: { type: "adam" }, ...options },
      },
      { actionSpace, changes: { 1: { truncated: true } } },
    );
    const { context, learning, model } = it;
    const { backend, metrics, settings } = context;
    metrics.show(["loss"]);
    learning.prepare();
    it.round.collect();
    const rows = 4;
    const surrogate = learning.planPolicyLoss(learning.oldLogProbability);
    surrogate.clip = context.now(settings.clip);
    const regression = learning.planValueLoss(settings.valueClip === null ? null : learning.oldValue);
    if (settings.valueClip !== null) regression.clip = context.now(settings.valueClip);
    const losses = (): number => {
      learning.gather(0, rows);
      learning.forward(0, rows);
      backend.policyLoss.surrogate(rows, surrogate);
      backend.policyLoss.value(rows, regression);
      return metrics.record(true).loss;
    };
    losses();
    learning.descend(rows);
    const STEP = 1 / 256;
    let steepest = 0;
    for (const [i, { name }] of model.specs.entries()) {
      const [weights, slopes] = [model.parameters, model.gradients].map((block) =>
        (backend.readParameter(block, i) as Float32Array).slice(),
      );
      const expected = weights.map((weight, k) => {
        const at = (moved: number): number => {
          backend.writeParameter(model.parameters, i, weights.with(k, moved));
          return losses();
        };
        return (at(weight + STEP) - at(weight - STEP)) / (2 * STEP);
      });
      backend.writeParameter(model.parameters, i, weights);
      expectClose(name, slopes, expected, 3e-3);
      steepest = Math.max(steepest, ...expected.map(Math.abs));
    }
    expect(steepest).toBeGreaterThan(0.1);
  });
});

test("a step uses the learning rate and the weight of entropy that their schedules have now", () => {
  const falling = { type: "linear", from: 1, to: 0 } as const;
  const rising = { type: "linear", from: 0, to: 1 } as const;
  const schedules: PPOOptions = { learningRate: falling, entropyCoefficient: rising, totalSteps: 8 };
  /** How far the weights of policy and value move where the loss asks for nothing of the policy. */
  const moves = (envSteps: number): number[] => {
    const { context, learning, model } = made({ ...schedules, optimizer: { type: "sgd" }, maxGradientNorm: null });
    const { backend } = context;
    context.counters.envSteps = envSteps;
    learning.prepare();
    learning.gather(0, 2);
    learning.forward(0, 2);
    backend.write(learning.dLogProbability, [0, 0]);
    backend.write(learning.pass.dValue!, [1, 1]);
    const weights = (): Float32Array[] =>
      model.specs.map((_, i) => (backend.readParameter(model.parameters, i) as Float32Array).slice());
    const before = weights();
    learning.descend(2);
    const moved = weights().map((after, i) => after.reduce((sum, w, k) => sum + Math.abs(w - before[i][k]), 0));
    return ["policy.", "value."].map((prefix) =>
      moved.reduce((sum, move, i) => (model.specs[i].name.startsWith(prefix) ? sum + move : sum), 0),
    );
  };
  const [start, middle, end] = [0, 4, 8].map(moves);
  expect([start[0], middle[0] > 0, end]).toEqual([0, true, [0, 0]]);
  expect(middle[1]).toBeCloseTo(start[1] / 2, 5);
});

test("numbers of an update have names, and those that tell of a policy that is lost are watched", () => {
  const it = made();
  const { context, learning } = it;
  const { metrics } = context;
  const names = ["policyLoss", "valueLoss", "entropy", "approximateKl", "clipFraction", "loss"];
  metrics.show(names);
  learning.prepare();
  learning.gather(0, 2);
  learning.forward(0, 2);
  context.backend.policyLoss.surrogate(2, learning.planPolicyLoss(learning.oldLogProbability));
  context.backend.policyLoss.value(2, learning.planValueLoss());
  const shown = metrics.record(true);
  expect(Object.keys(shown)).toEqual(names);
  expect(shown.entropy).toBeCloseTo(
    it.numbers(learning.entropy).reduce((sum, H) => sum + H / 2, 0),
    6,
  );
  const { entropyCoefficient, valueCoefficient } = context.settings;
  const ofEntropy = context.now(entropyCoefficient) * shown.entropy;
  expect(shown.loss).toBe(shown.policyLoss + valueCoefficient * shown.valueLoss - ofEntropy);
  expect(metrics.record(false).loss).toBeNaN();
  context.backend.write(learning.policyNumbers, new Float32Array(learning.policyNumbers.columns).fill(Number.NaN));
  expect(() => metrics.requireFinite()).toThrow("PPO: policy loss expected a finite number, got NaN in update 1");
  context.backend.write(learning.policyNumbers, new Float32Array(learning.policyNumbers.columns));
  context.backend.write(learning.valueNumbers, [Number.POSITIVE_INFINITY]);
  expect(() => metrics.requireFinite()).toThrow("PPO: value loss expected a finite number, got Infinity in update 1");
});
