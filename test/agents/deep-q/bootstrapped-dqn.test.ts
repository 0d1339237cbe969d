import { expect, test } from "vitest";
import { BootstrappedDQN, type BootstrappedDQNOptions } from "../../../src/agents/deep-q/bootstrapped-dqn.ts";
import type { SyncEnv } from "../../../src/env.ts";
import { DeepSea } from "../../../src/envs/diagnostics/deep-sea.ts";
import { make } from "../../../src/envs/registry.ts";
import { CheckpointError } from "../../../src/errors.ts";
import { tamper } from "../tamper.ts";

const SMALL: BootstrappedDQNOptions = {
  preset: false,
  seed: 11,
  totalSteps: 300,
  batchSize: 8,
  capacity: 100,
  warmupSteps: 20,
  trainIntervalSteps: 1,
  targetIntervalUpdates: 7,
  learningRate: 1e-3,
  network: { hidden: [8] },
  ensemble: { members: 3 },
};
const cartPole = (): SyncEnv => make("CartPole-v1");

const POLE = [0.1, 0, -0.1, 0];

test("one member decides for an episode, another may for the next; without exploring their mean decides", () => {
  // Priors this large are all that decides, so that members disagree.
  const agent = new BootstrappedDQN(cartPole(), {
    ...SMALL,
    warmupSteps: 0,
    ensemble: { members: 8, priorScale: 100 },
  });
  const observations = Array.from({ length: 40 }, (_, k) => [Math.sin(k), Math.cos(3 * k), Math.sin(5 * k), 1]);
  const choices = (): string => observations.map((each) => agent.act(each, { explore: true })).join("");
  const seen = new Set<string>();
  for (let episode = 0; episode < 40; episode++) {
    const mine = choices();
    for (let step = 0; step < 3; step++) {
      expect(choices()).toBe(mine);
      const ends = step === 2;
      const truncated = ends && episode % 2 === 0;
      const [observation, nextObservation] = [POLE, POLE];
      agent.observe({ observation, action: 0, reward: 0, nextObservation, terminated: ends && !truncated, truncated });
    }
    seen.add(mine);
  }
  expect(seen.size).toBeGreaterThan(4);
  expect(seen.size).toBeLessThanOrEqual(8);
  for (const observation of observations) {
    const q = agent.qValues(observation);
    expect(agent.act(observation)).toBe(q[1] > q[0] ? 1 : 0);
  }
});

test("priors stay as they are drawn, and belong to the weights in files", async () => {
  const fresh = new BootstrappedDQN(cartPole(), SMALL);
  const agent = new BootstrappedDQN(cartPole(), SMALL);
  agent.learnSync(100);
  const other = new BootstrappedDQN(cartPole(), { ...SMALL, seed: 5 });
  expect(other.qValues(POLE)).not.toEqual(agent.qValues(POLE));
  other.importWeights(agent.exportWeights());
  expect(other.qValues(POLE)).toEqual(agent.qValues(POLE));
  expect(await other.weightsSha256()).toBe(await agent.weightsSha256());
  const policy = BootstrappedDQN.load(agent.save({ contents: "policy" }));
  expect(policy.qValues(POLE)).toEqual(agent.qValues(POLE));
  // The same start with weights of its own still has the same priors: only what is trained moved.
  fresh.importWeights(agent.exportWeights());
  expect(fresh.exportWeights()).toEqual(agent.exportWeights());
});

test("a file whose member is none of the ensemble is refused", () => {
  const agent = new BootstrappedDQN(cartPole(), SMALL);
  agent.learnSync(30);
  const bytes = agent.save();
  for (const member of [3, -1, 0.5, "0", undefined]) {
    const damaged = tamper(bytes, ({ description }) => {
      description.data.member = member;
    });
    expect(() => BootstrappedDQN.load(damaged, { env: cartPole() })).toThrow(CheckpointError);
  }
});

test("values of DeepSea become exact where every step can be tried", () => {
  const env = new DeepSea({ size: 3 });
  const agent = new BootstrappedDQN(env, {
    ...SMALL,
    totalSteps: 3000,
    capacity: 3000,
    batchSize: 32,
    targetIntervalUpdates: 50,
    learningRate: { type: "linear", from: 3e-3, to: 0, fraction: 1 },
    network: { hidden: [32] },
    epsilon: 0.5,
  });
  agent.learnSync(3000);
  // Rewards of -0.01 / 3 to the right, 1 at the end, discount 0.99; going left gives nothing.
  const right = env.rightActions;
  let best = 1 - 0.01 / 3;
  for (let row = 2; row >= 0; row--) {
    const observation = new Uint8Array(9);
    observation[row * 4] = 1;
    const q = agent.qValues(observation);
    expect(q[right[row * 4]]).toBeCloseTo(best, 1);
    expect(q[1 - right[row * 4]]).toBeCloseTo(0, 1);
    best = -0.01 / 3 + 0.99 * best;
  }
});
