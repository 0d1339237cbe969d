import { describe, expect, test } from "vitest";
import { TRPO, type TRPOOptions } from "../../../src/agents/policy-gradient/trpo.ts";
import { TRPO_PRESETS } from "../../../src/agents/policy-gradient/trpo-presets.ts";
import type { StepResult, SyncEnv, VectorEnv } from "../../../src/env.ts";
import { make } from "../../../src/envs/registry.ts";
import type { SyncVectorEnv } from "../../../src/envs/vector-env.ts";
import { CheckpointError } from "../../../src/errors.ts";
import { decodeSafetensors, encodeSafetensors } from "../../../src/formats/safetensors.ts";
import { box, discrete, multiBinary, multiDiscrete, type Space, type SpaceValue } from "../../../src/space.ts";
import { constantReward, vectorOf } from "../small-envs.ts";
import { tamper } from "../tamper.ts";

const SMALL: TRPOOptions = {
  preset: false,
  totalSteps: 300,
  rolloutSteps: 16,
  epochs: 2,
  minibatches: 2,
  network: { hidden: [8] },
};
const cartPoles = (count: number): SyncVectorEnv => vectorOf(() => make("CartPole-v1"), count);

/** One state; the reward says what an action is worth; an episode is one step. */
function bandit(actionSpace: Space, reward: (action: never) => number): SyncEnv {
  const observation = Float32Array.of(1);
  const step = (action: SpaceValue): StepResult => ({
    observation,
    reward: reward(action as never),
    terminated: true,
    truncated: false,
    info: {},
  });
  return { observationSpace: box(-1, 1, [1]), actionSpace, reset: () => ({ observation, info: {} }), step };
}

const policyOf = (agent: TRPO): number[] =>
  [...decodeSafetensors(agent.exportWeights()).tensors]
    .filter(([name]) => name.startsWith("policy."))
    .flatMap(([, { data }]) => Array.from(data as Float32Array));
const valuesOf = (agent: TRPO): number[] =>
  [...decodeSafetensors(agent.exportWeights()).tensors]
    .filter(([name]) => name.startsWith("value."))
    .flatMap(([, { data }]) => Array.from(data as Float32Array));

describe("the policy's step", () => {
  interface Seen {
    readonly observations: Float32Array[];
    readonly actions: number[];
    readonly before: Float32Array[];
  }
  const probabilities = (agent: TRPO, observation: Float32Array): Float32Array => {
    const description = agent.distribution(observation);
    if (!("probabilities" in description)) throw new Error("expected probabilities");
    return description.probabilities;
  };

  /** Fills one rollout of two poles, and tells what it was made of. */
  function collect(agent: TRPO, env: VectorEnv, from: Float32Array): { seen: Seen; next: Float32Array } {
    const seen: Seen = { observations: [], actions: [], before: [] };
    const actions = new Int32Array(2);
    let rows = from;
    for (let step = 0; step < 16; step++) {
      agent.actRows(rows, actions);
      for (const e of [0, 1]) {
        const observation = rows.slice(4 * e, 4 * e + 4);
        seen.observations.push(observation);
        seen.actions.push(actions[e]);
        seen.before.push(probabilities(agent, observation));
      }
      const result = env.step(actions);
      if (result instanceof Promise) throw new Error("expected an answer at once");
      agent.observeRows(rows, actions, result);
      rows = Float32Array.from(result.observation);
    }
    return { seen, next: rows };
  }

  test("a step never leaves the trust region, never makes the surrogate worse, or is none at all", () => {
    let [steps, rejections] = [0, 0];
    const region: TRPOOptions[] = [
      { targetKl: 1e-3 },
      { targetKl: 0.01 },
      { targetKl: 0.3, cgDamping: 1e-3 },
      { targetKl: 3, cgDamping: 0, lineSearchSteps: 1 },
      { targetKl: 0.05, cgIterations: 1, lineSearchShrink: 0.5 },
    ];
    for (const [seed, options] of region.entries()) {
      const env = cartPoles(2);
      const { observationSpace, actionSpace } = env;
      // A round of two updates, so that the file between them holds the advantages; the value stays where it is.
      const agent = new TRPO(
        { observationSpace, actionSpace },
        { ...SMALL, environments: 2, minibatches: 1, learningRate: 0, seed, ...options },
      );
      let rows: Float32Array = Float32Array.from(env.reset({ seed }).observation as Float32Array);
      for (let round = 0; round < 12; round++) {
        const { seen, next } = collect(agent, env, rows);
        rows = next;
        const old = policyOf(agent);
        expect(agent.update({ maxUpdates: 1 })).toBe(1);
        const { tensors } = decodeSafetensors(agent.save());
        const advantage = Array.from(tensors.get("round.advantage")!.data as Float32Array);
        agent.update();
        if (policyOf(agent).every((weight, k) => weight === old[k])) {
          rejections++;
          continue;
        }
        steps++;
        const after = seen.observations.map((observation) => probabilities(agent, observation));
        const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b) / list.length;
        const divergence = mean(
          after.map((q, k) => seen.before[k].reduce((sum, p, j) => sum + p * Math.log(p / q[j]), 0)),
        );
        // Of probabilities in float32.
        expect(divergence).toBeLessThan(options.targetKl! * (1 + 1e-4) + 1e-6);
        const average = mean(advantage);
        const gain = mean(
          after.map((q, k) => (q[seen.actions[k]] / seen.before[k][seen.actions[k]]) * (advantage[k] - average)),
        );
        expect(gain).toBeGreaterThan(0);
      }
    }
    expect(steps).toBeGreaterThan(30);
    expect(rejections).toBeGreaterThan(0);
  });

  test("the policy makes one step a rollout; the value follows in epochs of minibatches", () => {
    const agent = new TRPO(cartPoles(2), { ...SMALL, epochs: 3, minibatches: 4 });
    expect(agent.learnSync(32 * 2).updates).toBe(2 * 3 * 4);

    const { observationSpace, actionSpace } = make("CartPole-v1");
    const owned = new TRPO({ observationSpace, actionSpace }, { ...SMALL, epochs: 3, minibatches: 4 });
    for (let k = 0; k < 16; k++) {
      const observation = [k / 20, 0, 0, (k % 5) / 5];
      const action = owned.act(observation, { explore: true });
      const ends = { terminated: k % 6 === 5, truncated: false };
      owned.observe({ observation, action, reward: k % 3, nextObservation: [0, 0, 0, 0], ...ends });
    }
    const before = policyOf(owned);
    owned.update({ maxUpdates: 1 });
    const moved = policyOf(owned);
    expect(moved).not.toEqual(before);
    for (let made = 1; made < 12; made++) {
      const weights = valuesOf(owned);
      expect(owned.update({ maxUpdates: 1 })).toBe(1);
      expect(valuesOf(owned)).not.toEqual(weights);
      expect(policyOf(owned)).toEqual(moved);
    }
    expect(owned.update()).toBe(0);
  });

  test("the step is none, and finite, where no action had an advantage", () => {
    const env = bandit(discrete(3), () => 0);
    const agent = new TRPO(env, { ...SMALL, normalizeAdvantages: false, learningRate: 0 });
    const { tensors } = decodeSafetensors(agent.exportWeights());
    for (const [name, { data }] of tensors) if (name.startsWith("value.")) data.fill(0 as never);
    agent.importWeights(encodeSafetensors([...tensors].map(([name, tensor]) => ({ name, ...tensor }))));
    const before = policyOf(agent);
    agent.learnSync(32);
    expect(agent.updates).toBe(8);
    expect(policyOf(agent)).toEqual(before);
  });

  test("the Fisher information is of a random part of the transitions, or of all", () => {
    const weights = (options: TRPOOptions): Promise<string> => {
      const agent = new TRPO(cartPoles(2), { ...SMALL, ...options });
      agent.learnSync(64);
      return agent.weightsSha256();
    };
    return Promise.all([{}, { fisherSubsampling: 4 }, { fisherSubsampling: 32 }].map(weights)).then((all) => {
      expect(new Set(all).size).toBe(3);
    });
  });
});

describe("known answers", () => {
  const LEARN: TRPOOptions = {
    preset: false,
    rolloutSteps: 64,
    totalSteps: 8000,
    targetKl: 0.05,
    network: { hidden: [] },
    minibatches: 1,
  };
  const worth = (agent: TRPO): ReturnType<TRPO["distribution"]> => agent.distribution([1]);

  test("the best of three actions becomes the likely one", () => {
    const agent = new TRPO(
      bandit(discrete(3, 5), (action) => [0, 1, 0.2][action - 5]),
      LEARN,
    );
    agent.learnSync(2000);
    const { probabilities } = worth(agent) as { probabilities: Float32Array };
    expect(probabilities[1]).toBeGreaterThan(0.95);
    expect(agent.act([1])).toBe(6);
  });

  test("every part of MultiDiscrete and MultiBinary actions finds its own", () => {
    const pair = new TRPO(
      bandit(multiDiscrete([2, 3]), (action: ArrayLike<number>) => (action[0] === 1 ? 1 : 0) - Math.abs(action[1] - 2)),
      LEARN,
    );
    pair.learnSync(3000);
    expect(Array.from(pair.act([1]) as ArrayLike<number>)).toEqual([1, 2]);
    const bits = new TRPO(
      bandit(multiBinary(2), (action: ArrayLike<number>) => action[0] - action[1]),
      LEARN,
    );
    bits.learnSync(3000);
    expect(Array.from(bits.act([1]) as ArrayLike<number>)).toEqual([1, 0]);
  });

  test.each([
    ["with deviations of its own", {}],
    ["with deviations of the state", { stateDependent: true }],
    ["squashed", { squashed: true }],
  ])("the mean of a Box goes to the best action and the deviation falls, %s", (_, given) => {
    const agent = new TRPO(
      bandit(box([-1], [1]), (action: ArrayLike<number>) => -((action[0] - 0.4) ** 2)),
      { ...LEARN, distribution: { type: "gaussian", ...given } },
    );
    agent.learnSync(8000);
    const { deviation } = worth(agent) as { deviation: Float32Array };
    expect(Math.abs((agent.act([1]) as ArrayLike<number>)[0] - 0.4)).toBeLessThan(0.1);
    expect(deviation[0]).toBeLessThan(0.5);
  });

  test("a mask's forbidden actions are never taken, and learning goes on around them", () => {
    const { observationSpace, actionSpace } = bandit(discrete(3), () => 0);
    const agent = new TRPO({ observationSpace, actionSpace }, LEARN);
    const mask = [1, 0, 1];
    const observation = [1];
    for (let k = 0; k < 2000; k++) {
      const action = agent.act(observation, { explore: true, mask }) as number;
      expect(action).not.toBe(1);
      const reward = action === 2 ? 1 : 0;
      agent.observe({ observation, action, reward, nextObservation: observation, terminated: true, truncated: false });
      agent.update({ maxUpdates: 100 });
    }
    expect(agent.act(observation, { mask })).toBe(2);
    expect(agent.hasFiniteWeights()).toBe(true);
  });
});

test("320 steps come to the same weights as ever", async () => {
  const agent = new TRPO(cartPoles(2), { ...SMALL, seed: 3 });
  agent.learnSync(320);
  expect(await agent.weightsSha256()).toBe("0623faf079befcc11299124ded7d765ae47a55ea04a9f22ee32b83856d076baa");
  const continuous = new TRPO(
    vectorOf(() => make("Pendulum-v1"), 2),
    { ...SMALL, seed: 3 },
  );
  continuous.learnSync(320);
  expect(await continuous.weightsSha256()).toBe("e96edddc20dbb2019c29901e0fad6ec118c59a474935ea6029025c583722ec02");
});

describe("files", () => {
  // biome-ignore lint/suspicious/noExplicitAny: JSON to be changed at will
  const changes: [string, (settings: any) => void][] = [
    ["no trust region", (settings) => (settings.targetKl = 0)],
    ["a part of nothing", (settings) => (settings.fisherSubsampling = 99)],
    ["a shared network", (settings) => (settings.sharedNetwork = true)],
  ];
  test.each(changes)("a file with %s is refused", (_, change) => {
    const bytes = new TRPO(cartPoles(2), { ...SMALL, rolloutSteps: 8 }).save();
    const hostile = tamper(bytes, ({ description }) => change(description.data.settings));
    expect(() => TRPO.load(hostile)).toThrow(CheckpointError);
    expect(() => TRPO.load(hostile)).toThrow("load: settings expected valid options, got");
  });
});

describe("options", () => {
  const wrong: [TRPOOptions, string][] = [
    [{ targetKl: 0 }, "targetKl expected a number above 0, got 0. It bounds how far a rollout moves the policy."],
    [
      { cgIterations: 0 },
      "cgIterations expected an integer at least 1 and at most 65536, got 0. It counts products of the Fisher information.",
    ],
    [{ cgDamping: -1 }, "cgDamping expected a number at least 0, got -1. It is added to the Fisher information."],
    [
      { lineSearchSteps: 1.5 },
      "lineSearchSteps expected an integer at least 1 and at most 65536, got 1.5. It counts lengths that are tried.",
    ],
    [
      { lineSearchShrink: 1 },
      "lineSearchShrink expected a number above 0 and below 1, got 1. Each length tried is this share of the last.",
    ],
    [
      { fisherSubsampling: 0 },
      "fisherSubsampling expected an integer at least 1 and at most 2048, got 0. 1 takes all transitions.",
    ],
    [
      { fisherSubsampling: 2049 },
      "fisherSubsampling expected an integer at least 1 and at most 2048, got 2049. 1 takes all transitions.",
    ],
    [
      { sharedNetwork: true },
      "sharedNetwork expected false, got true. Updates of the value would move the policy beyond its bound.",
    ],
    [
      { optimizer: "adamw" },
      'optimizer.type expected adam, radam, rmsprop or sgd, got "adamw". Its decay would move the policy too.',
    ],
    [{ clip: 0.2 } as never, 'option expected a known name, got "clip".'],
  ];
  test.each(wrong)("options %j are refused", (options, message) => {
    expect(() => new TRPO(constantReward(1), { preset: false, ...options })).toThrow(`TRPO: ${message}`);
  });

  test("presets say how many environments they were tuned for", () => {
    expect(TRPO.environments(make("CartPole-v1"))).toBe(TRPO_PRESETS["CartPole-v1"].options.environments);
    for (const [id, { source }] of Object.entries(TRPO_PRESETS)) {
      const agent = new TRPO(make(id), {});
      expect(agent.settings.totalSteps).toBeLessThanOrEqual(100_000);
      expect(source).not.toBe("");
    }
  });

  test("a run that diverges stops, and says what to do", () => {
    const run = (reward: number) => (): unknown => new TRPO(constantReward(reward), SMALL).learnSync(64);
    expect(run(1e25)).toThrow("TRPO: value loss expected a finite number, got Infinity in update 1");
    expect(run(3e38)).toThrow("TRPO: policy loss expected a finite number, got NaN in update 1");
  });
});
