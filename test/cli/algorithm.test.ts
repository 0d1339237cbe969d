import { describe, expect, test } from "vitest";
import { algorithmOf } from "../../src/cli/algorithm.ts";
import { findEnvironment } from "../../src/cli/environments.ts";
import { UserModule } from "../../src/cli/user-module.ts";
import { DQN, make, PPO } from "../../src/index.ts";

const cartPole = await findEnvironment({ id: "CartPole-v1", options: {} }, "/");
const SMALL = { seed: 1, preset: false, network: { hidden: [8] } } as const;

describe("an algorithm", () => {
  test("works in as many environments as it learns from, and goes on in as many as it was saved in", async () => {
    const ppo = algorithmOf(PPO as never, undefined);
    const { agent, env } = await ppo.create(cartPole, { ...SMALL, environments: 4, rolloutSteps: 16 }, {});
    expect(env).toMatchObject({ count: 4 });
    await agent.learn(80);
    const resumed = await ppo.resume(agent.save(), cartPole, {});
    expect(resumed.env).toMatchObject({ count: 4 });
    await Promise.all([agent.learn(80), resumed.agent.learn(80)]);
    expect(await resumed.agent.weightsSha256()).toBe(await agent.weightsSha256());
  });

  test("acts without an environment, and refuses spaces that are not the file's", async () => {
    const dqn = algorithmOf(DQN as never, undefined);
    const policy = new DQN(make("CartPole-v1"), SMALL).save({ contents: "policy" });
    expect((await dqn.load(policy, undefined, {})).act([0, 0, 0, 0])).toEqual(expect.any(Number));
    await expect(dqn.load(policy, make("MountainCar-v0"), {})).rejects.toThrow(/^DQN\.load: observationSpace expected/);
  });
});

describe("an error", () => {
  class Faulty extends DQN {
    static override readonly about: typeof DQN.about = { ...DQN.about, name: "Faulty", algorithm: "faulty" };
    constructor(...args: ConstructorParameters<typeof DQN>) {
      super(...args);
      throw new RangeError("walls expected to stand");
    }
  }
  const module = new UserModule("./faulty.mjs", "/faulty.mjs", "", {});

  test("of a user's class names its file, of options it does not", async () => {
    const faulty = algorithmOf(Faulty as never, module);
    const [fault, option] = await Promise.all(
      [{ preset: false }, { hiden: 1 }].map((options) => faulty.create(cartPole, options, {}).catch((error) => error)),
    );
    expect(fault).toMatchObject({ name: "UsageError", message: expect.stringMatching(/^\.\/faulty\.mjs.*: walls/) });
    expect(option).toMatchObject({ name: "UsageError", message: expect.stringMatching(/^Faulty: option expected/) });
  });

  test("of the library's own classes is theirs unless it is a refusal", async () => {
    class Broken extends DQN {
      constructor(...args: ConstructorParameters<typeof DQN>) {
        super(...args);
        throw new Error("a fault of ours");
      }
    }
    const error = await algorithmOf(Broken as never, undefined)
      .create(cartPole, { preset: false }, {})
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ name: "Error", message: "a fault of ours" });
  });
});
