// Runs the Worker under miniflare: the same runtime as Cloudflare's, with storage in a folder that survives a restart.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Miniflare } from "miniflare";
import { bundleForNode, bundleWorker } from "./bundle.mjs";

export const DECIDE = "decide-token-of-the-test";
export const ADMIN = "admin-token-of-the-test";
/** Limits without a time budget and without a rate. Only the numbers of updates bound learning, so every run is the same. */
export const UNHURRIED = { updateBudgetMs: 60_000, itemsPerSecond: 1e9, itemsBurst: 1e9, checkpointDelayMs: 100 };

const bundle = await bundleWorker("../src/worker.ts");
export const product = await import(await bundleForNode("../src/product.ts"));

const folders = mkdtempSync(join(tmpdir(), "bellwether-edge-"));
process.on("exit", () => rmSync(folders, { recursive: true, force: true }));

export const temporaryFolder = () => mkdtempSync(join(folders, "service-"));

/** Returns the modules that miniflare and a deployment load: the script, and the engine. */
export function modules({ root, worker, engine } = bundle) {
  return {
    modulesRoot: root,
    modules: [
      { type: "ESModule", path: worker, contents: readFileSync(worker, "utf8") },
      { type: "CompiledWasm", path: engine, contents: readFileSync(engine) },
    ],
  };
}

/** Starts the service. @param options.kv true to keep checkpoints in KV @param options.bindings replacements for the tokens */
export function startService({ folder = temporaryFolder(), limits = UNHURRIED, kv = false, bindings } = {}) {
  const runtime = new Miniflare({
    ...modules(),
    compatibilityDate: "2026-04-01",
    durableObjects: { LEARNER: { className: "OfferLearner", useSQLite: true } },
    durableObjectsPersist: join(folder, "objects"),
    ...(kv ? { kvNamespaces: ["CHECKPOINTS"], kvPersist: join(folder, "kv") } : {}),
    bindings: { LIMITS: limits, ...(bindings ?? { DECIDE_TOKEN: DECIDE, ADMIN_TOKEN: ADMIN }) },
    // Errors that the service logs on purpose would read as failures here.
    handleRuntimeStdio: (stdout, stderr) => {
      stdout.resume();
      stderr.resume();
    },
  });

  async function call(method, path, { token, body, type, headers } = {}) {
    const isText = typeof body === "string" || body instanceof Uint8Array;
    const response = await runtime.dispatchFetch(`http://edge${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": type ?? "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const isJson = response.headers.get("content-type")?.startsWith("application/json");
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(new TextDecoder().decode(bytes)) : bytes,
    };
  }

  async function expectOk(answer) {
    const { status, body } = await answer;
    if (status !== 200) throw new Error(`expected 200, got ${status} ${JSON.stringify(body)}`);
    return body;
  }

  const health = () => expectOk(call("GET", "/health", { token: ADMIN }));
  return {
    runtime,
    call,
    health,
    decide: (body) => expectOk(call("POST", "/decide", { token: DECIDE, body })),
    feedback: (...feedback) => expectOk(call("POST", "/feedback", { token: DECIDE, body: { feedback } })),
    policy: () => expectOk(call("GET", "/policy", { token: ADMIN })),
    upload: (body) => call("PUT", "/policy", { token: ADMIN, body, type: "application/octet-stream" }),
    /** Returns the health after all changes are saved. */
    async saved() {
      for (;;) {
        const now = await health();
        if (!now.unsaved) return now;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    stop: () => runtime.dispose(),
  };
}
