import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { packEngine } from "../../scripts/pack-engine.mjs";
import { unpackEngine } from "../../src/engine/packed.ts";

const UNPACKER = readFileSync(new URL("../../build/unpacker.wasm", import.meta.url));
const ENGINE = new Uint8Array(readFileSync(new URL("../../dist/engine/binary/strict.wasm", import.meta.url)));

describe("a packed engine", () => {
  const everyByte = Uint8Array.from({ length: 4096 }, (_, i) => (i * i + (i >> 8)) & 255);

  test.each([
    ["the engine", ENGINE],
    ["every byte, all about as frequent", everyByte],
    ["nothing", new Uint8Array(0)],
    ["one byte", Uint8Array.of(255)],
  ])("unpacks to what was packed: %s", (_, bytes) => {
    expect(unpackEngine(packEngine(bytes, UNPACKER))).toEqual(bytes);
  });

  test("unpacks from plain base64, too, as bundles for Node hold it", () => {
    expect(unpackEngine(Buffer.from(ENGINE).toString("base64"))).toEqual(Buffer.from(ENGINE));
  });

  test("takes a tenth less than the binary after gzip, and 60 % less than its base64 before", () => {
    const packed = packEngine(ENGINE, UNPACKER);
    expect(packed).toMatch(/^AGFzbQ[A-Za-z0-9+/]*=*\.[A-Za-z0-9+/]*=*$/);
    expect(gzipSync(packed).length).toBeLessThan(0.9 * gzipSync(ENGINE).length);
    expect(packed.length).toBeLessThan(0.4 * Buffer.from(ENGINE).toString("base64").length);
  });

  test("unpacks after repeats of every distance and length", () => {
    // 1 to 300 bytes, each run a copy of what stood so many bytes before.
    const bytes = new Uint8Array(5000);
    for (let i = 0; i < 400; i++) bytes[i] = (i * 167 + (i >> 3)) & 255;
    for (let at = 400, run = 1; at + run < bytes.length; at += run + 1, run = (run * 7) % 301) {
      bytes.copyWithin(at, Math.max(0, at - 1 - run * run), Math.max(0, at - 1 - run * run) + run);
      bytes[at + run] = run & 255;
    }
    expect(unpackEngine(packEngine(bytes, UNPACKER))).toEqual(bytes);
  });
});

test("what was never packed unpacks to something that is no WebAssembly", () => {
  const unpacker = UNPACKER.toString("base64");
  const made = Array.from({ length: 20 }, (_, i) => `${unpacker}.${"Af7/".repeat(i * i)}${"w9k+".repeat(i)}`);
  for (const text of ["", ".", "no engine", "no.engine", "AGFzbQ".repeat(100), "QEAAAA=".repeat(100), ...made]) {
    expect(WebAssembly.validate(unpackEngine(text))).toBe(false);
  }
});
