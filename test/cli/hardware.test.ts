import { expect, test } from "vitest";
import { ALGORITHMS } from "../../src/cli/algorithms.ts";
import { findHardware } from "../../src/cli/hardware.ts";

const { dqn, sarsa } = ALGORITHMS;

test("nothing asked for is nothing chosen, for tables too", async () => {
  expect(await findHardware(sarsa, undefined, undefined)).toEqual({});
});

test("backends and engines are found by their names", async () => {
  expect(await findHardware(dqn, "wasm", "strict")).toEqual({ backend: "wasm" });
  expect((await findHardware(dqn, "reference", undefined)).backend).toEqual(expect.any(Function));
});

test.each([
  [sarsa, "wasm", undefined, "sarsa expected neither --backend nor --engine: it has no network. Leave them out."],
  [dqn, "cuda", undefined, '--backend expected "wasm" or "reference", got "cuda". Leave it out for "wasm".'],
  [dqn, undefined, "fast", '--engine expected "strict" or "relaxed", got "fast". Leave it out for "strict".'],
])("what does not fit is refused (%#)", async (algorithm, backend, engine, message) => {
  await expect(findHardware(algorithm, backend, engine)).rejects.toThrow(message);
});
