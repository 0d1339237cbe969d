import { afterEach, describe, expect, test, vi } from "vitest";
import { CheckpointError } from "../../src/errors.ts";
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from "../../src/formats/safetensors.ts";

/** A file with this header text and so many bytes of data. */
function fileOf(header: string | Uint8Array, dataBytes: number = 0, declaredLength?: bigint): Uint8Array {
  const json = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, declaredLength ?? BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

function messageOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return "nothing thrown";
}

const ADVICE = "The file is damaged or is not safetensors; take another copy of it.";
const ONE = '"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';

describe("encodeSafetensors", () => {
  test("writes the layout of the format byte by byte", () => {
    const file = encodeSafetensors([{ name: "w", dtype: "F32", shape: [2], data: Float32Array.of(1, -2) }], { k: "v" });
    const header = '{"__metadata__":{"k":"v"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    expect(new DataView(file.buffer).getBigUint64(0, true)).toBe(80n);
    expect(new TextDecoder().decode(file.subarray(8, 88))).toBe(header.padEnd(80, " "));
    expect([...file.subarray(88)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
  });

  test("reads back every dtype, an empty tensor, a scalar and strange names", () => {
    const tensors: NamedTensor[] = [
      { name: "bytes", dtype: "U8", shape: [3], data: Uint8Array.of(1, 2, 255) },
      { name: "f32", dtype: "F32", shape: [2, 1], data: Float32Array.of(Number.NaN, -0) },
      { name: "f64", dtype: "F64", shape: [], data: Float64Array.of(0.1) },
      { name: "i64", dtype: "I64", shape: [1], data: BigInt64Array.of(-(2n ** 63n)) },
      { name: "u64", dtype: "U64", shape: [1], data: BigUint64Array.of(2n ** 64n - 1n) },
      { name: "i32", dtype: "I32", shape: [1], data: Int32Array.of(-1) },
      { name: "u32", dtype: "U32", shape: [1], data: Uint32Array.of(0xffffffff) },
      { name: "i16", dtype: "I16", shape: [1], data: Int16Array.of(-3) },
      { name: "u16", dtype: "U16", shape: [1], data: Uint16Array.of(65535) },
      { name: "f16", dtype: "F16", shape: [1], data: Uint16Array.of(0x3c00) },
      { name: "bf16", dtype: "BF16", shape: [1], data: Uint16Array.of(0x3f80) },
      { name: "i8", dtype: "I8", shape: [1], data: Int8Array.of(-128) },
      { name: "bool", dtype: "BOOL", shape: [2], data: Uint8Array.of(0, 1) },
      { name: "", dtype: "F32", shape: [0, 5], data: new Float32Array(0) },
      { name: "__proto__", dtype: "U8", shape: [1], data: Uint8Array.of(7) },
      { name: "constructor", dtype: "U8", shape: [1], data: Uint8Array.of(8) },
      { name: 'ü "\\\n/', dtype: "U8", shape: [1], data: Uint8Array.of(9) },
    ];
    const metadata = { format: "pt", "naïve \u0000": '{"a":1}' };
    const { tensors: back, metadata: backMetadata } = decodeSafetensors(encodeSafetensors(tensors, metadata));
    expect(back.size).toBe(tensors.length);
    for (const { name, dtype, shape, data } of tensors) expect(back.get(name)).toEqual({ dtype, shape, data });
    expect(Object.fromEntries(backMetadata)).toEqual(metadata);
  });

  test("aligns every tensor to its dtype, so that decoding copies nothing", () => {
    const file = encodeSafetensors([
      { name: "odd", dtype: "U8", shape: [3], data: Uint8Array.of(1, 2, 3) },
      { name: "wide", dtype: "F64", shape: [1], data: Float64Array.of(4) },
      { name: "half", dtype: "F16", shape: [1], data: Uint16Array.of(5) },
      { name: "mid", dtype: "F32", shape: [1], data: Float32Array.of(6) },
    ]);
    const { tensors } = decodeSafetensors(file);
    expect([...tensors.keys()]).toEqual(["wide", "mid", "half", "odd"]);
    for (const { data } of tensors.values()) expect(data.buffer).toBe(file.buffer);
  });

  test("writes only the part of a buffer that a typed array views", () => {
    const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    const { tensors } = decodeSafetensors(encodeSafetensors([{ name: "a", dtype: "F32", shape: [2], data }]));
    expect(tensors.get("a")?.data).toEqual(Float32Array.of(2, 3));
  });

  test("says what is wrong with its input", () => {
    const a: NamedTensor = { name: "a", dtype: "F32", shape: [1], data: Float32Array.of(1) };
    const encode = (tensor: object) => () => encodeSafetensors([{ ...a, ...tensor } as NamedTensor]);
    expect(messageOf(() => encodeSafetensors([], { n: 1 as unknown as string }))).toBe(
      'TypeError: encodeSafetensors: metadata "n" expected a string, got 1. Pass JSON.stringify(value).',
    );
    expect(messageOf(encode({ name: "__metadata__" }))).toBe(
      'RangeError: encodeSafetensors: tensor name expected a string other than "__metadata__", got "__metadata__". Rename it.',
    );
    expect(messageOf(() => encodeSafetensors([a, a]))).toBe(
      'RangeError: encodeSafetensors: tensor names expected to be unique, got "a" twice. Rename one.',
    );
    expect(messageOf(encode({ dtype: "F8" }))).toBe(
      'TypeError: encodeSafetensors: dtype of "a" expected one of F64, I64, U64, F32, I32, U32, F16, BF16, I16, U16, I8, U8, BOOL, got "F8". Convert the values.',
    );
    expect(messageOf(encode({ data: Float64Array.of(1) }))).toBe(
      'TypeError: encodeSafetensors: data of "a" (F32) expected Float32Array, got Float64Array [1]. Convert the values or name their dtype.',
    );
    for (const shape of [[2], [0.5, 2], [-1, -1]]) {
      expect(messageOf(encode({ shape }))).toBe(
        `RangeError: encodeSafetensors: shape of "a" expected whole numbers with product 1, got [${shape.join(", ")}]. Correct the shape.`,
      );
    }
  });
});

describe("decodeSafetensors", () => {
  test("reads a file whose data is not aligned, by copying", () => {
    const file = fileOf(`{${ONE}}`, 4);
    file.set([0, 0, 0x80, 0x3f], file.length - 4);
    const shifted = new Uint8Array(file.length + 1);
    shifted.set(file, 1);
    for (const bytes of [file, shifted.subarray(1)]) {
      expect(decodeSafetensors(bytes).tensors.get("a")?.data).toEqual(Float32Array.of(1));
    }
  });

  test("orders tensors by their bytes, not by the header", () => {
    const file = fileOf(`{"b":{"dtype":"U8","shape":[1],"data_offsets":[4,5]},${ONE}}`, 5);
    expect([...decodeSafetensors(file).tensors.keys()]).toEqual(["a", "b"]);
  });

  const entry = (fields: string) => `{"a":{${fields}}}`;
  const cases: [string, Uint8Array, string][] = [
    ["an empty file", new Uint8Array(0), "file expected at least 10 bytes, got 0"],
    ["a header beyond the file", fileOf("{}", 0, 3n), "header length expected 2 to 2 bytes, got 3"],
    [
      "a header of 2^64 - 1",
      fileOf("{}", 0, 2n ** 64n - 1n),
      "header length expected 2 to 2 bytes, got 18446744073709551615",
    ],
    ["an empty header", fileOf("{}", 0, 0n), "header length expected 2 to 2 bytes, got 0"],
    ["invalid UTF-8", fileOf(Uint8Array.of(0x7b, 0xff, 0x7d)), "header expected UTF-8 text, got other bytes"],
    ["a list", fileOf("[1]"), 'header expected to begin with "{", got "["'],
    ["a byte order mark", fileOf("\ufeff{}"), 'header expected to begin with "{", got "\ufeff"'],
    ["broken JSON", fileOf('{"a":'), "header expected a JSON object, got text that does not parse"],
    ["a broken key", fileOf('{"\\x":1}'), "header expected JSON strings as keys, got text that does not parse"],
    ["deep nesting", fileOf(`{"a":${"[".repeat(100_000)}`), "header expected at most 8 levels, got more"],
    ["a repeated tensor", fileOf(`{${ONE},${ONE}}`, 4), 'header keys expected to be unique, got "a" twice'],
    [
      "a repeated name in other spelling",
      fileOf(`{${ONE},"\\u0061":1}`, 4),
      'header keys expected to be unique, got "a" twice',
    ],
    [
      "a repeated field",
      fileOf(entry('"dtype":"F32","dtype" :"F64"')),
      'header keys expected to be unique, got "dtype" twice',
    ],
    [
      "metadata that is a list",
      fileOf('{"__metadata__":["x"]}'),
      "__metadata__ expected an object of strings, got a list of 1",
    ],
    ["metadata with a number", fileOf('{"__metadata__":{"k":1}}'), 'metadata "k" expected a string, got 1'],
    [
      "metadata with a nested object",
      fileOf('{"__metadata__":{"__proto__":{"constructor":{"name":{}}}}}'),
      'metadata "__proto__" expected a string, got an object',
    ],
    [
      "a tensor that is null",
      fileOf('{"a":null}'),
      '"a" expected an object with dtype, shape and data_offsets, got null',
    ],
    [
      "an unknown dtype",
      fileOf(entry('"dtype":"toString","shape":[],"data_offsets":[0,0]')),
      'dtype of "a" expected one of F64, I64, U64, F32, I32, U32, F16, BF16, I16, U16, I8, U8, BOOL, got "toString"',
    ],
    [
      "fields behind __proto__",
      fileOf(entry('"__proto__":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}')),
      'dtype of "a" expected one of F64, I64, U64, F32, I32, U32, F16, BF16, I16, U16, I8, U8, BOOL, got undefined',
    ],
    ["no shape", fileOf(entry('"dtype":"F32"')), 'shape of "a" expected a list of whole numbers, got undefined'],
    [
      "a negative dimension",
      fileOf(entry('"dtype":"F32","shape":[-1]')),
      'shape of "a" expected whole numbers with product below 2^53, got [-1]',
    ],
    [
      "a fractional dimension",
      fileOf(entry('"dtype":"F32","shape":[0.5]')),
      'shape of "a" expected whole numbers with product below 2^53, got [0.5]',
    ],
    [
      "a dimension of 1e999",
      fileOf(entry('"dtype":"F32","shape":[1e999]')),
      'shape of "a" expected whole numbers with product below 2^53, got [Infinity]',
    ],
    [
      "a product beyond 2^53",
      fileOf(entry('"dtype":"F32","shape":[4294967296,4294967296]')),
      'shape of "a" expected whole numbers with product below 2^53, got [4294967296, 4294967296]',
    ],
    [
      "three offsets",
      fileOf(entry('"dtype":"F32","shape":[0],"data_offsets":[0,0,0]')),
      'data_offsets of "a" expected [begin, end] in whole bytes, got [0, 0, 0]',
    ],
    [
      "offsets that run backwards",
      fileOf(entry('"dtype":"F32","shape":[0],"data_offsets":[4,0]')),
      'data_offsets of "a" expected [begin, end] in whole bytes, got [4, 0]',
    ],
    [
      "too few bytes for the shape",
      fileOf(entry('"dtype":"F32","shape":[2],"data_offsets":[0,4]'), 4),
      '"a" expected 8 bytes for its dtype and shape, got 4',
    ],
    [
      "a tensor beyond the file",
      fileOf(entry('"dtype":"U8","shape":[9007199254740991],"data_offsets":[0,9007199254740991]'), 4),
      '"a" expected to end within 4 bytes of data, got 9007199254740991',
    ],
    [
      "a hole",
      fileOf(entry('"dtype":"U8","shape":[1],"data_offsets":[1,2]'), 2),
      '"a" expected to begin at byte 0, where the tensor before it ends, got 1',
    ],
    [
      "an overlap",
      fileOf(`{${ONE},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}`, 6),
      '"b" expected to begin at byte 4, where the tensor before it ends, got 2',
    ],
    ["bytes left over", fileOf(`{${ONE}}`, 5), "tensors expected to cover 5 bytes of data, got 4"],
  ];
  test.each(cases)("refuses %s", (_, bytes, problem) => {
    expect(messageOf(() => decodeSafetensors(bytes))).toBe(`CheckpointError: decodeSafetensors: ${problem}. ${ADVICE}`);
  });

  test("refuses what is no Uint8Array", () => {
    expect(messageOf(() => decodeSafetensors(new ArrayBuffer(8) as unknown as Uint8Array))).toBe(
      "TypeError: decodeSafetensors: bytes expected Uint8Array, got ArrayBuffer. Wrap an ArrayBuffer: new Uint8Array(buffer).",
    );
  });

  test("decodes or throws CheckpointError on 20 000 damaged files, and allocates no more than the files", () => {
    const seed = 20260101;
    console.log(`fuzz seed ${seed}`);
    let state = seed;
    const random = (n: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    const valid = encodeSafetensors(
      [
        { name: "layer.weight", dtype: "F32", shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
        { name: "steps", dtype: "U32", shape: [], data: Uint32Array.of(9) },
        { name: "frames", dtype: "U8", shape: [5], data: new Uint8Array(5) },
      ],
      { version: "1" },
    );
    const splices = [
      "{",
      "}",
      "[",
      "]",
      '"',
      ",",
      ":",
      "-1",
      "1e400",
      "0.5",
      "99999999999999999999",
      '"__proto__":',
      "null",
    ];
    const outcomes = { decoded: 0, refused: 0 };
    for (let round = 0; round < 20_000; round++) {
      let bytes = valid.slice();
      for (let edits = 1 + random(4); edits > 0; edits--) {
        const at = random(bytes.length);
        switch (random(4)) {
          case 0:
            bytes[at] ^= 1 << random(8);
            break;
          case 1:
            bytes = bytes.slice(0, at + 1);
            break;
          case 2: {
            const splice = new TextEncoder().encode(splices[random(splices.length)]);
            bytes.set(splice.subarray(0, bytes.length - at), at);
            break;
          }
          default:
            bytes[random(Math.min(8, bytes.length))] = random(256);
        }
      }
      try {
        const { tensors } = decodeSafetensors(bytes);
        let total = 0;
        for (const { data } of tensors.values()) total += data.byteLength;
        expect(total).toBeLessThanOrEqual(bytes.length);
        outcomes.decoded++;
      } catch (error) {
        if (!(error instanceof CheckpointError)) throw error;
        outcomes.refused++;
      }
    }
    expect(outcomes.decoded).toBeGreaterThan(100);
    expect(outcomes.refused).toBeGreaterThan(10_000);
  });
});

describe("on a big-endian host", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  test("refuses to write or read", async () => {
    vi.stubGlobal(
      "Uint16Array",
      class extends Uint16Array {
        static override of(): Uint16Array<ArrayBuffer> {
          return Uint16Array.from([0x0100]);
        }
      },
    );
    vi.resetModules();
    const module = await import("../../src/formats/safetensors.ts");
    const problem = "host expected little-endian typed arrays, got big-endian. Use a little-endian machine.";
    expect(messageOf(() => module.encodeSafetensors([]))).toBe(`Error: encodeSafetensors: ${problem}`);
    expect(messageOf(() => module.decodeSafetensors(new Uint8Array(10)))).toBe(`Error: decodeSafetensors: ${problem}`);
  });
});
