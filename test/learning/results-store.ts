// Results of finished seeds, one file per bar under docs/results: what docs/results.md is written from. They are kept with
// the project, so that one bar can be run again, or added, without the hours that all the others take.
//
// A file holds for the recipe it names, which is all that a bar and its preset say: where that has changed since, its seeds
// no longer count.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { AGENTS } from "./agents.ts";
import type { Bar } from "./bars.ts";
import type { SeedResult } from "./seed-run.ts";

interface Stored {
  readonly recipe: unknown;
  readonly seeds: readonly SeedResult[];
}

/** What decides the results of a bar's seeds, as JSON shows it. */
export function recipeOf(bar: Bar): unknown {
  const { algorithm, env, envOptions, keepEverySteps, options, steps, successAbove } = bar;
  const preset = AGENTS[algorithm].presets[bar.preset ?? env]?.options;
  return JSON.parse(
    JSON.stringify({ algorithm, env, envOptions, steps, preset, options, keepEverySteps, successAbove }),
  );
}

export class ResultsStore {
  readonly #folder: string;

  /** @param folder that exists */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Those of the bar as it is now, by seed. */
  read(bar: Bar): SeedResult[] {
    const file = this.#fileOf(bar);
    if (!existsSync(file)) return [];
    const { recipe, seeds } = JSON.parse(readFileSync(file, "utf8")) as Stored;
    return JSON.stringify(recipe) === JSON.stringify(recipeOf(bar)) ? [...seeds] : [];
  }

  /** Adds a seed, or replaces it; a line each, so that changes are read easily. */
  add(bar: Bar, result: SeedResult): void {
    const others = this.read(bar).filter(({ seed }) => seed !== result.seed);
    const seeds = [...others, result].sort((a, b) => a.seed - b.seed).map((one) => JSON.stringify(one));
    const recipe = JSON.stringify(recipeOf(bar));
    writeFileSync(this.#fileOf(bar), `{"recipe":${recipe},\n"seeds":[\n${seeds.join(",\n")}\n]}\n`);
  }

  #fileOf(bar: Bar): string {
    return `${this.#folder}/${bar.key}.json`;
  }
}
