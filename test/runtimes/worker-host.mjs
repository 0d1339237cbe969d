// workerd, the open-source runtime of Cloudflare Workers, with the bundle of a Worker and its .wasm files as modules.

import { spawn } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { TIMEOUT_MS } from "./json-process.mjs";

/** Options of esbuild for a Worker: `.wasm` imports stay imports. */
export const WORKER_BUNDLE = {
  bundle: true,
  format: "esm",
  minify: true,
  conditions: ["workerd", "worker", "browser"],
  loader: { ".wasm": "copy" },
  assetNames: "[name]",
};

/** @param folder holds worker.js and the .wasm files that it imports */
export async function askWorker(workerd, folder, task) {
  const wasm = readdirSync(folder).filter((name) => name.endsWith(".wasm"));
  const modules = [
    `(name = "worker.js", esModule = embed "worker.js")`,
    ...wasm.map((name) => `(name = "${name}", wasm = embed "${name}")`),
  ];
  const port = await freePort();
  writeFileSync(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (compatibilityDate = "2026-01-01", modules = [${modules.join(", ")}]))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`,
  );
  const child = spawn(workerd, ["serve", "config.capnp"], { cwd: folder });
  let stderr = "";
  let ended = false;
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  child.on("error", (error) => (stderr += error.message)).on("close", () => (ended = true));
  try {
    const body = JSON.stringify(task);
    for (const deadline = Date.now() + TIMEOUT_MS; ; ) {
      try {
        const signal = AbortSignal.timeout(TIMEOUT_MS);
        const { answer, error } = await (
          await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body, signal })
        ).json();
        if (error !== undefined) throw new Error(error);
        return answer;
      } catch (error) {
        const starting = error.cause?.code === "ECONNREFUSED";
        if (!starting || ended || Date.now() > deadline) {
          throw new Error(`${error.message} ${stderr.trim().slice(-600)}`, { cause: error });
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  } finally {
    child.kill();
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
