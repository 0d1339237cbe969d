import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import strict from "#engine";
import { tileRows } from "../../src/engine/compiler.ts";
import { compileEngine, Engine } from "../../src/engine/engine.ts";

test("V8 of Node 20 and 22 gets tiles of 4 rows, that of Node 24 those of 6", () => {
  expect(tileRows()).toBe(Number(process.versions.node.split(".")[0]) < 24 ? 4 : 6);
});

describe("where stacks can be switched", () => {
  const { Instance } = WebAssembly;
  const given = Object.getOwnPropertyDescriptor(WebAssembly, "Suspending");

  beforeEach(() => {
    Object.defineProperty(WebAssembly, "Suspending", { value: class {}, configurable: true });
    vi.spyOn(WebAssembly, "validate").mockReturnValue(true);
  });

  afterEach(() => {
    Reflect.deleteProperty(WebAssembly, "Suspending");
    if (given !== undefined) Object.defineProperty(WebAssembly, "Suspending", given);
    WebAssembly.Instance = Instance;
    vi.restoreAllMocks();
  });

  test("a compiler without 64-bit memories gets 4", () => {
    expect(tileRows()).toBe(6);
    vi.mocked(WebAssembly.validate).mockReturnValue(false);
    expect(tileRows()).toBe(4);
  });

  test("one whose errors know their line gets 5", () => {
    Object.defineProperty(Error.prototype, "lineNumber", { value: 1, configurable: true });
    try {
      expect(tileRows()).toBe(5);
    } finally {
      Reflect.deleteProperty(Error.prototype, "lineNumber");
    }
  });

  test("an engine is told where it is made", () => {
    const told: number[] = [];
    WebAssembly.Instance = class {
      readonly exports: WebAssembly.Exports;
      constructor(module: WebAssembly.Module, imports: WebAssembly.Imports) {
        const gemm_tile_rows = (most: number): number => told.push(most);
        this.exports = { ...new Instance(module, imports).exports, gemm_tile_rows };
      }
    } as unknown as typeof Instance;
    new Engine({ name: "own", module: compileEngine(strict) });
    vi.mocked(WebAssembly.validate).mockReturnValue(false);
    new Engine({ name: "own", module: compileEngine(strict) });
    expect(told).toEqual([6, 4]);
  });
});
