import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import strict from "#engine";
import { TileForm, tileForm } from "../../src/engine/compiler.ts";
import { compileEngine, Engine } from "../../src/engine/engine.ts";

test("V8 of Node 20 and 22 gets steps in blocks, that of Node 24 tiles of 6 rows", () => {
  const isOld = Number(process.versions.node.split(".")[0]) < 24;
  expect(tileForm()).toBe(isOld ? TileForm.Blocks : TileForm.SixRows);
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

  test("a compiler without 64-bit memories gets steps in blocks", () => {
    expect(tileForm()).toBe(TileForm.SixRows);
    vi.mocked(WebAssembly.validate).mockReturnValue(false);
    expect(tileForm()).toBe(TileForm.Blocks);
  });

  test.each([
    { property: "lineNumber", form: TileForm.FiveRows, tiles: "tiles of 5 rows" },
    { property: "line", form: TileForm.OneStep, tiles: "tiles of one step" },
  ])("one whose errors know their $property gets $tiles", ({ property, form }) => {
    Object.defineProperty(Error.prototype, property, { value: 1, configurable: true });
    try {
      expect(tileForm()).toBe(form);
    } finally {
      Reflect.deleteProperty(Error.prototype, property);
    }
  });

  test("an engine is told where it is made", () => {
    const told: number[] = [];
    WebAssembly.Instance = class {
      readonly exports: WebAssembly.Exports;
      constructor(module: WebAssembly.Module, imports: WebAssembly.Imports) {
        const gemm_tile_form = (form: number): number => told.push(form);
        this.exports = { ...new Instance(module, imports).exports, gemm_tile_form };
      }
    } as unknown as typeof Instance;
    new Engine({ name: "own", module: compileEngine(strict) });
    vi.mocked(WebAssembly.validate).mockReturnValue(false);
    new Engine({ name: "own", module: compileEngine(strict) });
    expect(told).toEqual([TileForm.SixRows, TileForm.Blocks]);
  });
});
