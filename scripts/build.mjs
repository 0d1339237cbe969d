// Builds everything that is published: the two engine binaries, their inline modules, and the host.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

function run(command, args) {
  const { status } = spawnSync(process.execPath, [`node_modules/${command}`, ...args], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

const TARGETS = ["strict", "relaxed"];

// A published package must hold nothing stale; a working copy keeps its files in place while they are rewritten.
if (process.argv.includes("--clean")) rmSync("dist", { recursive: true, force: true });
mkdirSync("build", { recursive: true });
mkdirSync("dist/engine/binary", { recursive: true });
for (const target of TARGETS) {
  run("assemblyscript/bin/asc.js", ["assembly/index.ts", "--config", "asconfig.json", "--target", target]);
  const bytes = readFileSync(`build/${target}.wasm`);
  writeFileSync(`dist/engine/binary/${target}.wasm`, bytes);
  writeFileSync(
    `dist/engine/binary/${target}.js`,
    `// Generated from assembly/: the ${target} engine, ${bytes.length} bytes.\n` +
      `export default { name: "${target}", base64: "${bytes.toString("base64")}" };\n`,
  );
  writeFileSync(
    `dist/engine/binary/${target}.d.ts`,
    `declare const binary: { readonly name: "${target}"; readonly base64: string };\nexport default binary;\n`,
  );
}
run("typescript/bin/tsc", ["-p", "tsconfig.build.json"]);
