// The bundlers that the packed library is tried with: each bundles `<entry>.mjs` of the consumer's folder, minified, and
// returns the bundle's path. For pages, and for Node, whose condition some of them set; only Bun takes the library's own
// bundles then.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { build as esbuild } from "esbuild";
import { build as vite } from "vite";
import webpack from "webpack";
import { findBinary } from "../runtimes/binaries.mjs";

const esbuildFor = (platform) => async (consumer, entry) => {
  const outfile = join(consumer, `esbuild-${platform}/${entry}.mjs`);
  await esbuild({
    absWorkingDir: consumer,
    entryPoints: [`${entry}.mjs`],
    bundle: true,
    minify: true,
    format: "esm",
    platform,
    outfile,
  });
  return outfile;
};

const viteFor = (settings) => async (consumer, entry) => {
  const outDir = join(consumer, settings.build?.ssr ? "vite-node" : "vite");
  await vite({
    root: consumer,
    configFile: false,
    logLevel: "error",
    ...settings,
    build: {
      target: "es2022",
      outDir,
      emptyOutDir: false,
      modulePreload: false,
      minify: true,
      rollupOptions: { input: join(consumer, `${entry}.mjs`), output: { entryFileNames: `${entry}.mjs` } },
      ...settings.build,
    },
  });
  return join(outDir, `${entry}.mjs`);
};

const webpackFor = (target) => async (consumer, entry) => {
  const path = join(consumer, `webpack-${target[0]}`);
  const stats = await new Promise((resolve, reject) => {
    const settings = {
      context: consumer,
      mode: "production",
      target,
      entry: `./${entry}.mjs`,
      experiments: { outputModule: true },
      output: { path, filename: `${entry}.mjs`, module: true },
    };
    webpack(settings, (error, result) => (error ? reject(error) : resolve(result)));
  });
  if (stats.hasErrors() || stats.hasWarnings()) {
    throw new Error(stats.toString({ all: false, errors: true, warnings: true }));
  }
  return join(path, `${entry}.mjs`);
};

const bun = async (consumer, entry) => {
  const outfile = join(consumer, `bun/${entry}.mjs`);
  const args = ["build", `${entry}.mjs`, "--target=node", "--minify", `--outfile=${outfile}`];
  execFileSync(findBinary(import.meta.dirname, "bun"), args, { cwd: consumer, stdio: "pipe" });
  return outfile;
};

export const BUNDLERS = {
  esbuild: esbuildFor("browser"),
  Vite: viteFor({}),
  webpack: webpackFor(["web", "es2022"]),
  "esbuild for Node": esbuildFor("node"),
  "Vite for Node": viteFor({ ssr: { noExternal: true }, build: { ssr: true } }),
  "webpack for Node": webpackFor(["node", "es2022"]),
  "Bun for Node": bun,
};
