// The runtime matrix: the same training in every runtime must end in the same bits, of every agent that there is, and each
// one takes up the run that another one saved. Browsers run under a content security policy that allows WebAssembly and no other code from strings;
// under one that does not, the error must say what is to be allowed. Prints a table of what passed; `N passed, N failed` is
// its last line.
//
//   node main.mjs [runtime ...]     all of them, or those whose name begins with one of the arguments

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { findBinary } from "./binaries.mjs";
import { askBrowser, findBrowser } from "./browser-host.mjs";
import { askProcess } from "./json-process.mjs";
import { askWorker, WORKER_BUNDLE } from "./worker-host.mjs";

const FOLDER = import.meta.dirname;
const ROOT = join(FOLDER, "../..");
const work = mkdtempSync(join(tmpdir(), "bellwether-runtimes-"));

/** Runtimes that may be absent, and why: a reason here is printed, a runtime that is absent without one is a failure. */
const MAY_BE_ABSENT = {
  WebKitGTK: "needs the Debian packages webkit2gtk-driver, xvfb and xauth",
  // The packages node-22, node-24 and node-26 are executables for this platform alone.
  ...(process.platform === "linux" && process.arch === "x64"
    ? {}
    : Object.fromEntries(["Node 22", "Node 24", "Node 26"].map((name) => [name, "comes for Linux on x64 only"]))),
};

/** Runtimes that cannot share memory among threads, and what they lack. */
const WITHOUT_THREADS = { workerd: "workers", WebKitGTK: "SharedArrayBuffer" };

/** What a page needs for shared memory. */
const ISOLATION = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

installLibrary();
const pageFiles = new Map([["/team-worker.js", readFileSync(join(ROOT, "dist/backends/threads/team-worker.js"))]]);
const pageScript = await bundlePage();
await bundleWorker();

const runtimes = [
  processRuntime(`Node ${process.versions.node.split(".")[0]}`, process.execPath, []),
  ...["22", "24", "26"].map((major) => processRuntime(`Node ${major}`, findBinary(FOLDER, `node-${major}`), [])),
  processRuntime("Deno", findBinary(FOLDER, "deno"), ["run", "--no-prompt", "--node-modules-dir=manual"]),
  processRuntime("Bun", findBinary(FOLDER, "bun"), []),
  {
    name: "workerd",
    version: versionOf(findBinary(FOLDER, "workerd")),
    ask: (task) => askWorker(findBinary(FOLDER, "workerd"), work, task),
  },
  ...["Chromium", "Firefox", "WebKitGTK"].map((name) => ({
    name,
    version: versionOf(...findBrowser(name)),
    ask: (task) => askBrowser(name, pageScript, task, "script-src 'self' 'wasm-unsafe-eval'", pageFiles, ISOLATION),
    askUnderPolicy: (task) => askBrowser(name, pageScript, task, "script-src 'self'"),
    // No file for workers: their text takes its place.
    askWithoutFile: (task) =>
      askBrowser(name, pageScript, task, "script-src 'self' 'wasm-unsafe-eval' blob:", new Map(), ISOLATION),
  })),
].filter(({ name }, i, all) => isWanted(name) && all.findIndex((other) => other.name === name) === i);

function isWanted(name) {
  const wanted = process.argv.slice(2);
  return wanted.length === 0 || wanted.some((prefix) => name.toLowerCase().startsWith(prefix.toLowerCase()));
}

function processRuntime(name, path, args) {
  return {
    name,
    version: versionOf(path),
    ask: (task) => askProcess(path, [...args, "process-entry.mjs"], task, FOLDER),
    askFileByFile: (task) => askProcess(path, [...args, "--conditions=module", "process-entry.mjs"], task, FOLDER),
    askRequiring: (task) => askProcess(path, [...args, "require-entry.cjs"], task, FOLDER),
  };
}

/** @returns undefined where there is no such executable */
function versionOf(command, ...args) {
  if (command === undefined) return undefined;
  const { stdout } = spawnSync(command, [...args, "--version"], { encoding: "utf8" });
  return /\d+([.-]\d+)+/.exec(stdout ?? "")?.[0];
}

/** The package as published, without a registry: its manifest and its dist. */
function installLibrary() {
  const target = join(FOLDER, "node_modules/bellwether");
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const name of ["package.json", "dist"]) cpSync(join(ROOT, name), join(target, name), { recursive: true });
}

async function bundlePage() {
  const { outputFiles } = await build({
    entryPoints: [join(FOLDER, "page-entry.mjs")],
    bundle: true,
    format: "esm",
    minify: true,
    write: false,
  });
  return outputFiles[0].text;
}

async function bundleWorker() {
  const entryPoints = [{ in: join(FOLDER, "worker-entry.mjs"), out: "worker" }];
  await build({ ...WORKER_BUNDLE, entryPoints, outdir: work });
}

// First every runtime trains, then each takes up what the one before it saved.
const present = [];
const rows = [];
for (const runtime of runtimes) {
  const { name, version, ask } = runtime;
  if (version === undefined) {
    const reason = MAY_BE_ABSENT[name];
    rows.push({
      name,
      version: "absent",
      skipped: reason,
      error: reason === undefined ? "is not installed" : undefined,
    });
    continue;
  }
  const begun = performance.now();
  const row = { name, version };
  rows.push(row);
  try {
    row.trained = await ask({ kind: "train" });
    present.push({ runtime, row });
  } catch (error) {
    row.error = error.message;
  }
  // A page that does not allow WebAssembly must be told what to allow.
  row.refusal = await runtime.askUnderPolicy?.({ kind: "train" }).then(
    () => "none",
    (error) => error.message,
  );
  row.fileByFile = await weightsOf(runtime.askFileByFile?.({ kind: "plain" }));
  row.required = await weightsOf(runtime.askRequiring?.({ kind: "plain" }));
  if (!(name in WITHOUT_THREADS)) row.withoutFile = await weightsOf(runtime.askWithoutFile?.({ kind: "threads" }));
  row.seconds = (performance.now() - begun) / 1000;
}
for (const [i, { runtime, row }] of present.entries()) {
  const { row: previous } = present.at(i - 1);
  try {
    row.resumed = await runtime.ask({ kind: "resume", checkpoint: previous.trained.checkpoint });
    row.resumedFrom = previous.name;
  } catch (error) {
    row.error = error.message;
  }
}
rmSync(work, { recursive: true, force: true });

/** @returns the weights, or the error's text */
function weightsOf(answer) {
  return answer?.then(
    ({ weights, sharedWeights }) => weights ?? sharedWeights,
    (error) => error.message,
  );
}

const first = present[0]?.row.trained;
const CHECKS = {
  trains: ({ trained }) => trained?.envSteps === 5000 && trained.updates > 4000,
  "same bits": ({ trained }) => trained !== undefined && trained.weights === first.weights,
  "tanh+norm": ({ trained }) => trained !== undefined && trained.elaborateWeights === first.elaborateWeights,
  "same file": ({ trained }) => trained !== undefined && trained.checkpoint === first.checkpoint,
  resumes: ({ resumed }) => resumed !== undefined && resumed.resumedWeights === first.continuedWeights,
  acts: ({ trained, resumed }) => resumed?.actions === first?.actions && trained?.actions === first?.actions,
  "variants: same hash": ({ trained }) => trained !== undefined && differences(trained).length === 0,
  relaxed: ({ trained }) => trained?.relaxedIsFinite === true,
  threads: ({ name, trained }) =>
    trained !== undefined &&
    (name in WITHOUT_THREADS
      ? trained.sharedWeights.startsWith(
          `threads: host expected shared memory and workers, got a runtime without ${WITHOUT_THREADS[name]}.`,
        )
      : trained.sharedWeights === first.weights),
  "file by file": ({ fileByFile }) => fileByFile === first.weights,
  require: ({ required }) => required === first.weights,
  "no file": ({ withoutFile }) => withoutFile === first.weights,
  policy: ({ refusal }) => refusal.includes("allow 'wasm-unsafe-eval' in the policy's script-src"),
};

/** Checks that not every runtime is put to, and what they look at. */
const OF_SOME = { "file by file": "fileByFile", require: "required", "no file": "withoutFile", policy: "refusal" };

/** Variants whose weights are not those of the first runtime, or not those of their own run in one go. */
function differences({ variants }) {
  return Object.entries(first.variants).flatMap(([name, { whole }]) => {
    const found = variants[name] ?? {};
    const elsewhere = found.whole === whole ? [] : [name];
    return found.resumed === found.whole ? elsewhere : [...elsewhere, `${name} resumed`];
  });
}

let passed = 0;
let failed = 0;
const table = [["runtime", "version", ...Object.keys(CHECKS), "resumed from", "seconds"]];
for (const row of rows) {
  const cells = Object.entries(CHECKS).map(([name, check]) => {
    if (row.skipped !== undefined || (name in OF_SOME && row[OF_SOME[name]] === undefined)) return "-";
    const holds = check(row);
    if (holds) passed++;
    else failed++;
    if (name === "relaxed" && holds) return row.trained.supportsRelaxed ? "runs" : "strict";
    if (name === "threads" && holds && row.name in WITHOUT_THREADS) return "none";
    return holds ? "yes" : "NO";
  });
  table.push([row.name, row.version, ...cells, row.resumedFrom ?? "-", row.seconds?.toFixed(1) ?? "-"]);
}
const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
for (const row of table)
  console.log(
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join("  ")
      .trimEnd(),
  );
console.log("");
for (const row of rows) {
  const { name, error, skipped, trained } = row;
  const wrong = trained === undefined ? [] : differences(trained);
  if (wrong.length > 0) console.log(`${name}: differs in ${wrong.join(", ")}`);
  if (error !== undefined) console.log(`${name}: ${error}`);
  for (const [check, found] of Object.entries(OF_SOME)) {
    if (row[found] !== undefined && !CHECKS[check](row)) console.log(`${name}, ${check}: ${row[found]}`);
  }
  if (skipped !== undefined) console.log(`${name}: skipped; it ${skipped}`);
}
console.log(`weights after 5000 steps of seed 1      ${first?.weights}`);
console.log(`tanh, layer norm, AdamW, dueling, 3-step ${first?.elaborateWeights}`);
for (const [name, { whole }] of Object.entries(first?.variants ?? {})) console.log(`${name.padEnd(40)} ${whole}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
