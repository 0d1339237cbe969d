// The package as somebody installs it: packed from a clean build, inspected, and used from every module system, bundler
// and runtime that resolves it in a way of its own. All that train must end in the same bits.
// `N passed, N failed` (and `, N skipped` where Chromium is missing) is the last line.

import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build as esbuild } from "esbuild";
import { createServer as createVite } from "vite";
import { createServer as createVite7 } from "vite-7";
import * as AGENTS from "../../dist/agents/registry.js";
import { findBinary } from "../runtimes/binaries.mjs";
import { findBrowser } from "../runtimes/browser-host.mjs";
import { askProcess } from "../runtimes/json-process.mjs";
import { askWorker, WORKER_BUNDLE } from "../runtimes/worker-host.mjs";
import { BUNDLERS } from "./bundlers.mjs";
import { askDevServer } from "./dev-server.mjs";
import { goToDefinition } from "./language-service.mjs";

const FOLDER = import.meta.dirname;
const ROOT = join(FOLDER, "../..");
const work = mkdtempSync(join(tmpdir(), "bellwether-packaging-"));
const consumer = join(work, "consumer");

/**
 * Gzipped bytes of minified bundles, the strict engine inline: of an agent for an environment of one's own, of
 * consumer/lean.mjs, which makes a built-in one, and of everything the entry exports.
 */
const AGENT_BUDGET = 66_000;
const LEAN_BUDGET = 77_500;
const WHOLE_BUDGET = 120_000;
/** As LEAN_BUDGET, of a bundler that takes the library's bundles for Node: their engine is base64. */
const LEAN_BUDGET_OF_BUNDLES = 100_000;
/** Bun keeps every class whose static fields hold a spread. */
const KEPT_BY_BUN = Object.keys(AGENTS);

/** Files that Node loads for `import "bellwether"`. */
const MOST_FILES = 2;

/** Text in a bundle that shows a part: of parts that consumer/lean.mjs does not use, which are all agents except DQN. */
const UNUSED = {
  ...Object.fromEntries(
    Object.entries(AGENTS).flatMap(([name, { about }]) => (name === "DQN" ? [] : [[name, about.summary]])),
  ),
  SyncVectorEnv: "SyncVectorEnv",
  CartPoleVector: "CartPoleVector",
  checkEnv: "a resumed run starts a new episode",
  FrameStack: "FrameStack",
  ObservationNormalisation: "Pass the statistics of a wrapper",
  TensorboardLog: "TensorboardLog.log",
  CheckpointCallback: "CheckpointCallback",
  StopOnReturn: "StopOnReturn",
  EvaluationCallback: "EvaluationCallback",
  serve: "serve: agents expected",
  connect: "Pass a Worker or a MessagePort.",
};

/** Parts whose cost beside consumer/lean.mjs is printed. */
const PARTS = [
  ["QLearning", "bellwether"],
  ["SyncVectorEnv", "bellwether"],
  ["CheckpointCallback", "bellwether"],
  ["TensorboardLog", "bellwether"],
  ["checkEnv", "bellwether"],
  ["serve", "bellwether"],
  ["connect", "bellwether"],
  ["registerArcade", "bellwether/arcade"],
  ["registerDiagnostics", "bellwether/diagnostics"],
  ["lineChartSvg", "bellwether/charts"],
  ["toOnnx", "bellwether/onnx"],
  ["PolicyAgent", "bellwether/parts"],
  ["reference", "bellwether/reference"],
  ["webgpu", "bellwether/webgpu"],
  ["threads", "bellwether/threads"],
];

/** What the package's size is made of. */
const PARTS_OF_PACKAGE = [
  ["sources", /^src\//],
  ["maps", /\.map$/],
  ["bundles", /^dist\/(bundled|cli)\//],
  ["files", /^dist\/.*\.js$/],
  ["types", /\.d\.ts$/],
  ["engines", /\.wasm$/],
  ["papers", /./],
];

let passed = 0;
let failed = 0;
let skipped = 0;
let weights;

/** Runs one check; `body` throws where it does not hold and may return what is worth printing. */
async function check(name, body) {
  try {
    console.log(`yes  ${name}  ${(await body()) ?? ""}`.trimEnd());
    passed++;
  } catch (error) {
    const output = [error.stdout, error.stderr].filter(Boolean).join("\n");
    console.log(`NO   ${name}  ${error.message}\n${output}`.trimEnd());
    failed++;
  }
}

function skip(name, reason) {
  console.log(`skip ${name}  ${reason}`);
  skipped++;
}

function expect(holds, message) {
  if (!holds) throw new Error(message);
}

const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length;
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

function within(bytes, budget) {
  const text = `${kilobytes(bytes)} gzipped, at most ${kilobytes(budget)}`;
  expect(bytes <= budget, text);
  return text;
}

function sameBits(answer) {
  weights ??= answer.weights;
  expect(answer.weights === weights, `weights expected ${weights}, got ${answer.weights}`);
  return answer.weights.slice(0, 16);
}

const execute = (command, args, cwd = consumer) =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: "pipe" });
const tool = (name) => join(FOLDER, "node_modules", name);
const run = (file, command = process.execPath, args = []) => askProcess(command, [...args, file], null, consumer);

/** A clean build of the sources as they are, in a folder of its own; `npm pack` runs it. */
function pack() {
  const source = join(work, "source");
  const files = execute("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT).split("\0");
  const published =
    /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|jsr\.json|asconfig\.json|tsconfig[\w.]*\.json|(src|assembly|scripts|specs)\/.*)$/;
  for (const file of files.filter((name) => published.test(name) && existsSync(join(ROOT, name)))) {
    mkdirSync(dirname(join(source, file)), { recursive: true });
    cpSync(join(ROOT, file), join(source, file));
  }
  symlinkSync(join(ROOT, "node_modules"), join(source, "node_modules"), "junction");
  execute("npm", ["pack", "--pack-destination", work], source);
  return join(
    work,
    readdirSync(work).find((name) => name.endsWith(".tgz")),
  );
}

await check("npm pack makes a clean build", () => void pack());
const tarball = join(work, readdirSync(work).find((name) => name.endsWith(".tgz")) ?? "");
cpSync(join(FOLDER, "consumer"), consumer, { recursive: true });
writeFileSync(join(consumer, "package.json"), '{ "private": true }\n');

await check("the tarball installs without a registry", () => {
  execute("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball]);
  return `${(statSync(tarball).size / 1000).toFixed(1)} kB packed`;
});

await check("it holds the build, its manifest and its papers, and nothing else", () => {
  const installed = join(consumer, "node_modules/bellwether");
  const files = readdirSync(installed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(installed, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
  const belongs =
    /^(dist\/.*\.(js|d\.ts|wasm)(\.map)?|src\/.*\.ts|specs\/.*\.json|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/;
  const strangers = files.filter((name) => !belongs.test(name));
  expect(strangers.length === 0, `strangers: ${strangers.join(", ")}`);
  const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  expect(manifest.dependencies === undefined, "dependencies expected none");
  const scripts = Object.keys(manifest.scripts).filter((name) => /^(pre|post)?(install|prepare)$/.test(name));
  expect(scripts.length === 0, `install scripts expected none, got ${scripts.join(", ")}`);
  const sizes = new Map([["in all", 0]]);
  for (const file of files) {
    const part = PARTS_OF_PACKAGE.find(([, test]) => test.test(file))[0];
    const { size } = statSync(join(installed, file));
    for (const key of ["in all", part]) sizes.set(key, (sizes.get(key) ?? 0) + size);
  }
  return `${files.length} files: ${Array.from(sizes, ([key, size]) => `${key} ${kilobytes(size)}`).join(", ")}`;
});

await check("publint", () => void execute(process.execPath, [tool("publint/src/cli.js"), tarball, "--strict"]));

await check("are the types wrong?", () => {
  // ESM for all: CommonJS reaches it through require(esm), whose resolution by older compilers is not supported.
  const args = [tool("@arethetypeswrong/cli/dist/index.js"), tarball, "--profile", "esm-only", "--no-emoji"];
  execute(process.execPath, [...args, "--exclude-entrypoints", "engine.wasm", "package.json"]);
});

await check("JSR, dry run", () => {
  const source = join(work, "source");
  const [jsr, npm] = ["jsr.json", "package.json"].map((name) => JSON.parse(readFileSync(join(source, name), "utf8")));
  expect(jsr.version === npm.version, `version expected ${npm.version}, got ${jsr.version}`);
  execute(findBinary(FOLDER, "deno"), ["publish", "--dry-run", "--allow-dirty"], source);
});

await check("Node, import", async () => sameBits(await run("module.mjs")));
await check("Node, require", async () => sameBits(await run("require.cjs")));
await check("Node, file by file as bundlers take it", async () => {
  return sameBits(await run("module.mjs", process.execPath, ["--conditions=module"]));
});
await check("every entry exports the same to Node as file by file", async () => {
  const wrong = await run("same-exports.mjs");
  expect(wrong.length === 0, `differs in ${wrong.join(", ")}`);
});
await check("entries share classes, registry and compiled engines", async () => {
  for (const [name, conditions] of Object.entries({ node: [], module: ["--conditions=module"] })) {
    const { compilations, ...isShared } = await run("entries-together.mjs", process.execPath, conditions);
    expect(compilations === 2, `${name}: compilations expected 2, got ${compilations}`);
    const apart = Object.keys(isShared).filter((key) => !isShared[key]);
    expect(apart.length === 0, `${name}: classes of two copies: ${apart.join(", ")}`);
  }
});

/** Files that Node loads as modules to run a program, and the library's bytes among them. */
function loadedFiles(args) {
  const { stderr, status } = spawnSync(process.execPath, ["--import", "./loaded-files.mjs", ...args], {
    cwd: consumer,
    encoding: "utf8",
  });
  expect(status === 0, stderr);
  return Array.from(stderr.matchAll(/^loads (file:.*)$/gm), ([, url]) => fileURLToPath(url));
}

await check(`Node loads at most ${MOST_FILES} files for an import`, () => {
  const counts = [];
  const { exports } = JSON.parse(readFileSync(join(consumer, "node_modules/bellwether/package.json"), "utf8"));
  // The entries without a file for Node import nothing.
  for (const entry of Object.keys(exports).filter((name) => exports[name].node !== undefined)) {
    const name = entry.replace(".", "bellwether");
    const files = loadedFiles(["--input-type=module", "-e", `import "${name}"`]);
    // Other entries add a part of their own to the shared ones.
    const most = entry === "." ? MOST_FILES : MOST_FILES + 1;
    expect(files.length > 0 && files.length <= most, `${name}: ${files.length} files: ${files.join(", ")}`);
    counts.push(`${name} ${files.length}`);
  }
  return counts.join(", ");
});

await check("bellwether --help loads little, and commands what they need", () => {
  const [help, envs] = [["--help"], ["envs"]].map((args) =>
    loadedFiles(["node_modules/bellwether/dist/cli/main.js", ...args]),
  );
  const size = help.reduce((sum, file) => sum + statSync(file).size, 0);
  expect(size < 20_000, `${kilobytes(size)}: ${help.join(", ")}`);
  return `${help.length} files of ${kilobytes(size)}; bellwether envs ${envs.length}`;
});

await check("Node, bellwether doctor", () => {
  const { selfCheck } = JSON.parse(
    execute(process.execPath, ["node_modules/bellwether/dist/cli/main.js", "doctor", "--json"]),
  );
  expect(selfCheck.passed, "self-check expected to pass");
});
await check("Deno without permissions", async () => {
  return sameBits(
    await run("module.mjs", findBinary(FOLDER, "deno"), ["run", "--no-prompt", "--node-modules-dir=manual"]),
  );
});
await check("Bun", async () => sameBits(await run("module.mjs", findBinary(FOLDER, "bun"))));

for (const [moduleResolution, module] of Object.entries({ bundler: "esnext", nodenext: "nodenext" })) {
  await check(`TypeScript, moduleResolution ${moduleResolution}`, () => {
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
      types: [],
      target: "es2022",
      lib: ["es2022", "dom"],
      module,
      moduleResolution,
    };
    const name = `tsconfig.${moduleResolution}.json`;
    writeFileSync(join(consumer, name), JSON.stringify({ compilerOptions, files: ["typed.ts"] }));
    execute(process.execPath, [tool("typescript/bin/tsc"), "-p", name]);
  });
}

await check('an editor\'s "go to definition" ends in the sources', async () => {
  const found = [];
  for (const [name, file, text] of [
    ["DQN", "src/agents/deep-q/dqn.ts", "export class DQN"],
    ["make", "src/envs/registry.ts", "export function make"],
    ["registerArcade", "src/envs/arcade/index.ts", "export function registerArcade"],
  ]) {
    const definition = await goToDefinition(tool("typescript/lib/tsserver.js"), join(consumer, "typed.ts"), name);
    const where = relative(join(consumer, "node_modules/bellwether"), definition.file).replaceAll("\\", "/");
    expect(where === file && definition.text.startsWith(text), `${name}: ${where}: ${definition.text}`);
    found.push(where);
  }
  return found.join(", ");
});

await check("stack traces of bundles and of files point at the same places of the sources", async () => {
  const stacks = (conditions) => run("stack.mjs", process.execPath, ["--enable-source-maps", ...conditions]);
  const [bundles, files] = [await stacks([]), await stacks(["--conditions=module"])];
  const frames = (stack) =>
    Array.from(stack.matchAll(/(?:at |\()([^(\s]*)[\\/]bellwether[\\/](src[^:]*):(\d+):/g), ([, , file, line]) => ({
      file,
      text: readFileSync(join(consumer, "node_modules/bellwether", file), "utf8").split("\n")[line - 1],
    }));
  for (const [i, stack] of bundles.entries()) {
    expect(stack === files[i], `${stack}\n${files[i]}`);
    const [first] = frames(stack);
    expect(/\bnew \w*Error\(/.test(first?.text), `an error's place expected, got ${JSON.stringify(first)} of ${stack}`);
  }
  return bundles.map((stack) => frames(stack)[0].file).join(", ");
});

for (const [name, bundle] of Object.entries(BUNDLERS)) {
  await check(name, async () => sameBits(await run(relative(consumer, await bundle(consumer, "module")))));
  await check(`${name} leaves out what is not used`, async () => {
    const bytes = readFileSync(await bundle(consumer, "lean"));
    const isBun = name === "Bun for Node";
    const named = Object.keys(UNUSED).filter((part) => bytes.includes(UNUSED[part]));
    const found = isBun ? named.filter((part) => !KEPT_BY_BUN.includes(part)) : named;
    expect(found.length === 0, `unused parts expected none, got ${found.join(", ")}`);
    return within(gzipped(bytes), isBun ? LEAN_BUDGET_OF_BUNDLES : LEAN_BUDGET);
  });
}

for (const name of ["Vite", "webpack"]) {
  await check(`${name} gives threads a file for their workers`, async () => {
    const bundle = await BUNDLERS[name](consumer, "threads");
    const text = readFileSync(bundle, "utf8");
    const files = readdirSync(dirname(bundle), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.m?js$/.test(file) && join(dirname(bundle), file) !== bundle)
      .filter((file) => readFileSync(join(dirname(bundle), file), "utf8").includes("team_serve"));
    expect(files.length === 1, `one file expected, got ${files.join(", ") || "none"}`);
    expect(text.includes(basename(files[0])), `${files[0]} expected in the bundle`);
    return files[0];
  });
}

await check("a bundle for Node starts workers, of which it has no file", async () => {
  const outfile = join(consumer, "esbuild-node/on-threads.mjs");
  const options = { bundle: true, format: "esm", platform: "node", outfile };
  await esbuild({ ...options, absWorkingDir: consumer, entryPoints: ["on-threads.mjs"] });
  return sameBits(await run(relative(consumer, outfile)));
});

const chromium = findBrowser("Chromium").length > 0;
for (const [name, createServer] of Object.entries({ "Vite's": createVite, "Vite 7's": createVite7 })) {
  const what = `threads on a page of ${name} development server`;
  if (chromium) await check(what, async () => sameBits(await askDevServer(createServer, consumer)));
  else skip(what, "Chromium is not installed (Debian's package chromium)");
}

await check("a Worker, its engine a module", async () => {
  const outdir = join(consumer, "worker");
  await esbuild({ ...WORKER_BUNDLE, absWorkingDir: consumer, entryPoints: ["worker.mjs"], outdir });
  expect(!/packed:"/.test(readFileSync(join(outdir, "worker.js"), "utf8")), "no inline engine expected");
  return sameBits(await askWorker(findBinary(FOLDER, "workerd"), outdir, null));
});

await check("an edge function, its engine a module", async () => {
  const { outputFiles } = await esbuild({
    absWorkingDir: consumer,
    entryPoints: ["train.mjs"],
    bundle: true,
    format: "esm",
    conditions: ["edge-light"],
    external: ["*.wasm?module"],
    write: false,
  });
  expect(outputFiles[0].text.includes("strict.wasm?module"), '"strict.wasm?module" expected');
  expect(!outputFiles[0].text.includes('packed: "'), "no inline engine expected");
});

const bundled = async (contents) => {
  const stdin = { contents, resolveDir: consumer };
  const { outputFiles } = await esbuild({ stdin, bundle: true, minify: true, format: "esm", write: false });
  return outputFiles[0].contents;
};

await check("size of all that the entry exports", async () => {
  const bytes = Buffer.from(await bundled('export * from "bellwether";'));
  const missing = Object.keys(UNUSED).filter((part) => !bytes.includes(UNUSED[part]));
  expect(missing.length === 0, `signs of every part expected, got none of ${missing.join(", ")}`);
  // Named by a variable where it is loaded, so that bundlers leave it out.
  expect(!bytes.includes("workgroup_size"), "no kernel of WebGPU expected");
  return within(gzipped(bytes), WHOLE_BUDGET);
});

await check("size of an agent alone, and of what is added to one", async () => {
  const alone = gzipped(await bundled('export { DQN } from "bellwether";'));
  const lean = 'export { DQN, make } from "bellwether";';
  const base = gzipped(await bundled(lean));
  const costs = [`DQN ${kilobytes(alone)}`, `make ${kilobytes(base - alone)}`];
  for (const [part, from] of PARTS) {
    const both = gzipped(await bundled(`${lean} export { ${part} } from "${from}";`));
    costs.push(`${part} ${kilobytes(both - base)}`);
  }
  return `${within(alone, AGENT_BUDGET)}: ${costs.join(", ")}`;
});

rmSync(work, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed === 0 ? 0 : 1;
