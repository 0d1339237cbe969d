// Writes the types of the engine's exports, from the declarations that asc writes beside a binary (--bindings raw). Those
// describe exports behind adapters. The host calls the exports directly, where a boolean is a number.

/** @returns the signature of each export by name, as an interface has it: "(x: number, n: number): void" */
function signatures(bindings) {
  const found = [...bindings.matchAll(/^ {2}export function (\w+)(\(.*\): (?:number|boolean|void));$/gm)];
  const declared = bindings.match(/\bexport function \w/g) ?? [];
  if (found.length === 0 || found.length !== declared.length) {
    throw new Error(`engine-types: bindings expected functions of numbers, got ${found.length} of ${declared.length}.`);
  }
  return new Map(found.map(([, name, rest]) => [name, rest.replaceAll("boolean", "number")]));
}

const members = (entries) => entries.map(([name, signature]) => `  ${name}${signature};\n`).join("");

/** @param bindings declarations of the engine for one thread */
export function engineTypes(bindings) {
  return (
    "/** What the engine exports: numbers in, numbers out. Addresses are bytes into its memory; 0 is none. */\n" +
    `export interface EngineExports {\n${members([...signatures(bindings)])}}\n`
  );
}

/** Returns the additional exports of the engine for shared memory. The others must equal `bindings`: the host calls both. */
export function threadedEngineTypes(bindings, threadedBindings) {
  const [alone, threaded] = [signatures(bindings), signatures(threadedBindings)];
  const different = [...alone].filter(([name, signature]) => threaded.get(name) !== signature);
  if (different.length > 0) {
    throw new Error(
      `engine-types: threaded exports expected the signatures of those for one thread, got others of ${different.map(([name]) => name).join(", ")}.`,
    );
  }
  const own = [...threaded].filter(([name]) => !alone.has(name));
  return (
    'import type { EngineExports } from "./strict.js";\n' +
    "/** What the engine for shared memory exports. */\n" +
    `export interface ThreadedEngineExports extends EngineExports {\n${members(own)}}\n`
  );
}
