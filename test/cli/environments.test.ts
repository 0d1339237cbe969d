import { describe, expect, test } from "vitest";
import {
  EVALUATION_STEP_LIMIT,
  environmentIds,
  findEnvironment,
  makeEnv,
  makeEvaluationEnv,
} from "../../src/cli/environments.ts";
import { CORRIDOR } from "./user-files.ts";

describe("registered environments", () => {
  test("are those of the whole package", () => {
    expect(environmentIds()).toEqual(expect.arrayContaining(["CartPole-v1", "BitFlip-v0", "Bricks-v0"]));
  });

  test("are made one by one or several in step, with their options", async () => {
    const source = await findEnvironment({ id: "FrozenLake-v1", options: { isSlippery: false } }, "/");
    expect((await source.make()).spec).toMatchObject({ id: "FrozenLake-v1", options: { isSlippery: false } });
    const several = await source.makeTogether(3);
    expect(several).toMatchObject({ count: 3, autoresetMode: "same-step" });
    expect(several.spec?.options).toEqual({ isSlippery: false });
    expect(await source.check()).toEqual([]);
  });

  test("that are unknown, or do not know an option, are wrong input", async () => {
    expect(() => makeEnv({ id: "CartPol-v1", options: {} })).toThrow(/Did you mean CartPole-v1\?/);
    await expect(findEnvironment({ id: "CartPole-v1", options: { gravity: 1 } }, "/")).rejects.toThrow(
      expect.objectContaining({ name: "UsageError" }),
    );
  });
});

describe("greedy episodes", () => {
  test("are cut where nobody else does", async () => {
    const cliff = await makeEvaluationEnv(await findEnvironment({ id: "CliffWalking-v1", options: {} }, "/"));
    await cliff.reset({ seed: 1 });
    let steps = 0;
    for (let ended = false; !ended; steps++) {
      // Up, against the wall, for ever.
      const { terminated, truncated } = await cliff.step(0);
      ended = terminated || truncated;
    }
    expect(steps).toBe(EVALUATION_STEP_LIMIT);
  });

  test("keep an environment's own limit, the user's too", async () => {
    const cartPole = await makeEvaluationEnv(await findEnvironment({ id: "CartPole-v1", options: {} }, "/"));
    expect(cartPole.spec?.maxEpisodeSteps).toBe(500);
    const corridor = await makeEvaluationEnv(await findEnvironment({ id: CORRIDOR, options: {} }, "/"));
    expect(corridor.spec?.maxEpisodeSteps).toBe(100);
  });
});
