import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** A heap number takes 16 bytes: less than 4 per call means that no call makes one; what is left is the engine's own. */
const BYTES_PER_CALL = 4;

/**
 * Under load the optimizing compiler may end with code in which one number stays a heap object, and keeps it (measured: 16
 * bytes a call in every window of a process, beside two builds). What a call itself allocates shows in every process.
 */
const PROCESSES = 3;

interface Allocation {
  readonly bytesPerCall: number;
  readonly collections: number;
}

const isClean = ({ bytesPerCall, collections }: Allocation): boolean =>
  bytesPerCall < BYTES_PER_CALL && collections === 0;

function measure(child: string, agent: string[]): [string, Allocation][] {
  const script = fileURLToPath(new URL(child, import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", script, ...agent], { encoding: "utf8" });
  expect(stderr).toBe("");
  return Object.entries(JSON.parse(stdout) as Record<string, Allocation>);
}

function expectNoAllocation(child: string, names: readonly string[], agent: string[] = []): void {
  let left: [string, Allocation][] = [];
  for (let process = 0; process < PROCESSES; process++) {
    const found = measure(child, agent);
    expect(found.map(([name]) => name)).toEqual(names);
    const before = new Set(left.map(([name]) => name));
    left = found.filter(([name, allocation]) => (process === 0 || before.has(name)) && !isClean(allocation));
    if (left.length === 0) return;
  }
  expect(left).toEqual([]);
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
