// Bundles a Worker like `wrangler deploy`: the library through its "workerd" condition, the engine as a separate module.
import { copyFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const LIBRARY = path("../../../dist/index.js");
const ENGINE = path("../../../dist/engine/binary/strict.wasm");
const OUT = path("../../../build/edge");

/** @param entry relative to this folder @returns the paths of the bundle and of the engine beside it */
export async function bundleWorker(entry) {
  const worker = join(OUT, basename(entry).replace(/\.ts$/, ".js"));
  await build({
    entryPoints: [path(entry)],
    outfile: worker,
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    conditions: ["workerd"],
    external: ["cloudflare:workers", "*.wasm"],
    alias: { bellwether: LIBRARY },
    logLevel: "warning",
  });
  const engine = join(OUT, "strict.wasm");
  await copyFile(ENGINE, engine);
  return { root: OUT, worker, engine };
}

/** Bundles a module of this example for Node, so that tests run the same code as the Worker. */
export async function bundleForNode(entry) {
  const outfile = join(OUT, basename(entry).replace(/\.ts$/, ".node.mjs"));
  await build({
    entryPoints: [path(entry)],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    alias: { bellwether: LIBRARY },
    logLevel: "warning",
  });
  return pathToFileURL(outfile).href;
}
