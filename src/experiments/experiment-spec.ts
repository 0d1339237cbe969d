// The specification of an experiment: arms, environments, seeds and evaluation. It is read from JSON, and every field is
// checked. docs/experiments.md describes the format.
//
//   comparison   arms (or a grid of them) x environments x seeds
//   tuning       a search space and a method in place of the arms

import { requireSeed } from "../engine/random.ts";
import { show } from "../errors.ts";
import { readSearch, type Search } from "./search.ts";
import { readSpace, type SearchSpace } from "./search-space.ts";
import { requireDistinct, requireJsonObject, type Settings, SpecFields } from "./spec-fields.ts";

/** An environment of an experiment. */
export interface EnvironmentSpec {
  /** Name of the environment, such as "CartPole-v1". */
  readonly id: string;
  /** Options of the environment. */
  readonly options: Settings;
  /** Environment steps of each run. */
  readonly steps: number;
  /** Settings of the agent in this environment. They override the experiment's settings; an arm's settings override them. */
  readonly settings: Settings;
  /** Scores that become 0 and 1 when scores of several environments are combined; null: none given. */
  readonly reference: { readonly low: number; readonly high: number } | null;
}

/** One of the compared agents: an algorithm with its settings. */
export interface Arm {
  /** Name in reports. */
  readonly name: string;
  /** Name of the algorithm, such as "dqn". */
  readonly algorithm: string;
  /** Name of a preset; false: no preset; null: the preset of the environment. */
  readonly preset: string | false | null;
  /** Settings of the agent. They override all other settings. */
  readonly settings: Settings;
  /** Level of each factor, in a grid; otherwise empty. */
  readonly levels: Readonly<Record<string, string>>;
}

/** The evaluation of runs. */
export interface EvaluationSpec {
  /** Environment steps between two greedy evaluations of a run. */
  readonly everySteps: number;
  /** Episodes of each evaluation. */
  readonly episodes: number;
  /** Seed of the first episode of each evaluation. Every further episode has the next seed. */
  readonly seed: number;
  /** Episodes of the final evaluation, which plays with the last weights. */
  readonly finalEpisodes: number;
  /** Seed of the first episode of the final evaluation. */
  readonly finalSeed: number;
}

/** Score of a run. "final": mean return of the last weights. "area": time average of the evaluation curve. */
export type Metric = "final" | "area";

interface Experiment {
  readonly name: string;
  readonly question: string;
  readonly environments: readonly EnvironmentSpec[];
  readonly seeds: readonly number[];
  readonly settings: Settings;
  readonly evaluation: EvaluationSpec;
  readonly metric: Metric;
  /** The JSON that was read, for the report. */
  readonly json: Settings;
}

/** An experiment that compares arms. */
export interface Comparison extends Experiment {
  readonly kind: "comparison";
  /** The compared arms. */
  readonly arms: readonly Arm[];
  /** Names of the factors of a grid, in order; empty when arms were listed. */
  readonly factors: readonly string[];
}

/** An experiment that searches for settings. */
export interface Tuning extends Experiment {
  readonly kind: "tuning";
  /** Name of the algorithm, such as "dqn". */
  readonly algorithm: string;
  /** Name of a preset; false: no preset; null: the preset of the environment. */
  readonly preset: string | false | null;
  /** Ranges from which settings are drawn. */
  readonly space: SearchSpace;
  /** Method and budget of the search. */
  readonly search: Search;
}

const COMMON = ["name", "question", "algorithm", "preset", "environments", "steps", "seeds", "settings", "evaluation"];
const COMPARISON = [...COMMON, "metric", "arms", "grid"];
const TUNING = [...COMMON, "metric", "search", "space"];

/**
 * Defaults of the evaluation. Its seeds are far from the usual, small training seeds and from those of the final evaluation, as
 * in `bellwether train`.
 */
const EVALUATION = { everySteps: 1000, episodes: 20, seed: 1_000_000, finalEpisodes: 100, finalSeed: 10_000 };

/**
 * Reads a specification and checks every field. Callers check that algorithms, environments and settings exist.
 * @param where name of the specification in messages
 * @throws TypeError or RangeError for a missing, unknown or wrong field
 */
export function readSpec(where: string, json: unknown): Comparison | Tuning {
  const isTuning = Object.hasOwn(requireJsonObject(where, json), "space");
  const fields = new SpecFields(where, json, isTuning ? TUNING : COMPARISON);
  const name = fields.required("name", fields.text("name"));
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) {
    throw new RangeError(
      `${where}: name expected letters, digits, dots and dashes, got ${show(name)}. It names the folder.`,
    );
  }
  const evaluation = readEvaluation(where, fields.raw("evaluation"));
  const seeds = readSeeds(fields);
  requireFreshSeeds(where, seeds, evaluation);
  const experiment: Experiment = {
    name,
    question: fields.required("question", fields.text("question")),
    environments: readEnvironments(fields),
    seeds,
    settings: fields.object("settings"),
    evaluation,
    metric: fields.oneOf("metric", ["final", "area"]) ?? "final",
    json: json as Settings,
  };
  if (isTuning) {
    const { environments } = experiment;
    if (environments.length > 1 && environments.some(({ reference }) => reference === null)) {
      throw new TypeError(
        `${where}: reference expected in every environment where there are several, got one without. Trials are ranked over all of them; add { "low": ..., "high": ... }.`,
      );
    }
    const search = readSearch(`${where}: search`, fields.raw("search"), environments);
    return {
      ...experiment,
      kind: "tuning",
      algorithm: fields.required("algorithm", fields.text("algorithm")),
      preset: readPreset(fields) ?? null,
      space: readSpace(`${where}: space`, fields.raw("space")),
      search,
    };
  }
  return { ...experiment, kind: "comparison", ...readArms(fields) };
}

/** Returns the specification with other steps, other seeds or both, for a first try. */
export function overrideSpec(json: unknown, where: string, steps: number | undefined, seeds: unknown): Settings {
  const { environments, ...others } = requireJsonObject(where, json);
  if (steps === undefined && seeds === undefined) return json as Settings;
  const withoutSteps = (environment: unknown): unknown => {
    if (typeof environment !== "object" || environment === null || steps === undefined) return environment;
    const { steps: _steps, ...rest } = environment as Record<string, unknown>;
    return rest;
  };
  return {
    ...others,
    ...(environments !== undefined && {
      environments: Array.isArray(environments) ? environments.map(withoutSteps) : environments,
    }),
    ...(steps !== undefined && { steps }),
    ...(seeds !== undefined && { seeds }),
  };
}

function readEnvironments(fields: SpecFields): EnvironmentSpec[] {
  const usual = fields.count("steps", 1);
  const list = fields.required("environments", fields.list("environments"));
  const environments = list.map((entry, i) => {
    const where = `${fields.where}: environments[${i}]`;
    const given = typeof entry === "string" ? { id: entry } : entry;
    const own = new SpecFields(where, given, ["id", "options", "steps", "settings", "reference"]);
    const steps = own.count("steps", 1) ?? usual;
    if (steps === undefined) {
      throw new TypeError(`${fields.where}: steps expected a number, got nothing. Add it here or to each environment.`);
    }
    return {
      id: own.required("id", own.text("id")),
      options: own.object("options"),
      steps,
      settings: own.object("settings"),
      reference: own.has("reference") ? readReference(`${where}: reference`, own.raw("reference")) : null,
    };
  });
  requireDistinct(fields.where, "environments", environments.map(environmentName));
  return environments;
}

/** Returns the id of an environment, followed by its options if there are any. */
export function environmentName({ id, options }: Pick<EnvironmentSpec, "id" | "options">): string {
  const words = Object.entries(options).map(([key, value]) => `${key}=${plainText(value)}`);
  return words.length === 0 ? id : `${id} (${words.join(", ")})`;
}

function readReference(where: string, value: unknown): { low: number; high: number } {
  const fields = new SpecFields(where, value, ["low", "high"]);
  const low = fields.required("low", fields.number("low", {}));
  const high = fields.required("high", fields.number("high", { above: low }));
  return { low, high };
}

function readSeeds(fields: SpecFields): number[] {
  const value = fields.raw("seeds") ?? 5;
  if (typeof value === "number") {
    const count = fields.count("seeds", 1) ?? value;
    return Array.from({ length: count }, (_, i) => i);
  }
  const list = fields.list("seeds") as readonly unknown[];
  const seeds = list.map((seed) => requireSeed(`${fields.where}: seeds`, seed));
  requireDistinct(fields.where, "seeds", seeds);
  return seeds;
}

function readEvaluation(specWhere: string, value: unknown): EvaluationSpec {
  const where = `${specWhere}: evaluation`;
  if (value === undefined) return EVALUATION;
  const fields = new SpecFields(where, value, Object.keys(EVALUATION));
  return {
    everySteps: fields.count("everySteps", 1) ?? EVALUATION.everySteps,
    episodes: fields.count("episodes", 1) ?? EVALUATION.episodes,
    seed: fields.count("seed", 0) ?? EVALUATION.seed,
    finalEpisodes: fields.count("finalEpisodes", 1) ?? EVALUATION.finalEpisodes,
    finalSeed: fields.count("finalSeed", 0) ?? EVALUATION.finalSeed,
  };
}

/** Checks that training, the evaluations of the curve and the final evaluation all use different seeds. @throws RangeError */
export function requireFreshSeeds(where: string, seeds: readonly number[], evaluation: EvaluationSpec): void {
  const { seed, episodes, finalSeed, finalEpisodes } = evaluation;
  const isIn = (value: number, first: number, count: number): boolean => value >= first && value < first + count;
  const used = seeds.find((own) => isIn(own, seed, episodes) || isIn(own, finalSeed, finalEpisodes));
  if (used !== undefined) {
    throw new RangeError(
      `${where}: seeds expected none that an evaluation uses, got ${used}. Move evaluation.seed or evaluation.finalSeed.`,
    );
  }
  if (seed < finalSeed + finalEpisodes && finalSeed < seed + episodes) {
    throw new RangeError(
      `${where}: evaluation expected episodes of its own at the end, got seeds from ${seed} and from ${finalSeed}. Move one.`,
    );
  }
}

function readPreset(fields: SpecFields): string | false | undefined {
  const value = fields.raw("preset");
  if (value === false || value === "none") return false;
  return fields.text("preset");
}

function readArms(fields: SpecFields): { arms: Arm[]; factors: string[] } {
  const where = fields.where;
  const algorithm = fields.text("algorithm");
  const preset = readPreset(fields);
  if (fields.has("arms") === fields.has("grid")) {
    const got = fields.has("arms") ? "both" : "neither";
    throw new TypeError(
      `${where}: expected either arms or grid, got ${got}. Arms are listed, a grid is multiplied out.`,
    );
  }
  if (fields.has("grid")) {
    const named = fields.required("algorithm", algorithm);
    const levels = readGrid(`${where}: grid`, fields.raw("grid"));
    return { arms: multiplyOut(levels, named, preset ?? null), factors: levels.map(({ factor }) => factor) };
  }
  const arms = fields.required("arms", fields.list("arms")).map((entry, i): Arm => {
    const own = new SpecFields(`${where}: arms[${i}]`, entry, ["name", "algorithm", "preset", "settings"]);
    return {
      name: own.required("name", own.text("name")),
      algorithm: own.required("algorithm", own.text("algorithm") ?? algorithm),
      preset: readPreset(own) ?? preset ?? null,
      settings: own.object("settings"),
      levels: {},
    };
  });
  requireDistinct(
    where,
    "arms",
    arms.map(({ name }) => name),
  );
  return { arms, factors: [] };
}

interface Factor {
  readonly factor: string;
  readonly levels: readonly { readonly name: string; readonly settings: Settings }[];
}

/** Reads a grid. A factor is a setting with a list of values, or a name with settings for each level. */
function readGrid(where: string, value: unknown): Factor[] {
  const factors = Object.entries(requireJsonObject(where, value)).map(([factor, levels]): Factor => {
    const inside = `${where}: ${factor}`;
    if (Array.isArray(levels)) {
      if (levels.length === 0) throw new TypeError(`${inside} expected at least one value, got none. Add some.`);
      requireDistinct(inside, "values", levels.map(plainText));
      return { factor, levels: levels.map((level) => ({ name: plainText(level), settings: { [factor]: level } })) };
    }
    const named = Object.entries(requireJsonObject(inside, levels)).map(([name, settings]) => ({
      name,
      settings: requireJsonObject(`${inside}: ${name}`, settings),
    }));
    if (named.length === 0) throw new TypeError(`${inside} expected at least one level, got none. Add some.`);
    return { factor, levels: named };
  });
  if (factors.length === 0) throw new TypeError(`${where} expected at least one factor, got none. Add one.`);
  return factors;
}

function multiplyOut(factors: readonly Factor[], algorithm: string, preset: string | false | null): Arm[] {
  let arms: Arm[] = [{ name: "", algorithm, preset, settings: {}, levels: {} }];
  for (const { factor, levels } of factors) {
    arms = arms.flatMap((arm) =>
      levels.map(({ name, settings }) => ({
        ...arm,
        name: `${arm.name === "" ? "" : `${arm.name}, `}${factor} ${name}`,
        settings: { ...arm.settings, ...settings },
        levels: { ...arm.levels, [factor]: name },
      })),
    );
  }
  return arms;
}

/** Returns the value of a setting as people write it: 0.001, huber, [64,64]. */
export function plainText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
