// Finds algorithms: the agents of the registry, and agent classes in modules of the user.

import * as registry from "../agents/registry.ts";
import { nearestName, show } from "../errors.ts";
import { type Algorithm, type AlgorithmClass, algorithmOf, isAlgorithmClass } from "./algorithm.ts";
import { chooseExport, type Wanted } from "./module-export.ts";
import { isModuleWord, placeOf, withEnding } from "./module-word.ts";
import { UsageError } from "./usage-error.ts";
import { loadModule, type UserModule } from "./user-module.ts";

/** The registered algorithms by name, in alphabetical order. The names come from the `about` of each class. */
export const ALGORITHMS: Readonly<Record<string, Algorithm>> = Object.fromEntries(
  Object.values<AlgorithmClass>(registry)
    .map((Agent): [string, Algorithm] => [Agent.about.algorithm, algorithmOf(Agent, undefined)])
    .sort(([a], [b]) => (a < b ? -1 : 1)),
);

const WANTED: Wanted = {
  what: "a class of agents (with static about, load)",
  advice: "docs/parts.md shows how to write one.",
  fit: (value) => (isAlgorithmClass(value) ? 0 : undefined),
};

/**
 * Finds an algorithm.
 * @param word a registered name, or the path of a module
 * @param folder folder that a path is relative to
 * @throws UsageError for an unknown name, or a module that exports no class of agents
 */
export async function findAlgorithm(word: string, folder: string): Promise<Algorithm> {
  if (Object.hasOwn(ALGORITHMS, word)) return ALGORITHMS[word];
  if (isModuleWord(word)) {
    const module = await loadModule(word, folder);
    const chosen = chooseExport(module, placeOf(word, folder).exportName, WANTED) as AlgorithmClass;
    checkAbout(module, chosen);
    return algorithmOf(chosen, module);
  }
  const names = Object.keys(ALGORITHMS);
  const near = withEnding(word, folder) ?? nearestName(word, names);
  const advice =
    near === undefined ? `Known: ${names.join(", ")}; or give a file, ./my-agent.mjs.` : `Did you mean ${near}?`;
  throw new UsageError(`algorithm expected a known name or a file, got ${show(word)}. ${advice}`);
}

/** @throws UsageError when a field of `about` is missing or wrong */
function checkAbout(module: UserModule, { about, name }: AlgorithmClass & { readonly name: string }): void {
  const { actions, algorithm, fields, learnsFrom, name: ownName, summary } = about as Partial<AlgorithmClass["about"]>;
  const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
  const rules: readonly (readonly [string, unknown, boolean, string])[] = [
    ["name", ownName, isText(ownName), "text"],
    ["algorithm", algorithm, isText(algorithm), "text"],
    ["summary", summary, isText(summary), "text"],
    ["actions", actions, Array.isArray(actions), 'a list of kinds, such as ["discrete"]'],
    ["learnsFrom", learnsFrom, learnsFrom === "steps" || learnsFrom === "rollouts", '"steps" or "rollouts"'],
    ["fields", fields, typeof fields === "object" && fields !== null, "a field for each option"],
  ];
  for (const [key, value, holds, rule] of rules) {
    if (holds) continue;
    throw module.wrong(
      `${name}.about.${key} expected ${rule}, got ${show(value)}. docs/parts.md shows how to write it.`,
    );
  }
  if (typeof algorithm !== "string" || !Object.hasOwn(ALGORITHMS, algorithm)) return;
  throw module.wrong(
    `${name}.about.algorithm expected a name of its own, got ${show(algorithm)}, which the library uses. Choose another.`,
  );
}
