import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** A heap number takes 16 bytes: less than 4 per call means that no call makes one; what is left is the engine's own. */
const BYTES_PER_CALL = 4;

test("DQN's act, observe and update allocate nothing and cause no garbage collection", () => {
  const script = fileURLToPath(new URL("allocation-child.mjs", import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", script], { encoding: "utf8" });
  expect(stderr).toBe("");
  const calls = Object.entries(JSON.parse(stdout) as Record<string, { bytesPerCall: number; collections: number }>);
  expect(calls.map(([name]) => name)).toEqual(["act", "explore", "masked", "observe", "update"]);
  for (const [name, { bytesPerCall, collections }] of calls) {
    expect(bytesPerCall, name).toBeLessThan(BYTES_PER_CALL);
    expect(collections, name).toBe(0);
  }
});
