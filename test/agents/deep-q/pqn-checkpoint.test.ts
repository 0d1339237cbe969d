import { afterEach, describe, expect, test, vi } from "vitest";
import { PQN, type PQNOptions } from "../../../src/agents/deep-q/pqn.ts";
import type { SyncEnv, VectorEnv } from "../../../src/env.ts";
import { make } from "../../../src/envs/registry.ts";
import { CheckpointError } from "../../../src/errors.ts";
import { decodeSafetensors } from "../../../src/formats/safetensors.ts";
import { forgetful, vectorOf } from "../small-envs.ts";
import { tamper } from "../tamper.ts";

const SMALL: PQNOptions = {
  preset: false,
  totalSteps: 300,
  rolloutSteps: 8,
  epochs: 2,
  minibatches: 3,
  network: { hidden: [8] },
};
const cartPole = (): SyncEnv => make("CartPole-v1");
const three = (): VectorEnv => vectorOf(cartPole, 3);

afterEach(() => vi.restoreAllMocks());

test("where environments cannot save their state, what was observed last is cut off from what follows", () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const forgetfuls = (): VectorEnv => vectorOf(() => forgetful(cartPole()), 3);
  const agent = new PQN(forgetfuls(), SMALL);
  agent.learnSync(30);
  const loaded = PQN.load(agent.save(), { env: forgetfuls() });
  // Six transitions of the second rollout are there.
  const { data } = decodeSafetensors(loaded.save()).tensors.get("rollout.truncated")!;
  expect(Array.from(data as Float32Array)).toEqual([0, 0, 0, 1, 1, 1]);
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
    ["giant rollouts", (d) => (d.data.settings.rolloutSteps = 1e9), "load: settings expected valid options, got"],
    [
      "giant layers",
      (d) => (d.data.settings.network.hidden = [65536, 65536]),
      "load: tensor 0.weight expected 262144 numbers, got 32.",
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
  test.each(inRound)("a file with %s is refused, with what is wrong with it", (_, change, message) => {
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
  ];
  test.each(inEpisodes)("a file with %s is refused, with what is wrong with it", (_, change, message) => {
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
});
