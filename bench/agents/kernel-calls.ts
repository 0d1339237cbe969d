// Records the calls of an agent into the engine, and repeats them without the agent. The repeated calls of an update, with
// the same addresses and numbers, cost as much as the update without its host.

import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";

export interface KernelCall {
  /** Name of an export of the engine. */
  readonly kernel: string;
  readonly args: readonly number[];
}

type Exports = Readonly<Record<string, (...args: number[]) => number>>;

interface Tape {
  isRunning: boolean;
  calls: KernelCall[];
}

/** A backend that records its calls into the engine while `record` runs. Recording makes it slow, so do not time it. */
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

  /** Returns the calls that `run` makes, in order. */
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
 * Returns a function that makes the same calls in the same order, on a backend with the same memory plan. Each call is written
 * out in the source of the function, so that no other code runs between the calls.
 */
export function replayCalls(backend: WasmBackend, calls: readonly KernelCall[]): () => void {
  const kernels = [...new Set(calls.map(({ kernel }) => kernel))];
  const number = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));
  const body = calls.map(({ kernel, args }) => `${kernel}(${args.map(number).join(", ")});`).join("\n");
  return new Function(`{ ${kernels.join(", ")} }`, `return () => {\n${body}\n};`)(backend.engine.exports) as () => void;
}
