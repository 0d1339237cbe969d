// `npm run bench:runtimes`: the time of a DQN update in each runtime, compared with Node 24 in the same run. The runtimes take
// turns. The figure of a turn is the fastest tenth of its rounds; the figure of a runtime is its best turn. `--json` adds a
// line of JSON, `--quick` takes one turn, names choose runtimes.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findBinary } from "../../test/runtimes/binaries.mjs";
import { askBrowser, findBrowser } from "../../test/runtimes/browser-host.mjs";
import { askProcess } from "../../test/runtimes/json-process.mjs";
import { startWorker, WORKER_BUNDLE } from "../../test/runtimes/worker-host.mjs";

const RUNTIMES = join(import.meta.dirname, "../../test/runtimes");
// The package of test/runtimes also installs the bundler.
const { build } = createRequire(join(RUNTIMES, "package.json"))("esbuild");

const SHAPES = [
  { inputs: 4, hidden: [64, 64], actions: 2, batchSize: 64 },
  { inputs: 8, hidden: [256, 256], actions: 4, batchSize: 128 },
  { inputs: 64, hidden: [512, 512], actions: 8, batchSize: 256 },
];
const ENGINES = ["strict", "relaxed"];
/** The runtime that the others are compared with. */
const STANDARD = "Node 24";
/** Length of a round, and of all rounds of a turn: V8 needs about a second to optimize a loop fully. */
const ROUND_MS = 25;
const TURN_MS = 2500;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean" }, quick: { type: "boolean" } },
});
const work = mkdtempSync(join(tmpdir(), "bellwether-bench-"));
process.on("exit", () => rmSync(work, { recursive: true, force: true }));
/** Plugin that replaces the scenario in the entries of test/runtimes by this task. */
const withTask = {
  name: "task",
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/scenario\.mjs$/ }, () => ({ path: join(import.meta.dirname, "update-task.mjs") })),
};
const entry = (name) => ({
  entryPoints: [{ in: join(RUNTIMES, `${name}-entry.mjs`), out: name }],
  plugins: [withTask],
});
const bundle = { bundle: true, format: "esm", minify: true };

writeFileSync(join(work, "package.json"), '{ "type": "module" }');
await build({ ...bundle, ...entry("process"), outdir: work });
await build({ ...WORKER_BUNDLE, ...entry("worker"), outdir: work });
const { outputFiles } = await build({ ...bundle, ...entry("page"), write: false });
const page = outputFiles[0].text;

const isWanted = ({ name }) =>
  positionals.length === 0 ||
  name === STANDARD ||
  positionals.some((wanted) => name.toLowerCase().startsWith(wanted.toLowerCase()));
const runtimes = [
  processRuntime("Node 20", process.version.startsWith("v20.") ? process.execPath : undefined),
  ...["22", "24", "26"].map((major) => processRuntime(`Node ${major}`, findBinary(RUNTIMES, `node-${major}`))),
  processRuntime("Deno", findBinary(RUNTIMES, "deno"), ["run", "--no-prompt"]),
  processRuntime("Bun", findBinary(RUNTIMES, "bun")),
  workerRuntime("workerd", findBinary(RUNTIMES, "workerd")),
  ...["Chromium", "Firefox"].map(browserRuntime),
].filter(({ command }) => command !== undefined);
if (!runtimes.some(({ name }) => name === STANDARD)) {
  throw new Error(
    `bench:runtimes: ${STANDARD} expected to compare with, got none. Its package is for Linux on x64 only.`,
  );
}

function processRuntime(name, command, args = []) {
  return { name, command, turn: (task) => askProcess(command, [...args, "process.js"], inRounds(task), work) };
}

function browserRuntime(name) {
  const [command] = findBrowser(name);
  return {
    name,
    command,
    turn: (task) => askBrowser(name, page, inRounds(task), "script-src 'self' 'wasm-unsafe-eval'"),
  };
}

/** Returns a runtime of Workers. A Worker's clock stands still while it computes, so the caller takes the time. */
function workerRuntime(name, command) {
  return {
    name,
    command,
    async turn(task) {
      const { ask, stop } = await startWorker(command, work);
      try {
        const { updates, rounds } = inRounds(task);
        const times = [];
        for (let round = 0; round < rounds; round++) {
          const begun = performance.now();
          const { answer, error } = await ask({ ...task, updates, rounds: 1 });
          if (error !== undefined) throw new Error(error);
          if (answer === null) return null;
          times.push(((performance.now() - begun) * 1000) / updates);
        }
        return times;
      } finally {
        await stop();
      }
    },
  };
}

/** Adds the number of updates that fill about one round, estimated from their operations, and the number of rounds. */
function inRounds({ shape, engine }) {
  const widths = [shape.inputs, ...shape.hidden, shape.actions];
  const weights = widths.slice(1).reduce((sum, width, i) => sum + width * widths[i], 0);
  const milliseconds = (8 * weights * shape.batchSize) / 4e7;
  return { shape, engine, updates: Math.max(1, Math.round(ROUND_MS / milliseconds)), rounds: TURN_MS / ROUND_MS };
}

const undisturbed = (times) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 10)];

const wanted = runtimes.filter(isWanted);
const results = [];
console.log(`${cpus()[0]?.model}; microseconds of an update, and times as long as in ${STANDARD}`);
for (const shape of SHAPES) {
  const shapeName = `${[shape.inputs, ...shape.hidden, shape.actions].join("-")}/b${shape.batchSize}`;
  for (const engine of ENGINES) {
    const best = new Map();
    for (let turn = 0; turn < (values.quick ? 1 : 3); turn++) {
      for (const { name, turn: take } of wanted) {
        const times = await take({ shape, engine });
        if (times !== null) best.set(name, Math.min(best.get(name) ?? Infinity, undisturbed(times)));
      }
    }
    console.log(`\nupdate/${shapeName}/${engine}`);
    for (const { name } of wanted) {
      const microseconds = best.get(name);
      if (microseconds === undefined) console.log(`  ${name.padEnd(10)} does not run this engine`);
      else {
        const ratio = microseconds / best.get(STANDARD);
        console.log(`  ${name.padEnd(10)} ${microseconds.toFixed(1).padStart(9)}  ${ratio.toFixed(2)}`);
        const rounded = Number(microseconds.toFixed(1));
        results.push({
          name: `update/${shapeName}/${engine}`,
          runtime: name,
          microseconds: rounded,
          ratio: Number(ratio.toFixed(3)),
        });
      }
    }
  }
}
if (values.json) console.log(JSON.stringify({ results }));
