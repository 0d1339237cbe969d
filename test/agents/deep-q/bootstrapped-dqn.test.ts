import { describe, expect, test } from "vitest";
import { BootstrappedDQN, type BootstrappedDQNOptions } from "../../../src/agents/deep-q/bootstrapped-dqn.ts";
import { reference } from "../../../src/backends/reference/index.ts";
import type { SyncEnv } from "../../../src/env.ts";
import { DeepSea } from "../../../src/envs/diagnostics/deep-sea.ts";
import { registerDiagnostics } from "../../../src/envs/diagnostics/index.ts";
import { make } from "../../../src/envs/registry.ts";
import { CheckpointError } from "../../../src/errors.ts";
import { tamper } from "../tamper.ts";

registerDiagnostics();

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

describe("a run that was saved and loaded goes on bit for bit", () => {
  test.each<[string, BootstrappedDQNOptions]>([
    ["plain", {}],
    ["double, dueling, prioritized, three steps", { double: true, dueling: true, replay: "proportional", nStep: 3 }],
    ["with random actions, and without priors", { epsilon: 0.2, ensemble: { members: 2, priorScale: 0 } }],
    ["with Boltzmann exploration", { boltzmann: 0.5 }],
  ])("%s", (_, options) => {
    const whole = new BootstrappedDQN(cartPole(), { ...SMALL, ...options });
    whole.learnSync(300);
    const expected = whole.save();
    for (const cut of [1, 58, 151]) {
      const first = new BootstrappedDQN(cartPole(), { ...SMALL, ...options });
      first.learnSync(cut);
      const rest = BootstrappedDQN.load(first.save(), { env: cartPole() });
      rest.learnSync(300 - cut);
      expect(rest.save(), `cut after ${cut} steps`).toEqual(expected);
    }
  });
});

test("both backends learn the same", () => {
  const options = { ...SMALL, double: true };
  const ours = new BootstrappedDQN(cartPole(), options);
  const theirs = new BootstrappedDQN(cartPole(), { ...options, backend: reference });
  for (const agent of [ours, theirs]) agent.learnSync(80);
  expect(theirs.save()).toEqual(ours.save());
});

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

test("a damaged file is refused", () => {
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

describe("DeepSea", () => {
  test("values become exact where every step can be tried", () => {
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

  test.each([0, 1])(
    "priors find the treasure of 10 rows within 500 episodes, no priors find nothing: seed %i",
    (seed) => {
      const dive = (priorScale: number): number => {
        const options = { seed, totalSteps: 5000, network: { hidden: [32, 32] }, ensemble: { priorScale } };
        const agent = new BootstrappedDQN(make("DeepSea-v0"), options);
        agent.learnSync(5000);
        return agent.evaluateSync(() => make("DeepSea-v0"), { episodes: 1 }).mean;
      };
      expect(dive(3)).toBeCloseTo(0.99, 6);
      expect(dive(0)).toBeLessThanOrEqual(0);
    },
  );
});
