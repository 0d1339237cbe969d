// The comparison with other libraries in its shortest form: all run, all compute the same update and choose the same
// actions (or the run fails), and what it prints last is the JSON that it promises. `N passed, N failed` is the last line.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { LIBRARIES as ACTORS } from "../../bench/versus/act.mjs";
import { LIBRARIES as LEARNERS, TOLERANCE } from "../../bench/versus/update.mjs";

const PROGRAM = join(import.meta.dirname, "../../build/tools/bench/versus.js");
/** Parts that not every runtime has. */
const OPTIONAL = ["bellwether-relaxed"];

let passed = 0;
let failed = 0;

function check(name, problem) {
  if (problem === undefined) passed++;
  else failed++;
  console.log(problem === undefined ? `yes  ${name}` : `NO   ${name}: ${problem}`);
}

const quick = spawnSync(process.execPath, [PROGRAM, "--quick", "--only", "4-64-64-2", "--json"], { encoding: "utf8" });
process.stdout.write(quick.stdout);
check("the run ends well", quick.status === 0 ? undefined : `status ${quick.status}: ${quick.stderr.slice(-600)}`);

let results = [];
try {
  ({ results } = JSON.parse(quick.stdout.trimEnd().split("\n").at(-1)));
  check("its last line is JSON");
} catch (error) {
  check("its last line is JSON", error.message);
}

for (const [name, [ours, ...peers]] of [
  ["update/4-64-64-2/b64", LEARNERS],
  ["act/4-64-64-2", ACTORS],
]) {
  const entries = results.filter((entry) => entry.name === name);
  const own = entries.filter(({ peer }) => peer === undefined);
  check(`${name}: ${ours}`, own.length === 1 && own[0].microseconds > 0 ? undefined : JSON.stringify(own));
  for (const peer of peers) {
    const found = entries.filter((entry) => entry.peer === peer);
    check(`${name}: ${peer}`, found.length === 1 ? problemOf(found[0]) : `${found.length} entries`);
  }
}

function problemOf(entry) {
  const { name, peer, missing, ratio, microseconds, oursMicroseconds, difference } = entry;
  if (missing !== undefined) return OPTIONAL.includes(peer) ? undefined : `not run, ${missing}`;
  const arePositive = [ratio, microseconds, oursMicroseconds].every((value) => value > 0);
  const isSame = name.startsWith("act/") || (difference >= 0 && difference <= TOLERANCE);
  return arePositive && isSame ? undefined : JSON.stringify(entry);
}

const wrong = spawnSync(process.execPath, [PROGRAM, "--only", "4-64-64-3"], { encoding: "utf8" });
const message = "bench:versus: --only expected part of one of update/4-64-64-2/b64, ";
check(
  "a name that fits nothing is refused",
  wrong.status !== 0 && wrong.stderr.includes(message) ? undefined : wrong.stderr,
);

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
