import { describe, expect, test } from "vitest";
import { type Kept, RunCheckpoint, type RunState } from "../../src/cli/run-checkpoint.ts";
import { FILES, type RunConfig, RunFolder } from "../../src/cli/run-folder.ts";
import { RunLog } from "../../src/cli/run-log.ts";
import { checkpointing, keepingBest, logging, type RunProgress } from "../../src/cli/training-callbacks.ts";
import { make, makeVector, PPO, QLearning } from "../../src/index.ts";
import { temporaryFolder } from "./run-cli.ts";

const CONFIG = {
  steps: 100,
  evaluation: { everySteps: 30, episodes: 2, seed: 1_000_000 },
  checkpointEverySteps: 40,
} as RunConfig;

const progressOf = (): RunProgress => ({ secondsBefore: 0, evaluationEnvSteps: 0, kept: null });
const agentOf = (): QLearning => new QLearning(make("FrozenLake-v1"), { seed: 1, preset: false });

describe("checkpoints", () => {
  test("are written at or past every multiple, and at the end", async () => {
    const folder = new RunFolder(temporaryFolder());
    const log = await RunLog.open(folder);
    const states: number[] = [];
    const checkpoint = new RunCheckpoint(folder);
    const write = checkpoint.write.bind(checkpoint);
    checkpoint.write = (agent, state: RunState) => {
      states.push(state.envSteps);
      return write(agent, state);
    };
    const agent = agentOf();
    await agent.learn(100, { callbacks: [checkpointing(CONFIG, agent, log, checkpoint, progressOf())] });
    log.close();
    expect(states).toEqual([40, 80, 100]);
    expect((await new RunCheckpoint(folder).load())?.state.envSteps).toBe(100);
  });

  test("of several environments come with the step that passes a multiple", async () => {
    const folder = new RunFolder(temporaryFolder());
    const log = await RunLog.open(folder);
    const states: number[] = [];
    const checkpoint = new RunCheckpoint(folder);
    checkpoint.write = async (_agent, state: RunState) => {
      states.push(state.envSteps);
    };
    const cartPoles = makeVector("CartPole-v1", 12, { autoresetMode: "same-step" });
    const agent = new PPO(cartPoles, { seed: 1, preset: false, rolloutSteps: 8, network: { hidden: [4] } });
    await agent.learn(100, { callbacks: [checkpointing(CONFIG, agent, log, checkpoint, progressOf())] });
    log.close();
    expect(states).toEqual([48, 84, 108]);
  });
});

describe("the policy that is kept", () => {
  /** Evaluations that end in these means, of a checkpoint that remembers what it was to keep. */
  async function keep(means: readonly number[]): Promise<{ kept: Kept | null; steps: number[]; spent: number }> {
    const folder = new RunFolder(temporaryFolder());
    const log = await RunLog.open(folder);
    const checkpoint = new RunCheckpoint(folder);
    const progress = progressOf();
    const agent = agentOf();
    const rest = [...means];
    agent.evaluate = async () => ({ mean: rest.shift() ?? 0, std: 0, min: 0, max: 0, envSteps: 7 }) as never;
    const best = keepingBest(CONFIG, async () => make("FrozenLake-v1"), log, checkpoint, progress);
    log.begin([]);
    await agent.learn(100, { callbacks: [best] });
    log.close();
    const steps = log.curve.evaluations.map(([step]) => step);
    return { kept: progress.kept, steps, spent: progress.evaluationEnvSteps };
  }

  test("has the best mean, and of equal ones is the later", async () => {
    expect((await keep([1, 3, 2, 0])).kept).toMatchObject({ mean: 3, step: 60 });
    expect((await keep([3, 1, 3, 2])).kept).toMatchObject({ mean: 3, step: 90 });
  });

  test("is looked for every so often and after the last step, and steps spent on that are counted", async () => {
    expect(await keep([1, 1, 1, 1])).toMatchObject({ steps: [30, 60, 90, 100], spent: 28 });
  });
});

test("a log has every episode, and the algorithm's numbers every so often", async () => {
  const folder = new RunFolder(temporaryFolder());
  const log = await RunLog.open(folder);
  const agent = agentOf();
  const { episodes } = await agent.learn(100, { callbacks: [logging(CONFIG, log, progressOf())] });
  log.flush();
  log.close();
  const records = ((await folder.readText(FILES.jsonl)) ?? "").trimEnd().split("\n");
  expect(records.filter((line) => line.includes("rollout/return"))).toHaveLength(episodes);
  expect(records.filter((line) => line.includes("train/updates"))).toHaveLength(10);
});
