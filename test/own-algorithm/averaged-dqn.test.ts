// The example keeps what it says: one short file against the public entries, and an agent like any other.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { reference } from "../../src/backends/reference/index.ts";
import {
  type About,
  type Agent,
  DQN,
  type Env,
  make,
  makeVector,
  type Schedule,
  type Workplace,
} from "../../src/index.ts";

const FILE = new URL("../../examples/own-algorithm/averaged-dqn.mjs", import.meta.url);
const MANIFEST = new URL("../../package.json", import.meta.url);

type Averaged = Agent & { readonly settings: { readonly epsilon: Schedule } };

interface AgentClass {
  readonly about: About;
  new (workplace: Workplace, options?: object): Averaged;
  load(bytes: Uint8Array, options?: { readonly env?: Workplace }): Averaged;
}

const { AveragedDQN } = (await import(FILE.href)) as { readonly AveragedDQN: AgentClass };

const cartPole = (): Env => make("CartPole-v1");
const SMALL = {
  seed: 1,
  preset: false,
  network: { hidden: [16] },
  batchSize: 16,
  warmupSteps: 100,
  targetIntervalUpdates: 20,
  capacity: 2000,
  totalSteps: 1000,
  nStep: 1,
  // Errors small enough for the loss to tell them apart.
  learningRate: 1e-2,
  discount: 0.9,
} as const;

/** The fingerprint of the weights after so many steps. */
async function trained(agent: Agent, steps: number): Promise<string> {
  await agent.learn(steps);
  return agent.weightsSha256();
}

describe("the file", () => {
  const text = readFileSync(FILE, "utf8");

  test("has at most 120 lines", () => {
    expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(120);
  });

  test("imports public entries of the package and nothing else", () => {
    const { exports } = JSON.parse(readFileSync(MANIFEST, "utf8")) as { readonly exports: object };
    const imports = [...text.matchAll(/\bfrom "([^"]+)"|\bimport\("([^"]+)"\)/g)].map(
      ([, name, dynamic]) => name ?? dynamic,
    );
    expect(imports.length).toBeGreaterThan(0);
    for (const name of imports) expect(Object.keys(exports)).toContain(name.replace(/^bellwether/, "."));
  });
});

describe("averaged DQN", () => {
  test("with one target network is DQN, bit for bit", async () => {
    const averaged = await trained(new AveragedDQN(cartPole(), { ...SMALL, targetNetworks: 1 }), 600);
    const { epsilon } = new AveragedDQN(cartPole(), SMALL).settings;
    const dqn = new DQN(cartPole(), { ...SMALL, trainIntervalSteps: 1, epsilon });
    expect(averaged).toBe(await trained(dqn, 600));
  });

  test("ends elsewhere with every other number of target networks", async () => {
    const hashes = [1, 2, 3].map((targetNetworks) =>
      trained(new AveragedDQN(cartPole(), { ...SMALL, targetNetworks }), 600),
    );
    expect(new Set(await Promise.all(hashes)).size).toBe(3);
  });

  test("learns to balance the pole for a while within 8,000 steps", async () => {
    const agent = new AveragedDQN(cartPole(), { seed: 0 });
    await agent.learn(8000);
    const { mean } = await agent.evaluate(cartPole, { episodes: 20 });
    // A random policy: about 20.
    expect(mean).toBeGreaterThan(100);
  });

  test("goes on from a file bit for bit, target networks included", async () => {
    const whole = await trained(new AveragedDQN(cartPole(), SMALL), 700);
    const first = new AveragedDQN(cartPole(), SMALL);
    await first.learn(333);
    const rest = AveragedDQN.load(first.save(), { env: cartPole() });
    expect(await trained(rest, 700 - 333)).toBe(whole);
  });

  test("is loaded as its own class, and a subclass as the subclass", async () => {
    class Another extends AveragedDQN {
      static override readonly about: About = { ...AveragedDQN.about, name: "Another" };
    }
    const agent = new Another(cartPole(), SMALL);
    await agent.learn(200);
    const policy = Another.load(agent.save({ contents: "policy" }));
    expect(policy).toBeInstanceOf(Another);
    expect(policy.act([0, 0, 0.05, 0])).toBe(agent.act([0, 0, 0.05, 0]));
    expect(() => DQN.load(agent.save())).toThrow('DQN.load: algorithm expected "dqn", got "averaged-dqn"');
  });

  test("ends in the same bits on the reference backend", async () => {
    const plain = await trained(new AveragedDQN(cartPole(), { ...SMALL, backend: reference }), 200);
    expect(plain).toBe(await trained(new AveragedDQN(cartPole(), SMALL), 200));
  });

  test("learns from several environments in step, with priorities and windows of steps", async () => {
    const options = { ...SMALL, nStep: 3, replay: "proportional" };
    const several = makeVector("CartPole-v1", 4, { autoresetMode: "next-step" });
    const agent = new AveragedDQN(several, options);
    await agent.learn(400);
    expect(agent.updates).toBeGreaterThan(250);
    expect(agent.hasFiniteWeights()).toBe(true);
  });

  test("refuses an option that it does not have, by its own name", () => {
    expect(() => new AveragedDQN(cartPole(), { targetNetwork: 2 })).toThrow(
      'AveragedDQN: option expected a known name, got "targetNetwork". Did you mean targetNetworks?',
    );
    expect(() => new AveragedDQN(cartPole(), { targetNetworks: 0 })).toThrow(
      "AveragedDQN: targetNetworks expected an integer at least 1 and at most 100, got 0. The paper's K.",
    );
  });
});
