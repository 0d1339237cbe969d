import { afterEach, describe, expect, test, vi } from "vitest";
import { PQN, type PQNOptions } from "../../../src/agents/deep-q/pqn.ts";
import { reference } from "../../../src/backends/reference/index.ts";
import type { SyncEnv, VectorEnv } from "../../../src/env.ts";
import { make } from "../../../src/envs/registry.ts";
import { CheckpointError } from "../../../src/errors.ts";
import { forgetful, vectorOf } from "../small-envs.ts";
import { tamper } from "../tamper.ts";

const SMALL: PQNOptions = {
  preset: false,
  totalSteps: 300,
  rolloutSteps: 8,
  epochs: 2,
  minibatches: 3,
  learningRate: { type: "linear", from: 1e-2, to: 1e-3 },
  epsilon: { type: "per-episode", from: 1, to: 0.1, factor: 0.9 },
  network: { hidden: [8] },
};
const cartPole = (): SyncEnv => make("CartPole-v1");
const three = (): VectorEnv => vectorOf(cartPole, 3);

afterEach(() => vi.restoreAllMocks());

describe("a run that was saved and loaded goes on bit for bit", () => {
  const sets: [string, PQNOptions, (() => SyncEnv | VectorEnv)?][] = [
    ["three environments", {}],
    ["one environment", {}, cartPole],
    ["one environment as a vector", {}, () => vectorOf(cartPole, 1)],
    ["lambda 0, no clipping", { lambda: 0, maxGradientNorm: null }],
    ["Adam, no layer norm", { optimizer: "adam", network: { hidden: [8, 4], layerNorm: false } }],
    ["SGD with momentum", { optimizer: { type: "sgd", momentum: 0.9 } }],
    ["rescaled observations", { rescaleObservations: true }, () => vectorOf(() => make("MountainCar-v0"), 3)],
    ["one-hot observations", {}, () => vectorOf(() => make("FrozenLake-v1"), 3)],
  ];
  test.each(sets)("%s", (_, options, makeEnv = three) => {
    const create = (): PQN => new PQN(makeEnv(), { ...SMALL, ...options, seed: 11 });
    const whole = create();
    whole.learnSync(300);
    const expected = whole.save();
    // Cut inside episodes and rollouts, and right after a round of updates.
    for (const cut of [3, 24, 57, 150, 297]) {
      const first = create();
      first.learnSync(cut);
      const rest = PQN.load(first.save(), { env: makeEnv() });
      rest.learnSync(300 - cut);
      expect(rest.save(), `cut after ${cut} steps`).toEqual(expected);
    }
  });

  test("saved between any two updates of a round", async () => {
    const whole = new PQN(three(), SMALL);
    whole.learnSync(120);
    const first = new PQN(three(), SMALL);
    const saved = new Map<number, Uint8Array>();
    // With slices of no time every update is a slice of its own, and timers run in between.
    const running = first.learn(120, { sliceMs: 0 });
    while (first.updates < 12) {
      await new Promise((resolve) => setImmediate(resolve));
      saved.set(first.updates, first.save());
    }
    await running;
    for (const updates of [1, 2, 3, 4, 5, 6, 7]) {
      const rest = PQN.load(saved.get(updates)!, { env: three() });
      rest.learnSync(120 - rest.envSteps);
      expect(rest.save(), `after ${updates} updates`).toEqual(whole.save());
    }
  });

  test("also where the caller owns the loop, in the middle of a step", () => {
    const { observationSpace, actionSpace } = cartPole();
    const drive = (agent: PQN, from: number, to: number): void => {
      for (let i = from; i < to; i++) {
        const observation = [i / 100, 0, 0, i % 3];
        const action = agent.act(observation, { explore: true });
        const ends = { terminated: i % 10 === 9, truncated: i % 7 === 6 };
        agent.observe({ observation, action, reward: i, nextObservation: [i / 100, 1, 0, 0], ...ends });
        agent.update({ maxUpdates: 6 });
      }
    };
    const options = { ...SMALL, environments: 3 };
    const whole = new PQN({ observationSpace, actionSpace }, options);
    drive(whole, 0, 60);
    const first = new PQN({ observationSpace, actionSpace }, options);
    drive(first, 0, 31);
    const rest = PQN.load(first.save());
    drive(rest, 31, 60);
    expect(rest.save()).toEqual(whole.save());
  });

  test("on the other backend too", () => {
    const agent = new PQN(three(), SMALL);
    agent.learnSync(60);
    const other = PQN.load(agent.save(), { env: three(), backend: reference });
    other.learnSync(60);
    agent.learnSync(60);
    expect(other.save()).toEqual(agent.save());
  });
});

test("environments that cannot save their state go on in new episodes, and the agent says so", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const forgetfuls = (): VectorEnv => vectorOf(() => forgetful(cartPole()), 3);
  const agent = new PQN(forgetfuls(), SMALL);
  agent.learnSync(30);
  const loaded = PQN.load(agent.save(), { env: forgetfuls() });
  expect(warn.mock.calls).toEqual([
    ["pqn.load: the environment has no saveState/loadState; the run goes on in a new episode, not bit for bit."],
  ]);
  // Six transitions of the second rollout are there; the last three are cut off from what follows.
  const cut = tamper(loaded.save(), ({ tensors }) => {
    expect(Array.from(tensors.get("rollout.truncated")!.data as Float32Array)).toEqual([0, 0, 0, 1, 1, 1]);
  });
  expect(cut.length).toBeGreaterThan(0);
  expect(loaded.learnSync(30).envSteps).toBe(30);
});

test("of one environment and of a vector of one: each goes on in the other in a new episode, and says so", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const agents = [new PQN(cartPole(), SMALL), new PQN(vectorOf(cartPole, 1), SMALL)];
  for (const agent of agents) agent.learnSync(20);
  expect(PQN.load(agents[0].save(), { env: vectorOf(cartPole, 1) }).learnSync(10).envSteps).toBe(10);
  expect(PQN.load(agents[1].save(), { env: cartPole() }).learnSync(10).envSteps).toBe(10);
  const say = (reason: string): [string] => [`pqn.load: ${reason}; the run goes on in a new episode, not bit for bit.`];
  expect(warn.mock.calls).toEqual([
    say("it was saved in a single environment"),
    say("it was saved in a vector environment"),
  ]);
  warn.mockClear();
  expect(PQN.load(agents[1].save()).envSteps).toBe(20);
  expect(warn).not.toHaveBeenCalled();
});

test("a policy acts as the agent did, anywhere, and can be trained on", () => {
  const agent = new PQN(three(), SMALL);
  agent.learnSync(100);
  const bytes = agent.save({ contents: "policy" });
  const observation = [0.01, -0.02, 0.03, 0.04];
  for (const env of [undefined, cartPole(), vectorOf(cartPole, 5)]) {
    const policy = PQN.load(bytes, env && { env });
    expect(policy.qValues(observation)).toEqual(agent.qValues(observation));
    expect(policy.act(observation)).toBe(agent.act(observation));
    expect(policy.memory().replay).toBe(0);
    if (env === undefined) continue;
    policy.learnSync(100);
    expect(policy.memory().replay).toBeGreaterThan(0);
    expect(policy.qValues(observation)).not.toEqual(agent.qValues(observation));
  }
});

describe("hostile files", () => {
  /** In the middle of a round: everything there is to damage. */
  const run = (): Uint8Array => {
    const { observationSpace, actionSpace } = three();
    const agent = new PQN({ observationSpace, actionSpace }, { ...SMALL, environments: 3, rolloutSteps: 2 });
    for (let k = 0; k < 6; k++) {
      const observation = [k, 0, 0, 1];
      const ends = { terminated: false, truncated: false };
      agent.observe({ observation, nextObservation: observation, action: k % 2, reward: 1, ...ends });
    }
    agent.update({ maxUpdates: 2 });
    return agent.save();
  };
  /** In the middle of episodes. */
  const episodes = (): Uint8Array => {
    const agent = new PQN(three(), SMALL);
    agent.learnSync(60);
    return agent.save();
  };

  // biome-ignore lint/suspicious/noExplicitAny: JSON to be changed at will
  type Change = (description: any) => void;
  const inRound: [string, Change, string][] = [
    ["an unknown setting", (d) => (d.data.settings.turbo = 1), "load: settings expected valid options, got"],
    ["an engine of its own", (d) => (d.data.settings.engine = {}), "load: settings expected valid options, got"],
    ["giant rollouts", (d) => (d.data.settings.rolloutSteps = 1e9), "load: settings expected valid options, got"],
    [
      "giant layers",
      (d) => (d.data.settings.network.hidden = [65536, 65536]),
      "load: tensor 0.weight expected 262144 numbers, got 32.",
    ],
    ["no optimizers", (d) => delete d.data.optimizers, "load: optimizers expected an object, got undefined."],
    [
      "optimizer numbers missing",
      (d) => delete d.data.optimizers[0].beta1Power,
      "load: optimizers.beta1Power expected a number, got undefined.",
    ],
    ["half an update", (d) => (d.data.updatesOfRound = 0.5), "load: updatesOfRound expected a count, got 0.5."],
    ["a round that is over", (d) => (d.data.updatesOfRound = 6), "load: updatesOfRound expected at most 5, got 6."],
    [
      "a round of half a rollout",
      (d) => (d.data.settings.rolloutSteps = 3),
      "load: updatesOfRound expected 0 while the rollout is not full, got 2.",
    ],
    [
      "a rollout too long",
      (d) => (d.data.settings.rolloutSteps = 1),
      "load: rollout.reward expected at most 3 numbers, got 6.",
    ],
    [
      "endless updates",
      (d) => (d.session.pendingUpdates = 7),
      "load: session.pendingUpdates expected at most 6, got 7.",
    ],
  ];
  test.each(inRound)("%s", (_, change, message) => {
    const hostile = tamper(run(), ({ description }) => change(description));
    expect(() => PQN.load(hostile)).toThrow(CheckpointError);
    expect(() => PQN.load(hostile)).toThrow(message);
  });

  const inEpisodes: [string, Change, string][] = [
    [
      "other observations",
      (d) => (d.session.observations = [1]),
      "load: session.observations expected 12 numbers, got [1].",
    ],
    [
      "observations beyond float32",
      (d) => (d.session.observations[3] = 1e39),
      "load: session.observations expected finite numbers, got",
    ],
    ["too few returns", (d) => d.session.episodeReturns.pop(), "load: session.episodeReturns expected 3 numbers, got"],
    [
      "lengths that are none",
      (d) => (d.session.episodeLengths[1] = -1),
      "load: session.episodeLengths expected a count, got -1.",
    ],
    [
      "text for a length",
      (d) => (d.session.episodeLengths[1] = "1"),
      "load: session.episodeLengths expected 3 numbers, got",
    ],
    [
      "a state of others",
      (d) => (d.session.envState.envs = []),
      "load: environment expected a state that it had saved, got one that it refuses: SyncVectorEnv.loadState:",
    ],
    ["a seed that is none", (d) => (d.session.seeded = 1), "load: session.seeded expected true or false, got 1."],
  ];
  test.each(inEpisodes)("%s", (_, change, message) => {
    const hostile = tamper(episodes(), ({ description }) => change(description));
    const load = (): PQN => PQN.load(hostile, { env: three() });
    expect(load).toThrow(CheckpointError);
    expect(load).toThrow(message);
  });

  test("numbers that the engine takes for addresses never reach it out of range", () => {
    for (const [name, value] of [
      ["rollout.action", 2],
      ["rollout.action", -1],
      ["round.order", 6],
      ["round.order", 0.5],
      ["round.order", Number.NaN],
    ] as const) {
      const hostile = tamper(run(), ({ tensors }) => tensors.get(name)!.data.set([value] as never, 1));
      expect(() => PQN.load(hostile), name).toThrow(CheckpointError);
    }
  });

  test("a policy file decides no rollout: one larger than any memory is refused when experience comes", () => {
    const agent = new PQN(cartPole(), SMALL);
    const hostile = tamper(agent.save({ contents: "policy" }), ({ description }) => {
      description.data.settings.rolloutSteps = 16_777_216;
      description.data.settings.minibatches = 16_777_216;
    });
    const policy = PQN.load(hostile);
    expect(policy.memory().total).toBeLessThan(10e6);
    expect(policy.act([0, 0, 0, 0])).toBeGreaterThanOrEqual(0);
  });

  test("another number of environments than the run had is refused with what to pass", () => {
    const load = (env: SyncEnv | VectorEnv): PQN => PQN.load(episodes(), { env });
    expect(() => load(cartPole())).toThrow(
      new CheckpointError(
        "PQN.load: environments expected 3 as the run was saved, got 1. Pass a vector environment of 3.",
      ),
    );
    expect(() => load(vectorOf(cartPole, 4))).toThrow("environments expected 3 as the run was saved, got 4.");
    const single = new PQN(cartPole(), SMALL).save();
    expect(() => PQN.load(single, { env: three() })).toThrow("got 3. Pass a single environment.");
    expect(() => load(vectorOf(() => make("MountainCar-v0"), 3))).toThrow(
      "PQN.load: observationSpace expected the saved box space, got another box one.",
    );
  });

  test("with bits of the header flipped: loads, or CheckpointError and nothing else", () => {
    const SEED = 20_240_602;
    let state = SEED;
    const random = (n: number): number => {
      // Park & Miller's generator.
      state = (state * 48_271) % 2_147_483_647;
      return state % n;
    };
    const bytes = episodes();
    const header = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    let refused = 0;
    for (let i = 0; i < 500; i++) {
      const damaged = bytes.slice();
      damaged[random(header)] ^= 1 << random(8);
      try {
        PQN.load(damaged, { env: three() }).dispose();
      } catch (error) {
        refused++;
        if (!(error instanceof CheckpointError)) throw new Error(`seed ${SEED}, flip ${i}: ${error}`, { cause: error });
      }
    }
    expect(refused).toBeGreaterThan(200);
  });
});
