// Cold start of Bellwether and other libraries: the time from just before the import to the first greedy action of a policy,
// in each runtime, with a fresh start every time. All libraries must choose the same actions from the same weights.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RUNTIMES } from "./first-action/runtimes.mjs";
import { encodeTask } from "./first-action/task.mjs";
import { makePolicy } from "./policy.mjs";

/**
 * Measures cold starts.
 * @param starts counted starts of each library in each runtime, in turns; one more start before them fills the disk cache
 * @yields for each runtime `{ runtime, version, times: { bellwether: number[], ... }, missing: { [peer]: why } }` with
 *   milliseconds, or `{ runtime, absent }` with the reason
 * @throws Error when two libraries choose different actions
 */
export async function* firstActions(starts) {
  const task = encodeTask(makePolicy());
  for (const runtime of RUNTIMES) {
    if (runtime.version === undefined) {
      yield { runtime: runtime.name, absent: runtime.absent };
      continue;
    }
    const work = mkdtempSync(join(tmpdir(), "bellwether-versus-"));
    try {
      yield { runtime: runtime.name, version: runtime.version, ...(await inTurns(runtime, work, task, starts)) };
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
}

async function inTurns(runtime, work, task, starts) {
  const times = {};
  const missing = {};
  const asks = {};
  let expected;
  for (const name of ["bellwether", ...runtime.peers]) {
    let actions;
    try {
      asks[name] = await runtime.prepare(name, work);
      ({ actions } = await asks[name](task));
    } catch (error) {
      if (name === "bellwether") throw error;
      missing[name] = error.message.replaceAll(/\s+/g, " ");
      continue;
    }
    expected ??= actions.join("");
    if (actions.join("") !== expected) {
      throw new Error(`${name} in ${runtime.name}: actions expected ${expected}, got ${actions.join("")}`);
    }
    times[name] = [];
  }
  for (let i = 0; i < starts; i++) {
    for (const name of Object.keys(times)) times[name].push((await asks[name](task)).milliseconds);
  }
  return { times, missing };
}
