// The runtimes that libraries are started in. Each prepares a library's module once, then starts from scratch as often
// as asked: a new process of Node or workerd, a browser with a new profile.

import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { findBinary } from "../../../test/runtimes/binaries.mjs";
import { askBrowser, findBrowser } from "../../../test/runtimes/browser-host.mjs";
import { askProcess } from "../../../test/runtimes/json-process.mjs";
import { startWorker, WORKER_BUNDLE } from "../../../test/runtimes/worker-host.mjs";

const VERSUS = join(import.meta.dirname, "..");
const entry = (name) => join(import.meta.dirname, name);
/** What fails to build is told by whoever asked for it. */
const QUIET = { logLevel: "silent" };
const PAGE_BUNDLE = {
  ...QUIET,
  bundle: true,
  format: "esm",
  minify: true,
  loader: { ".wasm": "file" },
  assetNames: "[name]",
};

/** A library's module for a runtime: its own file there, where it needs one, else the one for all. */
function moduleOf(library, runtime) {
  const name = `${library}.mjs`;
  return [join(VERSUS, "actors", runtime, name), join(VERSUS, "actors", name)].find(existsSync);
}

/** Of the libraries in actors/. */
const PEERS = ["tfjs-wasm", "tfjs-wasm-core"];
/** The leanest of them in the form that starts soonest in Node. */
const BUNDLED_PEER = "tfjs-wasm-core-bundled";

/** Node imports libraries as they are installed, and one peer from a bundle of its own. */
const node = {
  name: "node",
  version: process.versions.node,
  peers: [...PEERS, BUNDLED_PEER],
  async prepare(library, work) {
    const file = library === BUNDLED_PEER ? await bundlePeer(work) : moduleOf(library, "node");
    const module = pathToFileURL(file).href;
    return (task) => askProcess(process.execPath, [entry("process-entry.mjs"), module], task, VERSUS);
  },
};

/**
 * One minified file, its binaries beside it. Its ES modules bundled into CommonJS: the soonest of four forms that we tried
 * (from the packages' CommonJS files it takes a fifth longer).
 */
async function bundlePeer(work) {
  const outfile = join(work, "peer.cjs");
  const entryPoints = [moduleOf("tfjs-wasm-core", "node")];
  const forNode = { platform: "node", format: "cjs", mainFields: ["module", "main"] };
  await build({ ...QUIET, ...forNode, entryPoints, bundle: true, minify: true, outfile });
  const binaries = join(VERSUS, "node_modules/@tensorflow/tfjs-backend-wasm/dist");
  for (const name of readdirSync(binaries).filter((file) => file.endsWith(".wasm"))) {
    copyFileSync(join(binaries, name), join(work, name));
  }
  return outfile;
}

/** A page imports the library's bundle, from a server on loopback. */
const chromium = {
  name: "chromium",
  version: versionOf(...findBrowser("Chromium")),
  absent: "Chromium is not installed (Debian's package chromium)",
  peers: PEERS,
  async prepare(library, work) {
    const entryPoints = [
      { in: entry("page-entry.mjs"), out: "page" },
      { in: moduleOf(library, "browser"), out: "library" },
    ];
    const { outputFiles } = await build({ ...PAGE_BUNDLE, entryPoints, outdir: work, write: false });
    const files = new Map(outputFiles.map(({ path, contents }) => [`/${basename(path)}`, contents]));
    const script = files.get("/page.js");
    const policy = "script-src 'self' 'wasm-unsafe-eval'";
    return (task) => askBrowser("Chromium", script, { module: "/library.js", ...task }, policy, files);
  },
};

/**
 * A Worker has imported and compiled everything before it listens, and its clock stands still while it computes. So the
 * time runs from the start of workerd's process to the first answer, less that of a Worker that imports nothing.
 */
const workerd = {
  name: "workerd",
  version: versionOf(findBinary(VERSUS, "workerd")),
  absent: "workerd does not come for this platform",
  peers: PEERS,
  async prepare(library, work) {
    const executable = findBinary(VERSUS, "workerd");
    const worker = await bundleWorker(moduleOf(library, "workerd"), join(work, library));
    const nothing = await bundleWorker(entry("nothing.mjs"), join(work, "nothing"));
    return async (task) => {
      const { milliseconds, actions } = await timeWorker(executable, worker, task);
      const without = await timeWorker(executable, nothing, task);
      return { milliseconds: milliseconds - without.milliseconds, actions };
    };
  },
};

async function bundleWorker(module, outdir) {
  mkdirSync(outdir, { recursive: true });
  const entryPoints = [{ in: entry("worker-entry.mjs"), out: "worker" }];
  await build({ ...WORKER_BUNDLE, ...QUIET, entryPoints, outdir, alias: { library: module } });
  return outdir;
}

async function timeWorker(executable, folder, { observations, ...policy }) {
  const begun = performance.now();
  const worker = await startWorker(executable, folder);
  try {
    const { error } = await worker.ask({ ...policy, observations: observations.slice(0, 1) });
    const milliseconds = performance.now() - begun;
    if (error !== undefined) throw new Error(error);
    const { actions } = await worker.ask({ ...policy, observations });
    return { milliseconds, actions };
  } finally {
    await worker.stop();
  }
}

/** @returns undefined where there is no such executable */
function versionOf(command, ...args) {
  if (command === undefined) return undefined;
  const { stdout } = spawnSync(command, [...args, "--version"], { encoding: "utf8" });
  return /\d+([.-]\d+)+/.exec(stdout ?? "")?.[0];
}

export const RUNTIMES = [node, workerd, chromium];
