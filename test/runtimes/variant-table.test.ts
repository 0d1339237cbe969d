// The matrix runs every agent of the library, listed or not.

import { expect, test } from "vitest";
import { registerArcade } from "../../src/envs/arcade/index.ts";
import { registerDiagnostics } from "../../src/envs/diagnostics/index.ts";
import * as library from "../../src/index.ts";
import { runVariant, variantTable } from "./variant-table.mjs";

registerArcade();
registerDiagnostics();

test("every agent of the library has a short run", () => {
  const run = new Set(Object.values(variantTable(library)).map(([{ about }]) => about.algorithm));
  const agents = Object.values(library).flatMap((each) =>
    "about" in Object(each) ? [Object(each).about.algorithm] : [],
  );
  expect(agents.length).toBeGreaterThan(13);
  expect([...run].sort()).toEqual(agents.sort());
});

test("an agent that is not listed runs in an environment that suits what it says of itself", async () => {
  class Another extends library.DQN {
    static override readonly about: typeof library.DQN.about = {
      ...library.DQN.about,
      name: "Another",
      algorithm: "another",
    };
  }
  class Rollouts extends library.PPO {
    static override readonly about: typeof library.PPO.about = {
      ...library.PPO.about,
      algorithm: "rollouts",
      actions: ["box"],
    };
  }
  class Table extends library.QLearning {
    static override readonly about: typeof library.QLearning.about = { ...library.QLearning.about, algorithm: "table" };
  }
  const table = variantTable({ ...library, Another, Rollouts, Table });
  const places = ["another", "rollouts", "table"].map((name) => table[name][1]());
  expect(places.map(({ spec }) => spec?.id)).toEqual(["CartPole-v1", "Pendulum-v1", "CliffWalking-v1"]);
  expect(places.map((env) => ("count" in env ? env.count : 1))).toEqual([1, 4, 1]);
  for (const name of ["another", "rollouts", "table"]) {
    const { whole, resumed } = await runVariant(table[name]);
    expect([name, resumed]).toEqual([name, whole]);
  }
});
