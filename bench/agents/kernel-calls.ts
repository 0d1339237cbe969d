// What an agent asks of the engine, taken down and made again without the agent: the calls of an update alone, addresses
// and numbers as they were, are what the update costs without its host.

import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";

export interface KernelCall {
  /** An export of the engine. */
  readonly kernel: string;
  readonly args: readonly number[];
}

type Exports = Readonly<Record<string, (...args: number[]) => number>>;

interface Tape {
  isRunning: boolean;
  calls: KernelCall[];
}

/** A backend whose calls into the engine are taken down while `record` runs. Slower for it: not for timing. */
export class RecordingBackend extends WasmBackend {
  readonly #tape: Tape;

  constructor() {
    const tape: Tape = { isRunning: false, calls: [] };
    const { Instance } = WebAssembly;
    // The engine reads its exports once, from the instance that it makes.
    WebAssembly.Instance = function recording(module: WebAssembly.Module, imports: WebAssembly.Imports) {
      const { exports } = new Instance(module, imports);
      return { exports: taped(exports as Exports, tape) };
    } as unknown as typeof Instance;
    try {
      super();
    } finally {
      WebAssembly.Instance = Instance;
    }
    this.#tape = tape;
  }

  /** The calls that `run` makes, in their order. */
  record(run: () => void): readonly KernelCall[] {
    this.#tape.calls = [];
    this.#tape.isRunning = true;
    run();
    this.#tape.isRunning = false;
    return this.#tape.calls;
  }
}

function taped(exports: Exports, tape: Tape): Exports {
  const wrap =
    (kernel: string, call: Exports[string]) =>
    (...args: number[]): number => {
      if (tape.isRunning) tape.calls.push({ kernel, args });
      return call(...args);
    };
  return Object.fromEntries(Object.entries(exports).map(([kernel, call]) => [kernel, wrap(kernel, call)]));
}

/**
 * The same calls, in the same order, on a backend whose memory is planned the same way. Written out as a function, so that
 * nothing comes between them.
 */
export function replayCalls(backend: WasmBackend, calls: readonly KernelCall[]): () => void {
  const kernels = [...new Set(calls.map(({ kernel }) => kernel))];
  const number = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));
  const body = calls.map(({ kernel, args }) => `${kernel}(${args.map(number).join(", ")});`).join("\n");
  return new Function(`{ ${kernels.join(", ")} }`, `return () => {\n${body}\n};`)(backend.engine.exports) as () => void;
}
