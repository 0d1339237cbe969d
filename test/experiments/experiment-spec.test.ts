import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Comparison, environmentName, overrideSpec, readSpec } from "../../src/experiments/experiment-spec.ts";

const SPECS = join(import.meta.dirname, "../../specs");
const ENV = { id: "CartPole-v1" };
const BASE = { name: "a", question: "Which?", environments: ["CartPole-v1"], steps: 100 };
const ONE = { name: "one", algorithm: "dqn" };
const ARMS = { ...BASE, arms: [ONE] };
const GRID = { ...BASE, algorithm: "dqn" };
const TUNING = { ...BASE, algorithm: "dqn", space: { learningRate: { type: "logUniform", low: 0.001, high: 0.1 } } };
const comparison = (json: object): Comparison => readSpec("s", { ...BASE, ...json }) as Comparison;

describe("a comparison", () => {
  test("has defaults for all but name, question, environments, steps and arms", () => {
    expect(comparison(ARMS)).toMatchObject({
      kind: "comparison",
      environments: [{ id: "CartPole-v1", options: {}, steps: 100, settings: {}, reference: null }],
      seeds: [0, 1, 2, 3, 4],
      metric: "final",
      settings: {},
      evaluation: { everySteps: 1000, episodes: 20, seed: 1_000_000, finalEpisodes: 100, finalSeed: 10_000 },
      arms: [{ name: "one", algorithm: "dqn", preset: null, settings: {}, levels: {} }],
      factors: [],
    });
  });

  test("gives arms the algorithm and preset of the whole, unless they have their own", () => {
    const { arms } = comparison({
      algorithm: "dqn",
      preset: "none",
      arms: [{ name: "a" }, { name: "b", algorithm: "sarsa", preset: "Taxi-v4" }],
    });
    expect(arms).toMatchObject([
      { algorithm: "dqn", preset: false },
      { algorithm: "sarsa", preset: "Taxi-v4" },
    ]);
  });

  test("multiplies a grid out: settings with values, and factors with named levels", () => {
    const { arms, factors } = comparison({
      algorithm: "dqn",
      grid: { tau: [1, 0.01], replay: { off: { capacity: 8, batchSize: 8 }, on: { capacity: 99 } } },
    });
    expect(factors).toEqual(["tau", "replay"]);
    expect(arms.map(({ name }) => name)).toEqual([
      "tau 1, replay off",
      "tau 1, replay on",
      "tau 0.01, replay off",
      "tau 0.01, replay on",
    ]);
    expect(arms[2]).toMatchObject({
      settings: { tau: 0.01, capacity: 8, batchSize: 8 },
      levels: { tau: "0.01", replay: "off" },
    });
  });

  test("takes seeds as they are listed", () => {
    expect(comparison({ ...ARMS, seeds: [7, 3] }).seeds).toEqual([7, 3]);
  });

  test("lets an environment have steps of its own, and names it with its options", () => {
    const options = { maxEpisodeSteps: 9 };
    const { environments } = comparison({ ...ARMS, environments: [{ ...ENV, steps: 7, options }] });
    expect(environments[0].steps).toBe(7);
    expect(environmentName(environments[0])).toBe("CartPole-v1 (maxEpisodeSteps=9)");
  });
});

describe("other steps and seeds", () => {
  test("replace those of the spec and of its environments", () => {
    const json = { ...ARMS, environments: [{ ...ENV, steps: 7 }, "Acrobot-v1"], seeds: 9 };
    const { environments, seeds } = readSpec("s", overrideSpec(json, "s", 50, [4]));
    expect(environments.map(({ steps }) => steps)).toEqual([50, 50]);
    expect(seeds).toEqual([4]);
  });

  test("that are not given leave the spec as it is", () => {
    expect(overrideSpec(ARMS, "s", undefined, undefined)).toBe(ARMS);
  });
});

test("what is shipped is valid, named like its file, and for two cores: 64-64, at most 20,000 updates", () => {
  const files = readdirSync(SPECS);
  expect(files).toEqual(
    expect.arrayContaining(
      ["hyper-parameters", "rainbow-ablation", "replay-stability", "reward-curves"].map((name) => `${name}.json`),
    ),
  );
  for (const file of files) {
    const spec = readSpec(file, JSON.parse(readFileSync(join(SPECS, file), "utf8")));
    expect(`${spec.name}.json`).toBe(file);
    for (const { steps, settings } of spec.environments) {
      const shared = settings.trainIntervalSteps ?? spec.settings.trainIntervalSteps;
      // PQN learns in rounds and has no such interval.
      const arms = spec.kind === "comparison" ? spec.arms.filter(({ algorithm }) => algorithm !== "pqn") : [];
      const intervals =
        spec.kind === "comparison" ? arms.map((arm) => arm.settings.trainIntervalSteps ?? shared) : [shared];
      for (const every of intervals) expect(steps / (every as number), file).toBeLessThanOrEqual(20_000);
    }
    const { network, "network.hidden": hidden } = spec.settings as Record<string, { hidden: unknown }>;
    expect(hidden ?? network.hidden).toEqual([64, 64]);
  }
});

describe("what is refused", () => {
  const cases: [string, unknown, RegExp][] = [
    ["no object", [], /^s: expected an object, got \[\]/],
    ["a key", { ...ARMS, sedes: 3 }, /^s: option expected a known name, got "sedes"\. Did you mean seeds\?$/],
    ["no name", { ...ARMS, name: undefined }, /^s: name expected to be given/],
    ["a name that is no folder", { ...ARMS, name: "../x" }, /^s: name expected letters.*got "\.\.\/x"/],
    ["no question", { ...ARMS, question: 3 }, /^s: question expected a text, got 3/],
    ["no environments", { ...ARMS, environments: [] }, /^s: environments expected a list of at least one/],
    [
      "an environment twice",
      { ...ARMS, environments: [ENV, ENV] },
      /environments expected to differ, got "CartPole-v1"/,
    ],
    ["an environment's key", { ...ARMS, environments: [{ ...ENV, optons: 1 }] }, /environments\[0\]: .*mean options\?/],
    ["no steps", { ...ARMS, steps: undefined }, /^s: steps expected a number, got nothing/],
    ["half a step", { ...ARMS, steps: 1.5 }, /^s: steps expected an integer at least 1, got 1\.5/],
    [
      "a reference upside down",
      { ...ARMS, environments: [{ ...ENV, reference: { low: 1, high: 0 } }] },
      /environments\[0\]: reference: high expected a number above 1, got 0/,
    ],
    ["no seeds", { ...ARMS, seeds: 0 }, /^s: seeds expected an integer at least 1, got 0/],
    ["a seed twice", { ...ARMS, seeds: [1, 1] }, /^s: seeds expected to differ, got 1 twice/],
    ["a negative seed", { ...ARMS, seeds: [-1] }, /^s: seeds: seed expected an integer at least 0/],
    ["a seed that judges", { ...ARMS, seeds: [10_050] }, /^s: seeds expected none that an evaluation uses, got 10050/],
    [
      "evaluations that overlap",
      { ...ARMS, evaluation: { seed: 10_050 } },
      /^s: evaluation expected episodes of its own at the end, got seeds from 10050 and from 10000/,
    ],
    ["a key of the evaluation", { ...ARMS, evaluation: { evry: 1 } }, /^s: evaluation: option expected a known name/],
    ["a metric", { ...ARMS, metric: "best" }, /^s: metric expected "final" or "area", got "best"/],
    ["neither arms nor grid", BASE, /^s: expected either arms or grid, got neither/],
    ["arms and grid", { ...ARMS, grid: {} }, /^s: expected either arms or grid, got both/],
    ["an arm twice", { ...ARMS, arms: [ONE, ONE] }, /^s: arms expected to differ, got "one" twice/],
    ["an arm without algorithm", { ...ARMS, arms: [{ name: "x" }] }, /^s: arms\[0\]: algorithm expected to be given/],
    ["an arm's key", { ...ARMS, arms: [{ ...ONE, setings: {} }] }, /^s: arms\[0\]: .*Did you mean settings\?/],
    ["a grid without algorithm", { ...BASE, grid: { tau: [1] } }, /^s: algorithm expected to be given/],
    ["an empty grid", { ...GRID, grid: {} }, /^s: grid expected at least one factor/],
    ["a factor without values", { ...GRID, grid: { tau: [] } }, /^s: grid: tau expected at least one value/],
    ["a factor without levels", { ...GRID, grid: { tau: {} } }, /^s: grid: tau expected at least one level/],
    ["a value twice", { ...GRID, grid: { tau: [1, 1] } }, /^s: grid: tau: values expected to differ, got "1" twice/],
    ["a level that is no settings", { ...GRID, grid: { x: { on: 3 } } }, /^s: grid: x: on: expected an object, got 3/],
    ["a search without its space", { ...ARMS, search: {} }, /got "search"/],
    ["a search over several scales", { ...TUNING, environments: ["A", "B"] }, /^s: reference expected in every/],
    ["a search without algorithm", { ...TUNING, algorithm: undefined }, /^s: algorithm expected to be given/],
    ["arms in a search", { ...TUNING, arms: [] }, /got "arms"/],
  ];
  test.each(cases)("%s", (_, json, message) => {
    expect(() => readSpec("s", JSON.parse(JSON.stringify(json)))).toThrow(message);
  });
});
