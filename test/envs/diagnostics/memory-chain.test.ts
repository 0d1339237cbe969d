import { expect, test } from "vitest";
import { MemoryChain } from "../../../src/envs/diagnostics/memory-chain.ts";

/** An episode with given bits and question, at its start. */
function asked(env: MemoryChain, query: number, bits: readonly number[]): void {
  env.reset({ seed: 0 });
  env.loadState({ ...(env.saveState() as object), episode: [0, query, ...bits] });
}

test("shows the bits first and the question last, and pays the answer", () => {
  const env = new MemoryChain({ memoryLength: 4, bits: 3 });
  asked(env, 2, [1, 0, 1]);
  const steps = [0, 1, 0, 1].map((action) => env.step(action));
  expect(steps.map(({ observation }) => Array.from(observation))).toEqual([
    [0.75, 0, 0, 0, 0],
    [0.5, 0, 0, 0, 0],
    [0.25, 2, 0, 0, 0],
    [0, 0, 0, 0, 0],
  ]);
  expect(steps.map(({ reward }) => reward)).toEqual([0, 0, 0, 1]);
  expect(steps.map(({ terminated }) => terminated)).toEqual([false, false, false, true]);
  expect(env.step(1)).toMatchObject({ reward: 0, terminated: true });
  asked(env, 1, [1, 0, 1]);
  expect([1, 1, 1, 1].map((action) => env.step(action).reward)).toEqual([0, 0, 0, -1]);
});

test("starts with the bits as -1 and 1, drawn anew", () => {
  const env = new MemoryChain({ bits: 2 });
  const starts = new Set(Array.from({ length: 40 }, (_, seed) => String(env.reset({ seed }).observation)));
  expect(starts).toEqual(new Set(["1,0,-1,-1", "1,0,-1,1", "1,0,1,-1", "1,0,1,1"]));
  env.reset({ seed: 3 });
  const { observation } = new MemoryChain({ memoryLength: 1, bits: 1 }).reset({ seed: 0 });
  expect(Math.abs(observation[2])).toBe(1);
});

test("draws the bits with the question", () => {
  const env = new MemoryChain({ memoryLength: 4, bits: 3 });
  asked(env, 2, [1, 0, 1]);
  expect(env.renderText()).toBe("bits  1  0 [1]\nstep 0 of 4");
});

test("refuses bad options", () => {
  expect(() => new MemoryChain({ memoryLength: 0 })).toThrow(
    new RangeError("MemoryChain: memoryLength expected an integer at least 1, got 0. It counts steps."),
  );
  expect(() => new MemoryChain({ bits: 1.5 })).toThrow(
    new RangeError("MemoryChain: bits expected an integer at least 1, got 1.5. Default: 1."),
  );
});
