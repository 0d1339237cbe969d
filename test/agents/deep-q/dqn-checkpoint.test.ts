import { describe, expect, test } from "vitest";
import { DQN, type DQNOptions } from "../../../src/agents/deep-q/dqn.ts";
import type { SyncEnv } from "../../../src/env.ts";
import { make } from "../../../src/envs/registry.ts";
import { CheckpointError } from "../../../src/errors.ts";
import { discrete } from "../../../src/space.ts";
import { constantReward } from "../small-envs.ts";
import { tamper } from "../tamper.ts";

const SMALL: DQNOptions = {
  preset: false,
  batchSize: 8,
  capacity: 100,
  warmupSteps: 20,
  trainIntervalSteps: 1,
  learningRate: 1e-2,
  network: { hidden: [8] },
};

const cartPole = (): SyncEnv => make("CartPole-v1");

describe("hostile files", () => {
  const run = (): Uint8Array => {
    const agent = new DQN(cartPole(), { ...SMALL, nStep: 3 });
    agent.learnSync(60);
    return agent.save();
  };
  const load = (bytes: Uint8Array): DQN => DQN.load(bytes, { env: cartPole() });

  // biome-ignore lint/suspicious/noExplicitAny: JSON to be changed at will
  type Change = (description: any) => void;
  const changes: [string, Change, string][] = [
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
    ["a setting of another type", (d) => (d.data.settings.epsilon = "1"), "load: settings expected valid options, got"],
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
      (d) => delete d.data.optimizers[""].beta1Power,
      "load: optimizer.beta1Power expected a number, got undefined.",
    ],
    ["no optimizers", (d) => delete d.data.optimizers, "load: optimizer expected an object, got undefined."],
  ];
  test.each(changes)("a file with %s is refused, with what is wrong with it", (_, change, message) => {
    const hostile = tamper(run(), ({ description }) => change(description));
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

  test("stored actions and one-hot indices outside their range never reach the engine", () => {
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

  test("actions of open n-step windows outside their range never reach the engine", () => {
    const agent = new DQN(cartPole(), { ...SMALL, nStep: 5 });
    agent.learnSync(3);
    for (const value of [2, -1, 0.5, Number.NaN]) {
      const hostile = tamper(agent.save(), ({ tensors }) =>
        tensors.get("nStep.actions")!.data.set([value] as never, 1),
      );
      expect(() => DQN.load(hostile, { env: cartPole() }), String(value)).toThrow(CheckpointError);
    }
  });
});
