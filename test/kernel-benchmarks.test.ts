import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RecordingBackend } from "../bench/agents/kernel-calls.ts";
import { kernelTasks } from "../bench/kernels/kernels.bench.ts";
import { replayTasks } from "../bench/replay/replay-buffer.bench.ts";
import { Engine } from "../src/engine/engine.ts";

const EXPORTS = readFileSync(join(import.meta.dirname, "../assembly/index.ts"), "utf8");

/** Named exports of assembly/kernels and assembly/replay. */
function kernels(): string[] {
  const lists = [...EXPORTS.matchAll(/export \{([^}]*)\} from "\.\/(?:kernels|replay)\//g)];
  const names = lists.flatMap(([, list]) => list.split(",").map((name) => name.trim()));
  // What only says how much memory to plan, or how products run, computes nothing.
  return names.filter((name) => name !== "" && !name.endsWith("_bytes") && name !== "gemm_tile_form").sort();
}

test("every kernel is benchmarked", () => {
  expect(kernels().length).toBeGreaterThan(40);
  const exports = { ...new Engine().exports } as Readonly<Record<string, unknown>>;
  for (const kernel of kernels()) expect(exports[kernel], kernel).toBeTypeOf("function");

  const backend = new RecordingBackend();
  const tasks = [...kernelTasks(backend), ...replayTasks([200], backend)];
  const called = new Set(tasks.flatMap(({ run }) => backend.record(run).map(({ kernel }) => kernel)));
  expect(kernels().filter((kernel) => !called.has(kernel))).toEqual([]);
});

test("no two benchmarks of kernels have one name", () => {
  const names = kernelTasks().map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
});
