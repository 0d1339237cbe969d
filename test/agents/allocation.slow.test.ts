import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** A heap number takes 16 bytes: less than 4 per call means that no call makes one; what is left is the engine's own. */
const BYTES_PER_CALL = 4;

function expectNoAllocation(child: string, names: readonly string[], agent: string[] = []): void {
  const script = fileURLToPath(new URL(child, import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", script, ...agent], { encoding: "utf8" });
  expect(stderr).toBe("");
  const calls = Object.entries(JSON.parse(stdout) as Record<string, { bytesPerCall: number; collections: number }>);
  expect(calls.map(([name]) => name)).toEqual(names);
  for (const [name, { bytesPerCall, collections }] of calls) {
    expect(bytesPerCall, name).toBeLessThan(BYTES_PER_CALL);
    expect(collections, name).toBe(0);
  }
}

test("DQN's act, observe and update allocate nothing and cause no garbage collection", () => {
  expectNoAllocation("allocation-child.mjs", ["act", "explore", "masked", "observe", "update"]);
});

test("act, observe and update of an ensemble allocate nothing", () => {
  expectNoAllocation("allocation-child.mjs", ["act", "explore", "masked", "observe", "update"], ["BootstrappedDQN"]);
});

test("acting and observing for rollouts allocate nothing, one by one or for several environments at once", () => {
  expectNoAllocation("allocation-rollout-child.mjs", ["act", "explore", "masked", "observe", "rows", "normalized"]);
});

test("acting and observing by a policy for a Box allocate nothing", () => {
  expectNoAllocation("allocation-policy-child.mjs", ["act", "explore", "observe", "rows"]);
});

test("exploring by a function of the state allocates nothing", () => {
  expectNoAllocation("allocation-policy-child.mjs", ["act", "explore", "observe", "rows"], ["gsde"]);
});

test("acting and observing with goals and hindsight allocate nothing, ends of episodes included", () => {
  expectNoAllocation("allocation-goals-child.mjs", ["act", "observe"]);
});
