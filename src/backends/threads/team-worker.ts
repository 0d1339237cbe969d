// One member of a team, in its own worker. It takes parts of operations, inside WebAssembly, until the team is stopped. The
// module imports no other code, so that bundlers make a small file of it, and the build a text. Its public name is
// "bellwether/threads/worker".

import type { ThreadedEngineExports } from "#threads-engine";

/** The first and only message to a worker: its orders. */
export interface Enlistment {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Address of the block that the team talks through. */
  readonly block: number;
  /** Index of the 32-bit word of the memory that is 1 when a member was lost. */
  readonly lost: number;
  /** Number of this member, from 1 on. */
  readonly index: number;
  /** Form of the tiles of matrix products, the same as the caller's. */
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
    // The caller waits for this member's part, and must not wait for ever.
    Atomics.store(new Int32Array(memory.buffer), lost, 1);
    throw error;
  }
}

if (port.once) port.once("message", serve);
else port.addEventListener("message", ({ data }) => serve(data), { once: true });
