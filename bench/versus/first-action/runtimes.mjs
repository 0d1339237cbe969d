// The runtimes in which libraries are started. Each prepares a library's module once. Then every start is a fresh one: a new
// process of Node or workerd, or a browser with a new profile.

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
/** esbuild prints nothing: the caller reports a failed build. */
const QUIET = { logLevel: "silent" };
const PAGE_BUNDLE = {
  ...QUIET,
  bundle: true,
  format: "esm",
  minify: true,
  loader: { ".wasm": "file" },
  assetNames: "[name]",
};

/** Returns a library's module for a runtime: the file for this runtime if there is one, else the file for all runtimes. */
function moduleOf(library, runtime) {
  const name = `${library}.mjs`;
  return [join(VERSUS, "actors", runtime, name), join(VERSUS, "actors", name)].find(existsSync);
}

/** Libraries of actors/ that are compared with Bellwether. */
const PEERS = ["tfjs-wasm", "tfjs-wasm-core"];
/** The smallest of them, bundled in the form that starts fastest in Node. */
const BUNDLED_PEER = "tfjs-wasm-core-bundled";

/** Node imports libraries as they are installed, and BUNDLED_PEER from a bundle. */
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
 * Bundles the peer's ES modules into one minified CommonJS file, with its binaries in the same folder. This form starts fastest
 * of four that we tried (from the packages' CommonJS files the start takes a fifth longer).
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

/** The page imports the library's bundle from a server on loopback. */
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
 * A Worker imports and compiles everything before it listens, and its clock stands still while it computes. So the time runs
 * from the start of workerd's process to the first answer, and the time of a Worker without a library is subtracted.
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

/** Returns the version of an executable; undefined when it is not installed. */
function versionOf(command, ...args) {
  if (command === undefined) return undefined;
  const { stdout } = spawnSync(command, [...args, "--version"], { encoding: "utf8" });
  return /\d+([.-]\d+)+/.exec(stdout ?? "")?.[0];
}

export const RUNTIMES = [node, workerd, chromium];
