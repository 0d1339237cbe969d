import { afterEach, expect, test, vi } from "vitest";
import strict from "#engine";
import { prefersShortLoops } from "../../src/engine/compiler.ts";
import { compileEngine, Engine } from "../../src/engine/engine.ts";

afterEach(() => vi.restoreAllMocks());

const { try: given } = Promise as { try?: unknown };

test("V8 of Node 20 and 22 does best in short loops, that of Node 24 does not", () => {
  expect(prefersShortLoops()).toBe(Number(process.versions.node.split(".")[0]) < 24);
});

test("so does a compiler without 64-bit memories, whatever its other features", () => {
  Object.assign(Promise, { try: given ?? (() => {}) });
  try {
    vi.spyOn(WebAssembly, "validate").mockReturnValue(true);
    expect(prefersShortLoops()).toBe(false);
    vi.mocked(WebAssembly.validate).mockReturnValue(false);
    expect(prefersShortLoops()).toBe(true);
  } finally {
    if (given === undefined) Reflect.deleteProperty(Promise, "try");
  }
});

test("an engine is told so where it is made", () => {
  const { Instance } = WebAssembly;
  let told: boolean;
  class Listening {
    readonly exports: WebAssembly.Exports;
    constructor(module: WebAssembly.Module, imports: WebAssembly.Imports) {
      told = false;
      this.exports = { ...new Instance(module, imports).exports, gemm_short_loops: () => (told = true) };
    }
  }
  const isTold = (isValid: boolean): boolean => {
    vi.spyOn(WebAssembly, "validate").mockReturnValue(isValid);
    new Engine({ name: "own", module: compileEngine(strict) });
    return told;
  };
  Object.assign(Promise, { try: given ?? (() => {}) });
  WebAssembly.Instance = Listening as unknown as typeof Instance;
  try {
    expect(isTold(true)).toBe(false);
    expect(isTold(false)).toBe(true);
  } finally {
    WebAssembly.Instance = Instance;
    if (given === undefined) Reflect.deleteProperty(Promise, "try");
  }
});
