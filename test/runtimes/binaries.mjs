// Where the runtimes' executables lie. No install script has run, so they are found where their packages unpack them.

import { existsSync } from "node:fs";
import { join } from "node:path";

const { platform, arch } = process;
const glibc = platform === "linux" ? "-glibc" : "";
const EXE = platform === "win32" ? ".exe" : "";

/** @returns the path of a package's executable under the folder's node_modules, or undefined where there is none */
export function findBinary(folder, name) {
  const packages = {
    deno: `@deno/${platform}-${arch}${glibc}/deno${EXE}`,
    bun: `@oven/bun-${platform}-${arch === "arm64" ? "aarch64" : arch}/bin/bun${EXE}`,
    workerd: `@cloudflare/workerd-${platform}-${arch === "arm64" ? arch : "64"}/bin/workerd${EXE}`,
    "node-22": "node-22/bin/node",
    "node-24": "node-24/bin/node",
    "node-26": "node-26/bin/node",
  };
  const path = join(folder, "node_modules", packages[name]);
  return existsSync(path) ? path : undefined;
}
