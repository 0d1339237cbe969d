import { afterEach, describe, expect, test, vi } from "vitest";

import { PPO, type PPOOptions } from "../../../src/agents/policy-gradient/ppo.ts";
import { reference } from "../../../src/backends/reference/index.ts";
import type { SyncEnv, VectorEnv } from "../../../src/env.ts";
import { make } from "../../../src/envs/registry.ts";
import { CheckpointError, StateError } from "../../../src/errors.ts";
import { box, discrete, multiDiscrete, type Space, type SpaceValue } from "../../../src/space.ts";
import { forgetful, vectorOf } from "../small-envs.ts";
import { tamper } from "../tamper.ts";

const SMALL: PPOOptions = {
  preset: false,
  totalSteps: 300,
  rolloutSteps: 8,
  epochs: 2,
  minibatches: 3,
  learningRate: { type: "linear", from: 1e-2, to: 1e-3 },
  clip: { type: "linear", from: 0.3, to: 0.1 },
  entropyCoefficient: { type: "per-episode", from: 0.1, to: 0, factor: 0.9 },
  network: { hidden: [8] },
};
const cartPole = (): SyncEnv => make("CartPole-v1");
const pendulum = (): SyncEnv => make("Pendulum-v1");
const three = (): VectorEnv => vectorOf(cartPole, 3);
const pendulums = (): VectorEnv => vectorOf(pendulum, 3);

afterEach(() => vi.restoreAllMocks());

describe("a run that was saved and loaded goes on bit for bit", () => {
  const sets: [string, PPOOptions, (() => SyncEnv | VectorEnv)?][] = [
    ["three environments", {}],
    ["one environment", {}, cartPole],
    ["one network, values clipped, no norm", { sharedNetwork: true, valueClip: 0.2, maxGradientNorm: null }],
    ["rounds that end early", { targetKl: 1e-3, learningRate: 0.02 }],
    ["n steps, advantages as they are", { advantage: { type: "n-step", steps: 3 }, normalizeAdvantages: false }],
    ["Gaussian actions", {}, pendulums],
    ["squashed ones", { distribution: { type: "gaussian", squashed: true } }, pendulum],
    ["deviations of the network", { distribution: { type: "gaussian", stateDependent: true } }, pendulums],
    ["rescaled observations", { rescaleObservations: true }, pendulums],
  ];
  test.each(sets)("%s", (_, options, makeEnv = three) => {
    const create = (): PPO => new PPO(makeEnv(), { ...SMALL, ...options, seed: 11 });
    const whole = create();
    whole.learnSync(300);
    const expected = whole.save();
    // Cut inside episodes and rollouts, and right after a round of updates.
    for (const cut of [3, 24, 57, 150, 297]) {
      const first = create();
      first.learnSync(cut);
      const rest = PPO.load(first.save(), { env: makeEnv() });
      rest.learnSync(300 - cut);
      expect(rest.save(), `cut after ${cut} steps`).toEqual(expected);
    }
  });

  test("saved between any two updates of a round", async () => {
    const whole = new PPO(three(), SMALL);
    whole.learnSync(120);
    const first = new PPO(three(), SMALL);
    const saved = new Map<number, Uint8Array>();
    // With slices of no time every update is a slice of its own, and timers run in between.
    const running = first.learn(120, { sliceMs: 0 });
    while (first.updates < 12) {
      await new Promise((resolve) => setImmediate(resolve));
      saved.set(first.updates, first.save());
    }
    await running;
    for (const updates of [1, 2, 3, 4, 5, 6, 7]) {
      const rest = PPO.load(saved.get(updates)!, { env: three() });
      rest.learnSync(120 - rest.envSteps);
      expect(rest.save(), `after ${updates} updates`).toEqual(whole.save());
    }
  });

  const ACTIONS: [string, Space, PPOOptions][] = [
    ["discrete", discrete(3, 2), {}],
    ["multi-discrete", multiDiscrete([2, 3]), {}],
    ["box", box(-1, 1, [2]), {}],
    ["squashed box", box(0, 4, [2]), { distribution: { type: "gaussian", squashed: true } }],
  ];
  test.each(ACTIONS)(
    "where the caller owns the loop, between acting and observing, with masks: %s",
    (_, actionSpace, more) => {
      const spaces = { observationSpace: box(-1, 1, [2]), actionSpace };
      const options = { ...SMALL, ...more, environments: 3 };
      const entries = actionSpace.kind === "discrete" ? 3 : 5;
      const observationOf = (i: number): number[] => [i / 100, (i % 3) / 3];
      const act = (agent: PPO, i: number): SpaceValue => {
        const isMasked = actionSpace.kind !== "box" && i % 4 === 1;
        const mask = isMasked ? Array.from({ length: entries }, (__, k) => k !== 1) : undefined;
        const action = agent.act(observationOf(i), { explore: true, mask });
        return typeof action === "number" ? action : Array.from(action);
      };
      const observe = (agent: PPO, i: number, action: SpaceValue): void => {
        const ends = { terminated: i % 10 === 9, truncated: i % 7 === 6 };
        agent.observe({
          observation: observationOf(i),
          action,
          reward: i / 10,
          nextObservation: [0, i / 100],
          ...ends,
        });
        agent.update({ maxUpdates: 6 });
      };
      const drive = (agent: PPO, from: number, to: number): void => {
        for (let i = from; i < to; i++) observe(agent, i, act(agent, i));
      };
      const whole = new PPO(spaces, options);
      drive(whole, 0, 60);
      const first = new PPO(spaces, options);
      drive(first, 0, 31);
      const action = act(first, 31);
      const rest = PPO.load(first.save());
      expect(() => observe(rest, 32, action)).toThrow(RangeError);
      observe(rest, 31, action);
      drive(rest, 32, 60);
      expect(rest.save()).toEqual(whole.save());
    },
  );

  test("on the other backend too", () => {
    const agent = new PPO(pendulums(), SMALL);
    agent.learnSync(60);
    const other = PPO.load(agent.save(), { env: pendulums(), backend: reference });
    other.learnSync(60);
    agent.learnSync(60);
    expect(other.save()).toEqual(agent.save());
  });
});

test("environments that cannot save their state go on in new episodes; what was chosen for the old ones is forgotten", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const forgetfuls = (): VectorEnv => vectorOf(() => forgetful(cartPole()), 3);
  const agent = new PPO(forgetfuls(), SMALL);
  agent.learnSync(30);
  const loaded = PPO.load(agent.save(), { env: forgetfuls() });
  expect(warn.mock.calls).toEqual([
    ["ppo.load: the environment has no saveState/loadState; the run goes on in a new episode, not bit for bit."],
  ]);
  tamper(loaded.save(), ({ tensors }) => {
    expect(Array.from(tensors.get("rollout.truncated")!.data as Float32Array)).toEqual([0, 0, 0, 1, 1, 1]);
  });
  expect(loaded.learnSync(30).envSteps).toBe(30);
});

test("a policy acts as the agent did, anywhere, and can be trained on", () => {
  const agent = new PPO(three(), SMALL);
  agent.learnSync(100);
  const bytes = agent.save({ contents: "policy" });
  const observation = [0.01, -0.02, 0.03, 0.04];
  for (const env of [undefined, cartPole(), vectorOf(cartPole, 5)]) {
    const policy = PPO.load(bytes, env && { env });
    expect(policy.distribution(observation)).toEqual(agent.distribution(observation));
    expect(policy.value(observation)).toBe(agent.value(observation));
    expect(policy.act(observation)).toBe(agent.act(observation));
    // Acting greedily plans no rollout.
    expect(policy.memory().replay).toBe(0);
    if (env === undefined) {
      policy.act(observation, { explore: true });
      expect(policy.memory().replay).toBeGreaterThan(0);
      continue;
    }
    policy.learnSync(100);
    expect(policy.distribution(observation)).not.toEqual(agent.distribution(observation));
  }
});

describe("hostile files", () => {
  /** In the middle of a round: everything there is to damage. */
  const run = (): Uint8Array => {
    const { observationSpace, actionSpace } = three();
    const agent = new PPO({ observationSpace, actionSpace }, { ...SMALL, environments: 3, rolloutSteps: 2 });
    for (let k = 0; k < 6; k++) {
      const observation = [k, 0, 0, 1];
      const action = agent.act(observation, { explore: true, mask: [1, 1] });
      agent.observe({
        observation,
        nextObservation: observation,
        action,
        reward: 1,
        terminated: false,
        truncated: false,
      });
    }
    agent.update({ maxUpdates: 2 });
    return agent.save();
  };

  // biome-ignore lint/suspicious/noExplicitAny: JSON to be changed at will
  type Change = (description: any) => void;
  const changes: [string, Change, string][] = [
    ["an unknown setting", (d) => (d.data.settings.turbo = 1), "load: settings expected valid options, got"],
    [
      "a distribution of no sense",
      (d) => (d.data.settings.distribution = { type: "gaussian" }),
      "load: settings expected",
    ],
    ["an estimator of no sense", (d) => (d.data.settings.advantage = { type: "oracle" }), "load: settings expected"],
    [
      "giant layers",
      (d) => (d.data.settings.network.hidden = [65536, 65536]),
      "load: tensor policy.0.weight expected 262144 numbers, got 32.",
    ],
    [
      "one network instead of two",
      (d) => (d.data.settings.sharedNetwork = true),
      "load: tensor policy.2.weight expected 24 numbers, got 16.",
    ],
    ["a round that is over", (d) => (d.data.updatesOfRound = 6), "load: updatesOfRound expected at most 5, got 6."],
    [
      "endless updates",
      (d) => (d.session.pendingUpdates = 7),
      "load: session.pendingUpdates expected at most 6, got 7.",
    ],
  ];
  test.each(changes)("%s", (_, change, message) => {
    const hostile = tamper(run(), ({ description }) => change(description));
    expect(() => PPO.load(hostile)).toThrow(CheckpointError);
    expect(() => PPO.load(hostile)).toThrow(message);
  });

  test("numbers that the engine takes for addresses never reach it out of range", () => {
    for (const [name, value] of [
      ["rollout.action", 2],
      ["rollout.action", -1],
      ["rollout.action", Number.NaN],
      ["round.order", 6],
      ["round.order", 0.5],
    ] as const) {
      const hostile = tamper(run(), ({ tensors }) => tensors.get(name)!.data.set([value] as never, 1));
      expect(() => PPO.load(hostile), name).toThrow(CheckpointError);
    }
  });

  test("masks that allow nothing end in an error of their own", () => {
    const agent = PPO.load(tamper(run(), ({ tensors }) => (tensors.get("rollout.mask")!.data as Float32Array).fill(0)));
    expect(() => agent.update()).toThrow("PPO: policy loss expected a finite number, got NaN");
  });

  test("with bits of the header flipped: loads, or CheckpointError and nothing else", () => {
    const SEED = 20_240_603;
    let state = SEED;
    const random = (n: number): number => {
      // Park & Miller's generator.
      state = (state * 48_271) % 2_147_483_647;
      return state % n;
    };
    const bytes = run();
    const header = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    let refused = 0;
    for (let i = 0; i < 300; i++) {
      const damaged = bytes.slice();
      damaged[random(header)] ^= 1 << random(8);
      try {
        PPO.load(damaged).dispose();
      } catch (error) {
        refused++;
        if (!(error instanceof CheckpointError)) throw new Error(`seed ${SEED}, flip ${i}: ${error}`, { cause: error });
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});

test("after dispose nothing works", () => {
  const agent = new PPO(three(), SMALL);
  agent.dispose();
  for (const call of [
    () => agent.value([0, 0, 0, 0]),
    () => agent.distribution([0, 0, 0, 0]),
    () => agent.exportWeights(),
  ])
    expect(call).toThrow(StateError);
});
