// workerd, the open-source runtime of Cloudflare Workers, with the bundle of a Worker and its .wasm files as modules.

import { spawn } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
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
  const worker = await startWorker(workerd, folder);
  try {
    const { answer, error } = await worker.ask(task);
    if (error !== undefined) throw new Error(error);
    return answer;
  } finally {
    await worker.stop();
  }
}

/** A process of workerd, once it listens: `ask` posts a task and returns the answer's JSON. */
export async function startWorker(workerd, folder) {
  const wasm = readdirSync(folder).filter((name) => name.endsWith(".wasm"));
  const modules = [
    `(name = "worker.js", esModule = embed "worker.js")`,
    ...wasm.map((name) => `(name = "${name}", wasm = embed "${name}")`),
  ];
  writeFileSync(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (compatibilityDate = "2026-01-01", modules = [${modules.join(", ")}]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`,
  );
  // On its control channel workerd says which port it took.
  const args = ["serve", "config.capnp", "--control-fd=3"];
  const child = spawn(workerd, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  const gone = new Promise((resolve) => child.on("close", resolve));
  const stop = () => {
    child.kill();
    return gone;
  };
  const port = await new Promise((resolve, reject) => {
    const fail = (reason) => {
      clearTimeout(timer);
      reject(new Error(`workerd: ${reason} ${stderr.trim().slice(-600)}`));
    };
    const timer = setTimeout(() => fail(`does not listen within ${TIMEOUT_MS / 1000} s`), TIMEOUT_MS);
    child.on("error", (error) => fail(error.message)).on("close", () => fail("ended"));
    let events = "";
    child.stdio[3].setEncoding("utf8").on("data", (text) => {
      events += text;
      const listening = /"event":"listen".*"port":(\d+)/.exec(events);
      if (listening === null) return;
      clearTimeout(timer);
      resolve(Number(listening[1]));
    });
  }).catch(async (error) => {
    await stop();
    throw error;
  });

  async function ask(task) {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: JSON.stringify(task), signal });
      return await response.json();
    } catch (error) {
      throw new Error(`${error.message} ${stderr.trim().slice(-600)}`, { cause: error });
    }
  }
  return { ask, stop };
}
