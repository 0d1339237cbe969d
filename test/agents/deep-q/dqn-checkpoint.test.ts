import { afterEach, describe, expect, test, vi } from "vitest";
import { DQN, type DQNOptions } from "../../../src/agents/deep-q/dqn.ts";
import { reference } from "../../../src/backends/reference/index.ts";
import type { SyncEnv } from "../../../src/env.ts";
import { make } from "../../../src/envs/registry.ts";
import { CheckpointError } from "../../../src/errors.ts";
import { discrete } from "../../../src/space.ts";
import { constantReward, forgetful } from "../small-envs.ts";
import { tamper } from "../tamper.ts";

const SMALL: DQNOptions = {
  preset: false,
  totalSteps: 300,
  batchSize: 8,
  capacity: 100,
  warmupSteps: 20,
  trainIntervalSteps: 1,
  targetIntervalUpdates: 7,
  learningRate: { type: "linear", from: 1e-2, to: 1e-3 },
  epsilon: { type: "per-episode", from: 1, to: 0.1, factor: 0.9 },
  network: { hidden: [8] },
};

const cartPole = (): SyncEnv => make("CartPole-v1");

afterEach(() => vi.restoreAllMocks());

describe("a run that was saved and loaded goes on bit for bit", () => {
  const sets: [string, DQNOptions, (() => SyncEnv)?][] = [
    ["one step", {}],
    ["three steps", { nStep: 3 }],
    ["double", { double: true }],
    ["dueling", { dueling: true }],
    [
      "double, dueling, five steps, layer norm",
      { double: true, dueling: true, nStep: 5, network: { hidden: [8, 8], layerNorm: true } },
    ],
    ["AdamW", { optimizer: "adamw" }],
    ["RMSProp, centred", { optimizer: { type: "rmsprop", centered: true } }],
    ["RMSProp", { optimizer: { type: "rmsprop", alpha: 0.95 } }],
    ["SGD with momentum", { optimizer: { type: "sgd", momentum: 0.9 }, maxGradientNorm: null }],
    ["SGD", { optimizer: "sgd" }],
    ["tanh", { network: { hidden: [8], activation: "tanh" } }],
    ["silu", { network: { hidden: [8, 4], activation: "silu" } }],
    ["squared error", { loss: "mse", epsilon: { type: "exponential", from: 1, to: 0, steps: 50 } }],
    ["Polyak averaging", { tau: 0.05, targetIntervalUpdates: 1 }],
    ["uneven rounds of updates", { trainIntervalSteps: 3, updatesPerTrain: 5 }],
    ["noisy layers", { noisy: true }],
    ["noisy, double, dueling", { noisy: { sigma: 0.2 }, double: true, dueling: true, epsilon: 0.1 }],
    ["Boltzmann exploration", { boltzmann: { type: "linear", from: 1, to: 0.1 } }],
    ["Munchausen targets", { munchausen: { temperature: 0.5 } }],
    ["probabilities of returns", { distribution: { type: "categorical", atoms: 11 }, double: true }],
    ["quantiles of returns", { distribution: { type: "quantile", quantiles: 5 } }],
    [
      "all at once",
      {
        distribution: { type: "categorical", atoms: 11 },
        replay: "proportional",
        noisy: true,
        double: true,
        dueling: true,
        nStep: 3,
      },
    ],
    ["priorities by size", { replay: "proportional" }],
    ["priorities by rank, wrapped around", { replay: { type: "rank", beta: 0.5 }, capacity: 37, nStep: 3 }],
    ["a linear model", { network: { hidden: [] } }],
    ["a replay that has wrapped around", { capacity: 37 }],
    ["rescaled observations", { rescaleObservations: true }, () => make("MountainCar-v0")],
    ["one-hot observations", {}, () => make("FrozenLake-v1")],
    ["several discrete observations", { nStep: 3 }, () => make("Blackjack-v1")],
  ];
  test.each(sets)("%s", (_, options, makeEnv = cartPole) => {
    const whole = new DQN(makeEnv(), { ...SMALL, ...options, seed: 11 });
    whole.learnSync(300);
    const expected = whole.save();
    // Cut before and in warm-up, inside episodes, and between the third of a round's updates.
    for (const cut of [1, 19, 58, 151, 299]) {
      const first = new DQN(makeEnv(), { ...SMALL, ...options, seed: 11 });
      first.learnSync(cut);
      const rest = DQN.load(first.save(), { env: makeEnv() });
      rest.learnSync(300 - cut);
      expect(rest.save(), `cut after ${cut} steps`).toEqual(expected);
    }
  });

  test("also where the caller owns the loop, saved between two updates", () => {
    const env = constantReward(1);
    const drive = (agent: DQN, from: number, to: number): void => {
      for (let i = from; i < to; i++) {
        const observation = [Math.fround(i / 100), 0];
        const nextObservation = [Math.fround((i + 1) / 100), 0];
        const action = agent.act(observation, { explore: true });
        agent.observe({ observation, action, reward: i, nextObservation, terminated: i % 10 === 9, truncated: false });
        agent.update({ maxUpdates: 2 });
      }
    };
    const options = { ...SMALL, nStep: 3 };
    const spaces = { observationSpace: env.observationSpace, actionSpace: env.actionSpace };
    const whole = new DQN(spaces, options);
    drive(whole, 0, 60);
    const first = new DQN(spaces, options);
    drive(first, 0, 33);
    const rest = DQN.load(first.save());
    drive(rest, 33, 60);
    expect(rest.save()).toEqual(whole.save());
  });

  test("a checkpoint from inside a round of updates makes the rest of them first", async () => {
    const options = { ...SMALL, updatesPerTrain: 7, trainIntervalSteps: 10 };
    const whole = new DQN(cartPole(), options);
    whole.learnSync(200);
    const first = new DQN(cartPole(), options);
    let bytes: Uint8Array | undefined;
    let slices = 0;
    // With slices of no time every update is a slice of its own, and timers run in between.
    const running = first.learn(200, { sliceMs: 0 });
    while (bytes === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
      slices++;
      if (first.updates > 0 && first.updates % 7 === 3) bytes = first.save();
    }
    expect(slices).toBeGreaterThan(20);
    await running;
    expect(first.save()).toEqual(whole.save());
    const rest = DQN.load(bytes, { env: cartPole() });
    rest.learnSync(200 - rest.envSteps);
    expect(rest.save()).toEqual(whole.save());
  });
});

test("an environment that cannot save its state goes on in a new episode, and says so", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const agent = new DQN(forgetful(cartPole()), { ...SMALL, nStep: 3 });
  agent.learnSync(45);
  const bytes = agent.save();
  expect(warn).not.toHaveBeenCalled();
  const loaded = DQN.load(bytes, { env: forgetful(cartPole()) });
  expect(warn.mock.calls).toEqual([
    ["dqn.load: the environment has no saveState/loadState; the run goes on in a new episode, not bit for bit."],
  ]);
  expect(loaded.learnSync(30).envSteps).toBe(30);
  expect(loaded.envSteps).toBe(75);
});

test("a policy acts as the agent did, alone or in an environment, and can be trained on", () => {
  const agent = new DQN(cartPole(), SMALL);
  agent.learnSync(100);
  const bytes = agent.save({ contents: "policy" });
  expect(bytes.length).toBeLessThan(agent.save().length / 2);
  const policy = DQN.load(bytes);
  const observation = [0.01, -0.02, 0.03, 0.04];
  expect(policy.qValues(observation)).toEqual(agent.qValues(observation));
  expect(policy.envSteps).toBe(100);
  const trained = DQN.load(bytes, { env: cartPole() });
  trained.learnSync(100);
  expect(trained.qValues(observation)).not.toEqual(agent.qValues(observation));
});

test("loads into the reference backend, and answers the same", () => {
  const agent = new DQN(cartPole(), SMALL);
  agent.learnSync(60);
  const other = DQN.load(agent.save(), { env: cartPole(), backend: reference });
  other.learnSync(40);
  agent.learnSync(40);
  expect(other.save()).toEqual(agent.save());
});

describe("hostile files", () => {
  const run = (): Uint8Array => {
    const agent = new DQN(cartPole(), { ...SMALL, nStep: 3 });
    agent.learnSync(60);
    return agent.save();
  };
  const load = (bytes: Uint8Array): DQN => DQN.load(bytes, { env: cartPole() });

  test("cut off anywhere: CheckpointError and nothing else", () => {
    const bytes = run();
    expect(bytes.length).toBeGreaterThan(97 * 50);
    for (let length = 0; length < bytes.length; length += 97) {
      expect(() => load(bytes.slice(0, length)), `${length} bytes`).toThrow(CheckpointError);
    }
  });

  test("with bits flipped: loads, or CheckpointError and nothing else; memory stays bounded", () => {
    const SEED = 20_240_601;
    let state = SEED;
    const random = (n: number): number => {
      // Park & Miller's generator.
      state = (state * 48_271) % 2_147_483_647;
      return state % n;
    };
    const bytes = run();
    // Damage to the numbers themselves is rarely noticed; the header and its JSON are where the traps lie.
    const header = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    const before = process.memoryUsage().rss;
    let refused = 0;
    for (let i = 0; i < 1500; i++) {
      const damaged = bytes.slice();
      const byte = i % 5 === 0 ? random(bytes.length) : random(header);
      damaged[byte] ^= 1 << random(8);
      try {
        load(damaged).dispose();
      } catch (error) {
        refused++;
        if (!(error instanceof CheckpointError))
          throw new Error(`seed ${SEED}, flip ${i}, byte ${byte}: ${error}`, { cause: error });
      }
    }
    expect(refused).toBeGreaterThan(500);
    expect(process.memoryUsage().rss - before).toBeLessThan(600e6);
  });

  // biome-ignore lint/suspicious/noExplicitAny: JSON to be changed at will
  type Change = (description: any, metadata: Map<string, string>) => void;
  const changes: [string, Change, string][] = [
    [
      "another algorithm",
      (_, m) => m.set("algorithm", "ppo"),
      'DQN.load: algorithm expected "dqn", got "ppo". Load it with its own class.',
    ],
    [
      "a future format",
      (_, m) => m.set("formatVersion", "2"),
      'load: formatVersion expected 1, got "2". Load it with the version of the library that wrote it.',
    ],
    [
      "another origin",
      (_, m) => m.set("format", "pt"),
      'load: file expected a bellwether checkpoint, got safetensors of another origin (format "pt"). Use importWeights for plain weights.',
    ],
    [
      "unknown contents",
      (_, m) => m.set("contents", "all"),
      'load: contents expected "run" or "policy", got "all". The file is damaged or not what it claims to be.',
    ],
    [
      "other spaces",
      (d) => (d.actionSpace.n = 3),
      "DQN.load: actionSpace expected the saved discrete space, got another discrete one. Pass the environment that the agent was trained in.",
    ],
    ["a giant capacity", (d) => (d.data.settings.capacity = 1e12), "load: settings expected valid options, got"],
    [
      "giant layers",
      (d) => (d.data.settings.network.hidden = [65536, 65536]),
      "load: tensor 0.weight expected 262144 numbers, got 32.",
    ],
    [
      "millions of layers",
      (d) => (d.data.settings.network.hidden = Array(1e5).fill(1)),
      "load: tensor 0.weight expected 4 numbers, got 32.",
    ],
    ["an unknown setting", (d) => (d.data.settings.turbo = true), "load: settings expected valid options, got"],
    [
      "an engine of its own (regression: it was run)",
      (d) => (d.data.settings.engine = { name: "own", packed: "AGFzbQEAAAA=" }),
      'load: settings expected valid options, got "DQN: option expected a known name, got \\"engine\\".',
    ],
    ["a backend", (d) => (d.data.settings.backend = "wasm"), "load: settings expected valid options, got"],
    ["a setting of another type", (d) => (d.data.settings.epsilon = "1"), "load: settings expected valid options, got"],
    ["no settings", (d) => delete d.data.settings, "load: settings expected an object, got undefined."],
    ["a negative count", (d) => (d.counters.envSteps = -1), "load: counters.envSteps expected a count, got -1."],
    [
      "endless pending updates",
      (d) => (d.session.pendingUpdates = 1e15),
      "load: session.pendingUpdates expected at most 1, got 1000000000000000.",
    ],
    [
      "an observation of another shape",
      (d) => (d.session.observation = [1, 2]),
      "load: session.observation expected 4 numbers, got [1, 2].",
    ],
    [
      "an observation that is none",
      (d) => (d.session.observation = [1, 2, 3, null]),
      "load: session.observation expected a finite number at index 3, got",
    ],
    [
      "returns that are none",
      (d) => (d.session.recentReturns = [null]),
      "load: session.recentReturns expected at most 100 numbers, got [null].",
    ],
    [
      "a state of another environment",
      (d) => (d.session.envState = { wrapper: "Other" }),
      "load: environment expected a state that it had saved, got one that it refuses: ",
    ],
    ["no session", (d) => delete d.session, "load: session expected an object, got undefined."],
    [
      "a size beyond the capacity",
      (d) => (d.data.replay.size = 101),
      "load: replay expected a size and position within 100, got",
    ],
    [
      "a position outside the replay",
      (d) => (d.data.replay.position = 100),
      "load: replay expected a size and position within 100, got",
    ],
    [
      "optimizer numbers missing",
      (d) => delete d.data.optimizer.beta1Power,
      "load: optimizer.beta1Power expected a number, got undefined.",
    ],
  ];
  test.each(changes)("%s", (_, change, message) => {
    const hostile = tamper(run(), ({ description, metadata }) => change(description, metadata));
    expect(() => load(hostile)).toThrow(CheckpointError);
    expect(() => load(hostile)).toThrow(message);
  });

  test("a policy file decides no replay: one larger than any memory is refused when experience comes", () => {
    const spaces = { observationSpace: discrete(3), actionSpace: discrete(2) };
    const wide = { ...spaces, observationSpace: constantReward(1).observationSpace };
    const saved = new DQN(wide, { ...SMALL, network: { hidden: [] } }).save({ contents: "policy" });
    const hostile = tamper(saved, ({ tensors, description }) => {
      const n = 4000;
      description.observationSpace = { kind: "multi-binary", n };
      description.data.settings.capacity = 16_777_216;
      tensors.set("0.weight", { dtype: "F32", shape: [2, n], data: new Float32Array(2 * n) });
    });
    const before = process.memoryUsage().rss;
    const agent = DQN.load(hostile);
    expect(agent.memory()).toMatchObject({ replay: 0 });
    expect(agent.memory().total).toBeLessThan(10e6);
    const observation = new Uint8Array(4000);
    expect(agent.act(observation)).toBeGreaterThanOrEqual(0);
    const experience = { observation, action: 0, reward: 1, nextObservation: observation };
    expect(() => agent.observe({ ...experience, terminated: false, truncated: false })).toThrow(
      /memory expected at most 4096 MiB/,
    );
    expect(agent.envSteps).toBe(0);
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
  });

  test("actions and one-hot indices outside their range never reach the engine", () => {
    const agent = new DQN(make("FrozenLake-v1"), SMALL);
    agent.learnSync(40);
    for (const [name, value] of [
      ["replay.action", 4],
      ["replay.action", 0.5],
      ["replay.observation", 16],
      ["replay.nextObservation", 2 ** 31],
    ] as const) {
      const hostile = tamper(agent.save(), ({ tensors }) => {
        const { data } = tensors.get(name)!;
        data.set([value] as never, 3);
      });
      expect(() => DQN.load(hostile, { env: make("FrozenLake-v1") }), name).toThrow(CheckpointError);
    }
  });

  test("nor do actions of open windows", () => {
    const agent = new DQN(cartPole(), { ...SMALL, nStep: 5 });
    agent.learnSync(3);
    for (const value of [2, -1, 0.5, Number.NaN]) {
      const hostile = tamper(agent.save(), ({ tensors }) =>
        tensors.get("nStep.actions")!.data.set([value] as never, 1),
      );
      expect(() => DQN.load(hostile, { env: cartPole() }), String(value)).toThrow(CheckpointError);
    }
  });

  test("something that is no byte array is a TypeError", () => {
    expect(() => DQN.load("file" as never)).toThrow(TypeError);
    expect(() => DQN.load(run(), { enviroment: 1 } as never)).toThrow(
      'option expected a known name, got "enviroment". Known options: env, backend, engine.',
    );
  });
});
