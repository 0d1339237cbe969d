// An experiment as data: what runs, on what, how often, and how it is judged. Read from JSON with every field checked;
// docs/experiments.md is the reference of the format.
//
//   comparison   arms (or a grid of them) x environments x seeds
//   tuning       a search space and a method in place of the arms

import { requireSeed } from "../engine/random.ts";
import { show } from "../errors.ts";
import { readSearch, type Search } from "./search.ts";
import { readSpace, type SearchSpace } from "./search-space.ts";
import { requireDistinct, requireJsonObject, type Settings, SpecFields } from "./spec-fields.ts";

export interface EnvironmentSpec {
  readonly id: string;
  readonly options: Settings;
  /** Environment steps of each run. */
  readonly steps: number;
  /** Over the experiment's, under an arm's. */
  readonly settings: Settings;
  /** Scores that count as 0 and 1 where environments are put together. */
  readonly reference: { readonly low: number; readonly high: number } | null;
}

export interface Arm {
  readonly name: string;
  readonly algorithm: string;
  /** A preset's name, false for none, null for the environment's own. */
  readonly preset: string | false | null;
  readonly settings: Settings;
  /** Of a grid: the level of each factor. */
  readonly levels: Readonly<Record<string, string>>;
}

export interface EvaluationSpec {
  /** Environment steps between two greedy evaluations of a run. */
  readonly everySteps: number;
  readonly episodes: number;
  /** Of the first episode; each next one has the next seed. */
  readonly seed: number;
  /** Episodes of the last weights. */
  readonly finalEpisodes: number;
  readonly finalSeed: number;
}

/** "final": mean return of the last weights. "area": mean of the evaluation curve over the whole run. */
export type Metric = "final" | "area";

interface Experiment {
  readonly name: string;
  readonly question: string;
  readonly environments: readonly EnvironmentSpec[];
  readonly seeds: readonly number[];
  readonly settings: Settings;
  readonly evaluation: EvaluationSpec;
  readonly metric: Metric;
  /** What was read, for the report. */
  readonly json: Settings;
}

export interface Comparison extends Experiment {
  readonly kind: "comparison";
  readonly arms: readonly Arm[];
  /** Of a grid, in order; empty where arms were listed. */
  readonly factors: readonly string[];
}

export interface Tuning extends Experiment {
  readonly kind: "tuning";
  readonly algorithm: string;
  readonly preset: string | false | null;
  readonly space: SearchSpace;
  readonly search: Search;
}

const COMMON = ["name", "question", "algorithm", "preset", "environments", "steps", "seeds", "settings", "evaluation"];
const COMPARISON = [...COMMON, "metric", "arms", "grid"];
const TUNING = [...COMMON, "metric", "search", "space"];

/** Far from the seeds of training (small numbers, by custom) and of the final evaluation, as `bellwether train` has them. */
const EVALUATION = { everySteps: 1000, episodes: 20, seed: 1_000_000, finalEpisodes: 100, finalSeed: 10_000 };

/**
 * @param where names the spec in messages
 * @throws TypeError or RangeError for a missing, unknown or wrong field; whether algorithms, environments and settings
 *   exist is for those to say who know them
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

/** Steps, seeds or both in place of the spec's, for a first try. */
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

/** The id, with its options where there are some. */
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

/** Episodes that an agent was trained on must not judge it, and those of the curve not the result. */
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

/** A factor is a setting with a list of values, or a name with settings per level. */
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

/** A setting's value as a reader writes it: 0.001, huber, [64,64]. */
export function plainText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
