// The bundlers that the packed library is tried with: each bundles `<entry>.mjs` of the consumer's folder, minified, and
// returns the bundle's path.

import { join } from "node:path";
import { build as esbuild } from "esbuild";
import { build as vite } from "vite";
import webpack from "webpack";

export const BUNDLERS = {
  esbuild: async (consumer, entry) => {
    const outfile = join(consumer, `esbuild/${entry}.mjs`);
    await esbuild({
      absWorkingDir: consumer,
      entryPoints: [`${entry}.mjs`],
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      outfile,
    });
    return outfile;
  },

  Vite: async (consumer, entry) => {
    const outDir = join(consumer, "vite");
    await vite({
      root: consumer,
      configFile: false,
      logLevel: "error",
      build: {
        target: "es2022",
        outDir,
        emptyOutDir: false,
        modulePreload: false,
        rollupOptions: { input: join(consumer, `${entry}.mjs`), output: { entryFileNames: `${entry}.mjs` } },
      },
    });
    return join(outDir, `${entry}.mjs`);
  },

  webpack: async (consumer, entry) => {
    const path = join(consumer, "webpack");
    const stats = await new Promise((resolve, reject) => {
      const settings = {
        context: consumer,
        mode: "production",
        target: ["web", "es2022"],
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
  },
};
