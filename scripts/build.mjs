// Builds all published files: the engine's binaries, their inline modules, the host as single files and as bundles.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";
import { engineTypes, threadedEngineTypes } from "./engine-types.mjs";
import { moduleText } from "./module-text.mjs";
import { packEngine } from "./pack-engine.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

function run(command, args) {
  const { status } = spawnSync(process.execPath, [`node_modules/${command}`, ...args], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

/** Entry and name of every target in asconfig.json. Hosts that cannot compile bytes get no target for shared memory. */
const TARGETS = {
  strict: { entry: "index", name: "strict", isShared: false },
  relaxed: { entry: "index", name: "relaxed", isShared: false },
  threads: { entry: "threaded", name: "strict", isShared: true },
  "threads-relaxed": { entry: "threaded", name: "relaxed", isShared: true },
};

// A published package must not contain old files. A working copy keeps its files while they are rewritten.
if (process.argv.includes("--clean")) rmSync("dist", { recursive: true, force: true });
mkdirSync("build", { recursive: true });
const bindings = (target) => readFileSync(`build/${target}.d.ts`, "utf8");
/** Types of the engine's exports. A relaxed binary has the same types. They are written before the host is compiled. */
const EXPORTS = {
  strict: () => engineTypes(bindings("strict")),
  threads: () => threadedEngineTypes(bindings("strict"), bindings("threads")),
};
mkdirSync("dist/engine/binary", { recursive: true });
run("assemblyscript/bin/asc.js", ["assembly/unpacker.ts", "--config", "asconfig.json", "--target", "unpacker"]);
const unpacker = readFileSync("build/unpacker.wasm");
for (const [target, { entry, name, isShared }] of Object.entries(TARGETS)) {
  run("assemblyscript/bin/asc.js", [`assembly/${entry}.ts`, "--config", "asconfig.json", "--target", target]);
  const bytes = readFileSync(`build/${target}.wasm`);
  const write = (file, content) => writeFileSync(`dist/engine/binary/${file}`, content);
  const what = isShared ? `the ${name} engine for shared memory` : `the ${name} engine`;
  const head = `// Generated from assembly/: ${what}, ${bytes.length} bytes.\n`;
  // Compressed instead of plain base64: 11 kB less after gzip, 49 kB before (measured, strict engine of 57.5 kB).
  write(
    `${target}.js`,
    `// @ts-self-types="./${target}.d.ts"\n${head}export default { name: "${name}", packed: ${JSON.stringify(packEngine(bytes, unpacker))} };\n`,
  );
  // "#engine" is internal, so its types are those of the default form; relaxed is public, so its types name both forms.
  const inline = `{ readonly name: "${name}"; readonly packed: string }`;
  const either = target === "relaxed" ? ` | { readonly name: "${name}"; readonly module: WebAssembly.Module }` : "";
  const types = EXPORTS[target]?.() ?? "";
  write(`${target}.d.ts`, `${types}declare const binary: ${inline}${either};\nexport default binary;\n`);
  if (isShared) continue;
  const linked = (specifier) =>
    `${head}import module from "${specifier}";\nexport default { name: "${name}", module };\n`;
  write(`${target}.wasm`, bytes);
  write(`${target}.wasm.d.ts`, "declare const module: WebAssembly.Module;\nexport default module;\n");
  // For hosts that compile no bytes at run time: Workers import a compiled module, Vercel's edge imports it with "?module".
  write(`${target}-workerd.js`, linked(`./${target}.wasm`));
  write(`${target}-edge-light.js`, linked(`./${target}.wasm?module`));
}
const workerText = await moduleText("src/backends/threads/team-worker.ts");
mkdirSync("dist/backends/threads", { recursive: true });
writeFileSync(
  "dist/backends/threads/team-worker-text.js",
  `// @ts-self-types="./team-worker-text.d.ts"\n// Generated from src/backends/threads/team-worker.ts.\nexport default ${JSON.stringify(workerText)};\n`,
);
writeFileSync("dist/backends/threads/team-worker-text.d.ts", "declare const text: string;\nexport default text;\n");
// One file for each source, so that bundlers can leave out the files that a program does not use.
run("typescript/bin/tsc", ["-p", "tsconfig.build.json"]);
await bundle();
