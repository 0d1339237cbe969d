// One smoke check a runtime: a short training on the device must end where the engine's does.

import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { findBinary } from "../runtimes/binaries.mjs";
import { askBrowser, findBrowser } from "../runtimes/browser-host.mjs";
import { askProcess } from "../runtimes/json-process.mjs";

const FOLDER = import.meta.dirname;
const ROOT = join(FOLDER, "../..");
const RUNTIMES = join(ROOT, "test/runtimes");

/** Fifty updates of float32 sums in another order. */
const TOLERANCE = 1e-3;

/** @param env variables that lead to the adapter @returns how many checks passed and failed */
export async function checkRuntimes(env) {
  installLibrary();
  Object.assign(process.env, env);
  const processCheck = (name, ...command) => [name, () => askProcess(...command, null, FOLDER)];
  const deno = ["run", "--no-prompt", "--node-modules-dir=manual", "--unstable-webgpu", "deno-entry.mjs"];
  const checks = [
    processCheck("Node", process.execPath, ["dawn-entry.mjs"]),
    processCheck("Bun", findBinary(RUNTIMES, "bun"), ["dawn-entry.mjs"]),
    processCheck("Deno", findBinary(RUNTIMES, "deno"), deno),
    ["Chromium", askChromium],
  ];
  let passed = 0;
  for (const [name, ask] of checks) {
    const problem = await ask().then(problemOf, (error) => error.message);
    console.log(problem === undefined ? `yes  ${name}` : `NO   ${name}: ${problem}`);
    if (problem === undefined) passed++;
  }
  return { passed, failed: checks.length - passed };
}

function problemOf({ difference, moved, named }) {
  if (!(difference <= TOLERANCE)) return `values expected within ${TOLERANCE} of the engine's, got ${difference} off`;
  if (!(moved > 20 * TOLERANCE)) return `training expected to move the values, got ${moved}`;
  const advice = 'Import { webgpu } from "bellwether/webgpu" and pass backend: webgpu.';
  if (named !== undefined && !named.includes(advice)) return `advice expected for the name in a bundle, got ${named}`;
  return undefined;
}

async function askChromium() {
  if (findBrowser("Chromium").length === 0) throw new Error("is not installed");
  const { outputFiles } = await build({
    entryPoints: [join(FOLDER, "page-entry.mjs")],
    bundle: true,
    format: "esm",
    minify: true,
    write: false,
  });
  const policy = "script-src 'self' 'wasm-unsafe-eval'";
  const flags = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
  return askBrowser("Chromium", outputFiles[0].text, null, policy, undefined, {}, flags);
}

/** The package as published, without a registry: its manifest and its dist. */
function installLibrary() {
  const target = join(FOLDER, "node_modules/bellwether");
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const name of ["package.json", "dist"]) cpSync(join(ROOT, name), join(target, name), { recursive: true });
}
