// Makes a checkout ready to run: installs when the lock file is newer than the installed packages, builds when a source is
// newer than the build. Ends quickly when both are fresh. Arguments are folders with separate packages.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);
const newest = (path) =>
  statSync(path).isDirectory()
    ? Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))))
    : modified(path);

function run(command, args, shell, cwd = ".") {
  console.log(`> ${command} ${args.join(" ")}`);
  const { status } = spawnSync(command, args, { stdio: "inherit", shell, cwd });
  if (status !== 0) process.exit(status ?? 1);
}

for (const folder of [".", ...process.argv.slice(2)]) {
  if (modified(join(folder, "node_modules/.package-lock.json")) < modified(join(folder, "package-lock.json"))) {
    // Installs the locked versions. "npm ci" would refuse lock files from a registry that lacks binaries for other platforms.
    run("npm", ["install", "--no-save", "--no-audit", "--no-fund"], process.platform === "win32", folder);
  }
}
const sources = ["assembly", "src", "scripts", "asconfig.json", "tsconfig.json", "tsconfig.build.json", "package.json"];
const built = Math.min(
  modified("dist/engine/binary/strict.js"),
  modified("dist/index.js"),
  modified("dist/bundled/index.js"),
  modified("dist/cli/main.js"),
);
if (built < Math.max(...sources.map(newest))) run(process.execPath, ["scripts/build.mjs"], false);
