// One instance of the WebAssembly engine with its own memory. The host plans memory here, once, when an agent is built;
// kernels take raw addresses. The memory is released with the engine.

import strict, { type EngineExports } from "#engine";
import { tileForm } from "./compiler.ts";
import { unpackEngine } from "./packed.ts";

/**
 * The binary of an engine: inline text such as `bellwether/relaxed` (see packed.ts), or a module that the host compiled
 * itself.
 */
export type EngineBinary =
  | { readonly name: string; readonly packed: string }
  | { readonly name: string; readonly module: WebAssembly.Module };

/** Imports of a binary: its memory; a binary for shared memory imports a function, too. */
export interface Surroundings {
  readonly memory: WebAssembly.Memory;
  readonly [name: string]: WebAssembly.Memory | ((turn: number) => void);
}

/** Memory whose length the user chose, such as a replay memory. The error tells these numbers when the memory does not fit. */
export interface Countable {
  readonly capacity: number;
  /** Name of the things counted by `capacity`, in the plural. */
  readonly what: string;
  readonly bytesEach: number;
}

const PAGE_BYTES = 65_536;
const MAX_PAGES = 65_536;
const compiled = new Map<string, WebAssembly.Module>();
let noticed = false;

/** Returns true when this runtime can run the binary. A `relaxed` binary needs relaxed SIMD. */
export function supportsEngine(binary: EngineBinary): boolean {
  return "module" in binary || WebAssembly.validate(unpackEngine(binary.packed));
}

/** @throws WebAssembly.CompileError when the runtime lacks a feature that the binary needs, or forbids to compile bytes */
export function compileEngine(binary: EngineBinary): WebAssembly.Module {
  if ("module" in binary) return binary.module;
  let module = compiled.get(binary.packed);
  if (module === undefined) {
    module = new WebAssembly.Module(unpackEngine(binary.packed));
    compiled.set(binary.packed, module);
  }
  return module;
}

/** Makes an instance. Runtimes that forbid to compile throw in `compileEngine`, or (WebKit) only when the instance is made. */
function instantiate(binary: EngineBinary, env: Surroundings): WebAssembly.Instance {
  try {
    return new WebAssembly.Instance(compileEngine(binary), { env });
  } catch (cause) {
    if (cause instanceof WebAssembly.LinkError || cause instanceof RangeError) throw cause;
    const error = new WebAssembly.CompileError(refusal(binary.name, cause));
    error.cause = cause;
    throw error;
  }
}

/** Returns the strict binary in place of a relaxed one that does not run here; otherwise the binary itself. */
function orStrict(binary: EngineBinary): EngineBinary {
  if (binary.name !== "relaxed" || ("packed" in binary && compiled.has(binary.packed)) || supportsEngine(binary)) {
    return binary;
  }
  if (!noticed) {
    noticed = true;
    console.warn("engine: relaxed expected relaxed SIMD, got a runtime without it. The strict engine runs instead.");
  }
  return strict;
}

function refusal(name: string, cause: unknown): string {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return (
    `engine: ${name} expected a runtime that compiles WebAssembly with SIMD, got "${reason}". On a page, allow ` +
    "'wasm-unsafe-eval' in the policy's script-src; in a Worker, bundle with the condition \"workerd\" or pass " +
    "{ engine: { name, module } }."
  );
}

/** A running engine: its exports, and the planning of its memory. */
export class Engine {
  readonly name: string;
  readonly exports: EngineExports;
  readonly #memory: WebAssembly.Memory;
  #top: number;

  /**
   * @param binary engine to run. Without relaxed SIMD the strict binary runs in place of a relaxed one; `name` says which.
   *   Default: the strict binary.
   * @param surroundings imports of a binary that needs more than its own memory; such a binary has no replacement
   * @throws WebAssembly.CompileError when the runtime lacks SIMD, or forbids to compile bytes
   */
  constructor(binary: EngineBinary = strict, surroundings?: Surroundings) {
    const runs = surroundings === undefined ? orStrict(binary) : binary;
    const env = surroundings ?? { memory: new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES }) };
    this.name = runs.name;
    this.#memory = env.memory;
    this.exports = instantiate(runs, env).exports as unknown as EngineExports;
    this.exports.gemm_tile_form(tileForm());
    this.#top = this.exports.heap_base();
  }

  /** Bytes planned so far, the engine's own tables included. */
  get bytes(): number {
    return this.#top;
  }

  get buffer(): ArrayBuffer {
    return this.#memory.buffer as ArrayBuffer;
  }

  /**
   * Reserves zeroed memory, aligned to 64 bytes, and returns its address. A reservation may detach earlier views: make views
   * when planning is over.
   * @param contents number and size of the things that the memory holds; the error then says how many would fit
   * @throws RangeError when the 4 GiB of a WebAssembly memory do not suffice, or the runtime gives less; nothing is
   *   planned then
   */
  allocate(bytes: number, contents?: Countable): number {
    const start = Math.ceil(this.#top / 64) * 64;
    const end = start + bytes;
    const pages = Math.ceil(end / PAGE_BYTES) - this.#memory.buffer.byteLength / PAGE_BYTES;
    if (end > MAX_PAGES * PAGE_BYTES) throw outOfMemory(bytes, start, contents, false);
    if (pages > 0) {
      try {
        this.#memory.grow(pages);
      } catch {
        throw outOfMemory(bytes, start, contents, true);
      }
    }
    this.#top = end;
    return start;
  }

  f32(address: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, length);
  }

  f64(address: number, length: number): Float64Array {
    return new Float64Array(this.#memory.buffer, address, length);
  }

  u32(address: number, length: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, address, length);
  }

  u8(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, length);
  }
}

function outOfMemory(bytes: number, used: number, contents: Countable | undefined, isRefused: boolean): RangeError {
  const mib = (n: number): string => `${(n / 1_048_576).toFixed(1)} MiB`;
  const limit = isRefused ? "what this runtime gives, less than 4096 MiB in all" : "4096 MiB in all";
  if (contents === undefined) {
    return new RangeError(
      `engine: memory expected at most ${limit}, got ${mib(used)} planned and ${mib(bytes)} more. ` +
        "Lower the replay capacity, store observations as uint8, or use a smaller network.",
    );
  }
  const { capacity, what, bytesEach } = contents;
  // Memory beside the countable part, such as slack, is needed for every capacity.
  const room = MAX_PAGES * PAGE_BYTES - used - (bytes - capacity * bytesEach);
  const fits = `${isRefused ? "Fewer than" : "At most"} ${isRefused ? capacity : Math.max(0, Math.floor(room / bytesEach))} fit`;
  return new RangeError(
    `replay: memory expected at most ${limit}, got ${mib(used)} planned and ${mib(bytes)} more, a capacity of ` +
      `${capacity} ${what} of ${bytesEach} bytes. ${fits}: lower the capacity, or store observations as uint8.`,
  );
}
