import { expect, test } from "vitest";
import {
  BitFlip,
  Catch,
  DeepSea,
  MemoryChain,
  NChain,
  registerDiagnostics,
  UmbrellaChain,
} from "../../../src/envs/diagnostics/index.ts";
import { make, registeredIds } from "../../../src/envs/registry.ts";
import { unwrap } from "../../../src/envs/wrappers/wrapper.ts";

const PROBLEMS = [
  ["BitFlip-v0", BitFlip, 10],
  ["DeepSea-v0", DeepSea, undefined],
  ["Catch-v0", Catch, undefined],
  ["MemoryChain-v0", MemoryChain, undefined],
  ["UmbrellaChain-v0", UmbrellaChain, undefined],
  ["NChain-v0", NChain, 1000],
] as const;

test("registers the problems when asked to, not when imported, and once", () => {
  const before = registeredIds();
  expect(before).not.toContain("BitFlip-v0");
  registerDiagnostics();
  registerDiagnostics();
  expect(registeredIds()).toEqual([...before, ...PROBLEMS.map(([id]) => id)]);
  for (const [id, problem, limit] of PROBLEMS) {
    const env = make(id);
    expect(unwrap(env)).toBeInstanceOf(problem);
    expect(env.spec?.maxEpisodeSteps).toBe(limit);
  }
  expect(() => make("NChain-v0", { links: 7 } as never)).toThrow(
    /^make NChain-v0: option expected a known name, got "links"\./,
  );
});
