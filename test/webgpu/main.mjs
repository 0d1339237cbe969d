// The WebGPU backend on whatever adapter there is, a software one in CI: the conformance suite, the backend's own tests, and
// a smoke check in every runtime. `N passed, N failed` is the last line.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findAdapter } from "./adapter.mjs";
import { checkRuntimes } from "./runtimes.mjs";

const FOLDER = import.meta.dirname;
const ROOT = join(FOLDER, "../..");

const adapter = findAdapter(FOLDER);
if (adapter === undefined) {
  console.log("no adapter: install a Vulkan driver, or Chromium, whose SwiftShader is one (apt-get install chromium)");
  console.log("0 passed, 1 failed");
  process.exit(1);
}
console.log(`adapter: ${adapter.name}`);

const work = mkdtempSync(join(tmpdir(), "bellwether-webgpu-"));
const report = join(work, "report.json");
const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
const { status } = spawnSync(
  process.execPath,
  [vitest, "run", "--config", join(FOLDER, "vitest.config.ts"), ...reporters],
  {
    cwd: ROOT,
    env: adapter.env,
    stdio: "inherit",
  },
);
const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(readFileSync(report, "utf8"));
rmSync(work, { recursive: true, force: true });
const broken = testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;

const broke = numFailedTests + broken + (status !== 0 && numFailedTests + broken === 0 ? 1 : 0);
console.log(`${numPendingTests} skipped, each with its reason in its name`);

const runtimes = await checkRuntimes(adapter.env);
const failed = broke + runtimes.failed;
console.log(`${numPassedTests + runtimes.passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && numPassedTests > 0 ? 0 : 1;
