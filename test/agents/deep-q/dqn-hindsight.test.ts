import { describe, expect, test, vi } from "vitest";
import { DQN, type DQNOptions } from "../../../src/agents/deep-q/dqn.ts";
import type { SyncEnv } from "../../../src/env.ts";
import { BitFlip } from "../../../src/envs/diagnostics/bit-flip.ts";
import { registerDiagnostics } from "../../../src/envs/diagnostics/index.ts";
import { make } from "../../../src/envs/registry.ts";
import { RewardScaling } from "../../../src/envs/wrappers/reward-scaling.ts";
import { CheckpointError } from "../../../src/errors.ts";
import { type Checkpoint, decodeCheckpoint } from "../../../src/formats/checkpoint.ts";
import { tamper } from "../tamper.ts";

registerDiagnostics();

const BITS = 5;
const bits = (): SyncEnv => make("BitFlip-v0", { n: BITS });
const SMALL: DQNOptions = {
  preset: false,
  totalSteps: 120,
  hindsight: "future",
  batchSize: 8,
  capacity: 400,
  warmupSteps: 20,
  trainIntervalSteps: 1,
  targetIntervalUpdates: 7,
  learningRate: 1e-2,
  network: { hidden: [8] },
};

const numbers = (checkpoint: Checkpoint, name: string): number[] => [
  ...(checkpoint.tensors.get(name)!.data as Float32Array),
];

interface Stored {
  readonly bits: string;
  readonly goal: string;
  readonly action: number;
  readonly reward: number;
  readonly next: string;
  readonly discount: number;
}

/** What lies in the replay; bits as text. */
function stored(agent: DQN): Stored[] {
  const checkpoint = decodeCheckpoint(agent.save());
  const read = (name: string): number[] => numbers(checkpoint, `replay.${name}`);
  const [observations, nexts, rewards, discounts] = ["observation", "nextObservation", "reward", "discount"].map(read);
  const part = (rows: number[], row: number, which: number): string =>
    rows.slice((3 * row + which) * BITS, (3 * row + which + 1) * BITS).join("");
  return read("action").map((action, i) => {
    // The achieved goal is the bits again, and the goal stays the same over a step.
    expect(part(observations, i, 1)).toBe(part(observations, i, 0));
    expect(part(nexts, i, 1)).toBe(part(nexts, i, 0));
    expect(part(nexts, i, 2)).toBe(part(observations, i, 2));
    const [bits, goal] = [part(observations, i, 0), part(observations, i, 2)];
    return { bits, goal, action, reward: rewards[i], next: part(nexts, i, 0), discount: discounts[i] };
  });
}

test("nothing of an episode is stored before it is over; then each step and its relabelled ones, paid by the environment", () => {
  const agent = new DQN(bits(), { ...SMALL, hindsight: { strategy: "future", goals: 3 }, warmupSteps: 1000 });
  const sizes: number[] = [];
  let steps = 0;
  const ended: number[] = [];
  for (let i = 0; i < 23; i++) {
    const run = agent.learnSync(1);
    steps++;
    if (run.episodes > 0) ended.push(steps);
    const size = decodeCheckpoint(agent.save()).data.replay as { size: number };
    sizes.push(size.size);
    expect(size.size).toBe(4 * (ended.at(-1) ?? 0));
  }
  expect(ended.length).toBeGreaterThan(3);
  const transitions = stored(agent);
  let reached = 0;
  for (const [i, { bits: from, goal, action, reward, next, discount }] of transitions.entries()) {
    expect(next).toBe([...from].map((bit, j) => (j === action ? 1 - Number(bit) : bit)).join(""));
    expect(reward).toBe(next === goal ? 0 : -1);
    expect(discount).toBe(next === goal ? 0 : Math.fround(0.99));
    if (next === goal && i % 4 > 0) reached++;
  }
  // The last step of every episode alone reaches all of its three goals.
  expect(reached).toBeGreaterThanOrEqual(3 * ended.length);
});

test("a wrapper that changes rewards changes relabelled ones", () => {
  const agent = new DQN(new RewardScaling(bits(), { scale: 3 }), { ...SMALL, warmupSteps: 1000 });
  agent.learnSync(40);
  const transitions = stored(agent);
  expect(transitions.length).toBeGreaterThan(100);
  for (const { goal, next, reward } of transitions) expect(reward).toBe(next === goal ? 0 : -3);
});

test("relabelled transitions enter a prioritized replay as new ones", () => {
  const agent = new DQN(bits(), { ...SMALL, replay: "proportional", warmupSteps: 1000 });
  agent.learnSync(40);
  const size = stored(agent).length;
  const priorities = numbers(decodeCheckpoint(agent.save()), "replay.priorities");
  expect(size).toBeGreaterThan(100);
  expect(new Set(priorities.slice(0, size))).toEqual(new Set([1]));
});

test("goals are drawn from a stream of their own: with none drawn, the others give what they gave", () => {
  // Before the first update the actions of a run depend on its exploration alone.
  const actions = (options: DQNOptions): string[] => {
    const agent = new DQN(bits(), { ...SMALL, ...options, warmupSteps: 1000 });
    agent.learnSync(60);
    return stored(agent).map(({ bits: from, action }) => `${from} ${action}`);
  };
  const plain = actions({ hindsight: null });
  const relabelled = actions({ hindsight: { strategy: "episode", goals: 1 } });
  expect(relabelled.filter((_, i) => i % 2 === 0)).toEqual(plain.slice(0, relabelled.length / 2));
});

describe("the reward and termination of a goal", () => {
  const env = new BitFlip({ n: BITS });
  const { observationSpace, actionSpace } = env;
  const message =
    "DQN: hindsight expected computeReward and computeTerminated, got none and none. " +
    "Pass an environment that has them, or both beside the spaces; without hindsight neither is needed.";
  const transition = {
    observation: env.reset({ seed: 0 }).observation,
    action: 0,
    reward: -1,
    nextObservation: env.step(0).observation,
    terminated: false,
    truncated: true,
  };

  test("functions of goals come with the spaces where the caller owns the loop", () => {
    const agent = new DQN(
      {
        observationSpace,
        actionSpace,
        computeReward: (achieved, desired) => env.computeReward(achieved as Uint8Array, desired as Uint8Array),
        computeTerminated: (achieved, desired) => env.computeTerminated(achieved as Uint8Array, desired as Uint8Array),
      },
      SMALL,
    );
    agent.observe(transition);
    expect(stored(agent).map(({ reward }) => reward)).toEqual([-1, 0, 0, 0, 0]);
  });

  test("functions of goals are asked for where there is hindsight", () => {
    expect(() => new DQN({ observationSpace, actionSpace }, SMALL)).toThrow(new TypeError(message));
    const cartPole = make("CartPole-v1");
    expect(() => new DQN(cartPole, { hindsight: "future" })).toThrow(
      'DQN: observationSpace expected a dict of observation, achievedGoal, desiredGoal beside computeReward, got "box".',
    );
  });

  test("a policy acts without functions of goals, and asks for them when it is given experience; a run asks at once", () => {
    const agent = new DQN(bits(), SMALL);
    agent.learnSync(40);
    const policy = DQN.load(agent.save({ contents: "policy" }));
    const { observation } = transition;
    expect(policy.qValues(observation)).toEqual(agent.qValues(observation));
    const before = policy.memory().total;
    for (let i = 0; i < 2; i++) expect(() => policy.observe(transition)).toThrow(new TypeError(message));
    expect([policy.memory().total, policy.envSteps]).toEqual([before, 40]);
    expect(() => DQN.load(agent.save())).toThrow(new TypeError(message));
    const trained = DQN.load(agent.save({ contents: "policy" }), { env: bits() });
    trained.learnSync(60);
    expect(trained.qValues(observation)).not.toEqual(agent.qValues(observation));
  });
});

test("where an environment cannot save its state, the episode that was cut is forgotten", () => {
  const agent = new DQN(bits(), { ...SMALL, warmupSteps: 1000 });
  while (agent.envSteps === 0 || numbers(decodeCheckpoint(agent.save()), "hindsight.rewards").length !== 2) {
    agent.learnSync(1);
  }
  const forgetful: SyncEnv = bits();
  delete (forgetful as Partial<BitFlip>).saveState;
  delete (forgetful as Partial<BitFlip>).loadState;
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const loaded = DQN.load(agent.save(), { env: forgetful });
  expect(warn).toHaveBeenCalledOnce();
  warn.mockRestore();
  expect(numbers(decodeCheckpoint(loaded.save()), "hindsight.rewards")).toEqual([]);
});

describe("hostile files", () => {
  const agent = new DQN(bits(), SMALL);
  while (agent.envSteps < 40 || numbers(decodeCheckpoint(agent.save()), "hindsight.rewards").length !== 2) {
    agent.learnSync(1);
  }
  const bytes = agent.save();

  test.each<[string, (contents: Parameters<Parameters<typeof tamper>[1]>[0]) => void, string]>([
    [
      "an action that is none",
      ({ tensors }) => {
        (tensors.get("hindsight.actions")!.data as Float32Array)[1] = 1e9;
      },
      "load: hindsight.actions expected actions of the space, got",
    ],
    [
      "an episode without its goals",
      ({ tensors }) => {
        tensors.delete("hindsight.achieved");
      },
      "load: tensor hindsight.achieved expected to be there, got undefined.",
    ],
    [
      "an episode that is over",
      ({ description }) => {
        description.data.settings.hindsight.maxEpisodeSteps = 2;
      },
      "load: hindsight.rewards expected less than 2 steps, got 2.",
    ],
    [
      "episodes that no replay of this capacity holds",
      ({ description }) => {
        description.data.settings.hindsight.maxEpisodeSteps = 1e12;
      },
      "load: settings expected valid options, got",
    ],
  ])("a file with %s is refused, with what is wrong with it", (_, change, expected) => {
    const hostile = tamper(bytes, change);
    expect(() => DQN.load(hostile, { env: bits() })).toThrow(CheckpointError);
    expect(() => DQN.load(hostile, { env: bits() })).toThrow(expected);
  });
});
