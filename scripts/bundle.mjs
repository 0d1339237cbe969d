// Bundles the entries that runtimes load from an installed package. Node, Deno and Bun use the same condition: a file or two
// for each public entry. The command line has one file for its start and one for its commands. Parts that several entries
// need are separate files, so that entries used together share classes, registries and the compiled engine.
import { readFileSync } from "node:fs";
import { basename, relative, sep } from "node:path";
import { rolldown } from "rolldown";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
/** Sources of the bundled public entries, by name. These are the entries with a separate file for Node in package.json. */
const ENTRIES = Object.fromEntries(
  Object.values(manifest.exports).flatMap(({ node, default: file }) =>
    node === undefined ? [] : [[basename(node, ".js"), file.replace(/^\.\/dist\/(.*)\.js$/, "src/$1.ts")]],
  ),
);
const COMMAND_LINE = { main: "src/cli/main.ts", "experiment-worker": "src/cli/experiment-worker.ts" };

/** Modules that go beside the command line's own files, which find each other by their addresses. */
const IN_CLI = /^src\/(cli|experiments)\//;
/** Modules that `bellwether --help` loads: the help must not wait for the library. */
const START = /^src\/cli\/(main|help|version)\.ts$/;

/** Engines are plain base64 here, because Buffer decodes that natively: 0.1 ms, where unpacking takes some 5 (measured). */
const ENGINES = {
  "#engine": "dist/engine/binary/strict.wasm",
  "#threads-engine": "build/threads.wasm",
};
const engines = {
  name: "engines",
  resolveId: (id) => (Object.hasOwn(ENGINES, id) ? `\0${id}` : null),
  load(id) {
    const file = ENGINES[id.slice(1)];
    if (file === undefined) return null;
    return `export default { name: "strict", packed: "${readFileSync(file, "base64")}" };`;
  },
};

/** Writes dist/bundled and dist/cli. Call this with the project's root as working directory. */
export async function bundle() {
  /** The imports of each module, without dynamic imports. */
  const imports = new Map();
  const graph = {
    name: "graph",
    buildEnd() {
      for (const id of this.getModuleIds()) imports.set(nameOf(id), this.getModuleInfo(id).importedIds.map(nameOf));
    },
  };
  const closures = new Map();
  /** Returns all modules that an entry needs, including the entry. */
  const closure = (entry) => {
    if (!closures.has(entry)) {
      const found = new Set([ENTRIES[entry]]);
      for (const module of found) for (const next of imports.get(module) ?? []) found.add(next);
      closures.set(entry, found);
    }
    return closures.get(entry);
  };
  const isShared = (module) => Object.keys(ENTRIES).filter((entry) => closure(entry).has(module)).length > 1;
  const part = (name, test) => ({ name, test: (id) => test(nameOf(id)) });

  const build = await rolldown({
    input: {
      ...Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [`bundled/${name}`, file])),
      ...Object.fromEntries(Object.entries(COMMAND_LINE).map(([name, file]) => [`cli/${name}`, file])),
    },
    platform: "node",
    external: [/^node:/, /^bellwether\//],
    plugins: [engines, graph],
  });
  const { output } = await build.write({
    dir: "dist",
    entryFileNames: "[name].js",
    chunkFileNames: ({ facadeModuleId, moduleIds }) =>
      [facadeModuleId ?? "", ...moduleIds].some((id) => IN_CLI.test(nameOf(id)))
        ? "cli/[name].js"
        : "bundled/parts/[name].js",
    // Node compiles shorter text sooner: the import takes a sixth less time (measured). Functions and classes keep their names, for
    // stack traces; source maps have the rest.
    minify: { compress: false, mangle: { keepNames: true }, codegen: { removeWhitespace: true } },
    sourcemap: true,
    // The package contains the sources.
    sourcemapExcludeSources: true,
    comments: { annotation: true, jsdoc: false, legal: false },
    codeSplitting: {
      groups: [
        part("library", (module) => closure("index").has(module) || isShared(module)),
        ...Object.keys(ENTRIES).map((entry) => part(entry, (module) => closure(entry).has(module))),
        part("start", (module) => START.test(module) && module !== COMMAND_LINE.main),
        part(
          "commands",
          (module) => IN_CLI.test(module) && !START.test(module) && module !== COMMAND_LINE["experiment-worker"],
        ),
      ],
    },
  });
  await build.close();
  return output;
}

/** Returns a module's path from the root, with slashes. Virtual modules keep their names. */
function nameOf(id) {
  return id.startsWith("\0") ? id : relative(process.cwd(), id).split(sep).join("/");
}
