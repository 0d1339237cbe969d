// The guard around a user's environment: what passes through it, and what an error becomes.

import { expect, test } from "vitest";
import { guarded } from "../../src/cli/guarded-environment.ts";
import { UserModule } from "../../src/cli/user-module.ts";
import { box, discrete, type Env } from "../../src/index.ts";

const MODULE = new UserModule("./maze.mjs", "/maze.mjs", "", {});

class Maze {
  #position = 0;
  readonly observationSpace = box(-1, 1, [1]);
  readonly actionSpace = discrete(2);
  label = "maze";

  get position(): number {
    return this.#position;
  }

  reset(): unknown {
    this.#position = 0;
    return { observation: [0], info: {} };
  }

  step(action: unknown): unknown {
    if (action === 1) return undefined;
    this.#position++;
    return { observation: [0], reward: 0, terminated: false, truncated: false, info: {} };
  }
}

test("a guarded environment keeps its private fields, own members and class, also when it is frozen", () => {
  const env = guarded(Object.freeze(new Maze()) as unknown as Env, MODULE) as unknown as Maze;
  env.reset();
  env.step(0);
  expect([env.position, env.label, "label" in env, env instanceof Maze]).toEqual([1, "maze", true, true]);
  const { step } = env;
  expect([env.step, (env as unknown as Env).saveState]).toEqual([step, undefined]);
});

test("a member that is set through the guard is the environment's own", () => {
  const maze = new Maze();
  const env = guarded(maze as unknown as Env, MODULE) as unknown as Maze;
  env.label = "other";
  expect(maze.label).toBe("other");
});

test("a result that is none is an error with the file's name", () => {
  const env = guarded(new Maze() as unknown as Env, MODULE) as unknown as Maze;
  expect(() => env.step(1)).toThrow(/^\.\/maze\.mjs: step expected to return \{ observation, .*\}, got undefined\./);
});
