// Which binary runs, what is said where none can, and how memory is planned.

import { readFileSync } from "node:fs";
import relaxed from "bellwether/relaxed";
import { afterEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import strict from "#engine";
import threaded from "#threads-engine";
import { Engine, supportsEngine } from "../../src/engine/engine.ts";
import { unpackEngine } from "../../src/engine/packed.ts";

const text = (error: unknown): string => (error as Error).message;

afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

describe("the engine", () => {
  test("is the strict one by default", () => {
    expect(new Engine().name).toBe("strict");
  });

  test("takes a module that the host compiled", () => {
    const module = new WebAssembly.Module(unpackEngine(strict.packed));
    const engine = new Engine({ name: "own", module });
    expect(engine.name).toBe("own");
    expect(engine.exports.heap_base()).toBe(engine.bytes);
    expect(supportsEngine({ name: "own", module })).toBe(true);
  });

  test("is the relaxed one exactly where relaxed SIMD is", () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const supported = WebAssembly.validate(unpackEngine((relaxed as { packed: string }).packed));
    expect(supportsEngine(relaxed)).toBe(supported);
    expect(new Engine(relaxed).name).toBe(supported ? "relaxed" : "strict");
  });

  test("says once that strict runs in place of a relaxed one", async () => {
    const { Engine } = await import("../../src/engine/engine.ts");
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
    expect([new Engine(relaxed).name, new Engine(relaxed).name]).toEqual(["strict", "strict"]);
    expect(warn.mock.calls).toEqual([
      ["engine: relaxed expected relaxed SIMD, got a runtime without it. The strict engine runs instead."],
    ]);
  });

  test("says what to do where bytes are not compiled", () => {
    const damaged = { name: "own", packed: Buffer.from("no engine").toString("base64") };
    expect(supportsEngine(damaged)).toBe(false);
    let thrown: unknown;
    try {
      new Engine(damaged);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(WebAssembly.CompileError);
    expect(text(thrown)).toMatch(/^engine: own expected a runtime that compiles WebAssembly with SIMD, got ".*magic/);
    expect(text(thrown)).toContain("allow 'wasm-unsafe-eval' in the policy's script-src");
    expect(text(thrown)).toContain('bundle with the condition "workerd" or pass { engine: { name, module } }.');
    expect((thrown as Error).cause).toBeInstanceOf(WebAssembly.CompileError);
  });

  test("leaves the error of a module that is no engine as it is", () => {
    // (module (import "env" "other" (func)))
    const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x04, 0x01, 0x60, 0x00, 0x00];
    const imports = [0x02, 0x0d, 0x01, 0x03, ...Buffer.from("env"), 0x05, ...Buffer.from("other"), 0x00, 0x00];
    const module = new WebAssembly.Module(Uint8Array.of(...header, ...imports));
    expect(() => new Engine({ name: "own", module })).toThrow(WebAssembly.LinkError);
  });
});

describe("exports", () => {
  test("are declared by name, all that the binary has and no others", () => {
    const binary = (target: string): URL => new URL(`../../dist/engine/binary/${target}`, import.meta.url);
    const declared = (target: string): string[] =>
      [...readFileSync(binary(`${target}.d.ts`), "utf8").matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => name);
    const exported = (module: WebAssembly.Module): string[] =>
      WebAssembly.Module.exports(module).flatMap(({ kind, name }) => (kind === "function" ? [name] : []));
    const strictNames = exported(new WebAssembly.Module(unpackEngine(strict.packed)));
    expect(declared("strict").sort()).toEqual(strictNames.sort());
    const threadedNames = exported(new WebAssembly.Module(unpackEngine(threaded.packed)));
    expect([...declared("strict"), ...declared("threads")].sort()).toEqual(threadedNames.sort());
  });

  test("take as many numbers as their kernels do, by the types", () => {
    const { exports } = new Engine();
    expectTypeOf(exports.math_pow).toEqualTypeOf<(x: number, y: number) => number>();
    expectTypeOf(exports.rows_softmax).parameters.toEqualTypeOf<[number, number, number, number, number]>();
    expectTypeOf(exports).not.toHaveProperty("rows_softmaxes");
    expectTypeOf(exports).not.toHaveProperty("team_open");
  });
});

describe("memory", () => {
  test("is planned in zeroed blocks of 64 bytes and grows with them", () => {
    const engine = new Engine();
    const first = engine.allocate(3);
    const second = engine.allocate(200_000);
    expect([first % 64, second % 64]).toEqual([0, 0]);
    expect(second - first).toBe(64);
    expect(engine.bytes).toBe(second + 200_000);
    expect(engine.buffer.byteLength).toBeGreaterThanOrEqual(engine.bytes);
    expect(engine.u8(second, 200_000).every((byte) => byte === 0)).toBe(true);
  });

  test("ends at 4 GiB with a message that says what to lower, and nothing is planned then", () => {
    const engine = new Engine();
    const before = engine.bytes;
    expect(() => engine.allocate(5 * 2 ** 30)).toThrow(
      /^engine: memory expected at most 4096 MiB in all, got \d+\.\d MiB planned and 5120\.0 MiB more\. Lower the replay capacity/,
    );
    expect(engine.bytes).toBe(before);
  });

  test("says of many equal parts how many would fit", () => {
    const engine = new Engine();
    const before = engine.bytes;
    const refusal = (capacity: number): string => {
      try {
        engine.allocate(capacity * 5000 + 16, { capacity, what: "transitions", bytesEach: 5000 });
        return "";
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        return text(error);
      }
    };
    const message = refusal(1_000_000);
    expect(message).toMatch(
      /^replay: memory expected at most 4096 MiB in all, got 0\.\d MiB planned and 4768\.4 MiB more, a capacity of 1000000 transitions of 5000 bytes\. At most \d+ fit: lower the capacity, or store observations as uint8\.$/,
    );
    expect(engine.bytes).toBe(before);
    const most = Number(/At most (\d+) fit/.exec(message)?.[1]);
    expect(refusal(most + 1)).not.toBe("");
    // That many do fit, where the runtime gives all of its 4 GiB: to be told without taking them.
    vi.spyOn(WebAssembly.Memory.prototype, "grow").mockReturnValue(0);
    expect(refusal(most)).toBe("");
  });

  test("says so where the runtime gives less than 4 GiB, and nothing is planned then", () => {
    const engine = new Engine();
    const before = engine.bytes;
    vi.spyOn(WebAssembly.Memory.prototype, "grow").mockImplementation(() => {
      throw new RangeError("WebAssembly.Memory.grow(): Unable to grow instance memory");
    });
    expect(() => engine.allocate(2 ** 20)).toThrow(
      /^engine: memory expected at most what this runtime gives, less than 4096 MiB in all, got 0\.\d MiB planned and 1\.0 MiB more\. Lower/,
    );
    expect(() => engine.allocate(1e6, { capacity: 1000, what: "transitions", bytesEach: 1000 })).toThrow(
      /^replay: memory expected at most what this runtime gives, less than 4096 MiB in all, got .* a capacity of 1000 transitions of 1000 bytes\. Fewer than 1000 fit: lower/,
    );
    expect(engine.bytes).toBe(before);
  });
});
