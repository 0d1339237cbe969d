import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { packEngine } from "../../scripts/pack-engine.mjs";
import { unpackEngine } from "../../src/engine/packed.ts";

const ENGINE = new Uint8Array(readFileSync(new URL("../../dist/engine/binary/strict.wasm", import.meta.url)));

describe("a packed engine", () => {
  const everyByte = Uint8Array.from({ length: 4096 }, (_, i) => (i * i + (i >> 8)) & 255);

  test.each([
    ["the engine", ENGINE],
    ["every byte, all about as frequent", everyByte],
    ["nothing", new Uint8Array(0)],
    ["one byte", Uint8Array.of(255)],
  ])("unpacks to what was packed: %s", (_, bytes) => {
    expect(unpackEngine(packEngine(bytes))).toEqual(bytes);
  });

  test("unpacks from base64, too, as bundles for Node hold it", () => {
    expect(unpackEngine(Buffer.from(ENGINE).toString("base64"))).toEqual(Buffer.from(ENGINE));
  });

  test("is printable ASCII that stands in quotes, shorter than base64 before and after gzip", () => {
    const packed = packEngine(ENGINE);
    expect(packed).toMatch(/^[!#-[\]-~]*$/);
    const base64 = Buffer.from(ENGINE).toString("base64");
    expect(packed.length).toBeLessThan(base64.length);
    expect(gzipSync(packed).length).toBeLessThan(0.85 * gzipSync(base64).length);
  });

  test("that would end the script element of a page is not made", () => {
    const script = new TextEncoder().encode("</script>");
    const shifted = script.map((code) => code);
    // 89 bytes that are frequent in the order of their codes stand for themselves.
    const own = Uint8Array.from({ length: 89 }, (_, i) => 35 + i + (35 + i >= 92 ? 1 : 0));
    const frequent = [...own].flatMap((code, i) => new Array(200 - i).fill(code) as number[]);
    expect(() => packEngine(Uint8Array.from([...frequent, ...shifted]))).toThrow("script element");
  });
});

test("what was never packed unpacks to something that is no WebAssembly", () => {
  for (const text of ["", "no engine", "AGFzbQ".repeat(100), "QEAAAA=".repeat(100)]) {
    expect(WebAssembly.validate(unpackEngine(text))).toBe(false);
  }
});
