// One member of a team, in its worker: takes parts of operations, inside WebAssembly, until the team is stopped. It stands
// alone, so that bundlers make a small file of it, and the build a text; "bellwether/threads/worker" names it.

import type { ThreadedEngineExports } from "#threads-engine";

/** What a worker is sent. */
export interface Enlistment {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Address of the block that the team talks through. */
  readonly block: number;
  /** Which 32-bit word of the memory says that somebody was lost. */
  readonly lost: number;
  readonly index: number;
  /** Of its products, as the caller's have them. */
  readonly tileForm: number;
}

interface Port {
  postMessage(message: unknown): void;
  close?(): void;
  once?(type: "message", listener: (data: Enlistment) => void): void;
  addEventListener(type: "message", listener: (event: { readonly data: Enlistment }) => void, options: object): void;
}

const host = globalThis as unknown as Port & {
  readonly process?: { getBuiltinModule?(name: string): { readonly parentPort: Port | null } };
};
const port = host.process?.getBuiltinModule?.("node:worker_threads").parentPort ?? host;

function serve({ module, memory, block, lost, index, tileForm }: Enlistment): void {
  try {
    const env = { memory, await_team: () => {} };
    const kernel = new WebAssembly.Instance(module, { env }).exports as unknown as ThreadedEngineExports;
    kernel.gemm_tile_form(tileForm);
    port.postMessage("ready");
    kernel.team_serve(block, index);
    // Deno's parentPort closes nothing, its global scope does.
    (port.close ? port : host).close?.();
  } catch (error) {
    // Whoever waits for this member's part must not wait for ever.
    Atomics.store(new Int32Array(memory.buffer), lost, 1);
    throw error;
  }
}

if (port.once) port.once("message", serve);
else port.addEventListener("message", ({ data }) => serve(data), { once: true });
