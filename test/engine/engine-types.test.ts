// How declarations of the engine's exports come from those that its compiler writes (scripts/engine-types.mjs).

import { expect, test } from "vitest";
import { engineTypes, threadedEngineTypes } from "../../scripts/engine-types.mjs";

/** As asc writes it. */
function bindingsOf(...functions: string[]): string {
  const declarations = functions.map((declaration) => `  /** as in assembly */\n  export function ${declaration};\n`);
  return `declare namespace __AdaptedExports {\n  export const memory: WebAssembly.Memory;\n${declarations.join("")}}\n`;
}

test("every function becomes a member, and booleans become the numbers that they are", () => {
  const types = engineTypes(bindingsOf("heap_base(): number", "mix(x: number, isLast: boolean): boolean"));
  expect(types).toContain(
    "export interface EngineExports {\n  heap_base(): number;\n  mix(x: number, isLast: number): number;\n}\n",
  );
});

test("an export that takes or gives anything but numbers stops the build", () => {
  expect(() => engineTypes(bindingsOf("heap_base(): number", "name(): string"))).toThrow(
    "engine-types: bindings expected functions of numbers, got 1 of 2.",
  );
  expect(() => engineTypes("")).toThrow("engine-types: bindings expected functions of numbers, got 0 of 0.");
});

test("the engine for shared memory declares what it has beside", () => {
  const alone = bindingsOf("heap_base(): number");
  const types = threadedEngineTypes(alone, bindingsOf("heap_base(): number", "team_open(block: number): void"));
  expect(types).toContain("extends EngineExports {\n  team_open(block: number): void;\n}\n");
  expect(types).not.toContain("heap_base");
});

test("an export that threads would call otherwise stops the build", () => {
  const alone = bindingsOf("heap_base(): number", "adam_step(p: number): void", "sgd_step(p: number): void");
  const threaded = bindingsOf("heap_base(): number", "adam_step(p: number, n: number): void");
  expect(() => threadedEngineTypes(alone, threaded)).toThrow(
    "engine-types: threaded exports expected the signatures of those for one thread, got others of adam_step, sgd_step.",
  );
});
