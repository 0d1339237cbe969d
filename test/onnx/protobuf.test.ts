import { expect, test } from "vitest";
import { bytes, float, integer, join, message, text } from "../../src/onnx/protobuf.ts";

const hex = (written: Uint8Array): string => Buffer.from(written).toString("hex");

// Examples of https://protobuf.dev/programming-guides/encoding.
test("whole numbers are written seven bits a byte, the lowest first", () => {
  expect(hex(integer(1, 150))).toBe("089601");
  expect(hex(integer(1, 0))).toBe("0800");
  expect(hex(integer(20, 1))).toBe("a00101");
  expect(hex(integer(1, Number.MAX_SAFE_INTEGER))).toBe("08ffffffffffffff0f");
});

test("negative numbers are written as 2^64 more", () => {
  expect(hex(integer(3, -1))).toBe("18ffffffffffffffffff01");
  expect(hex(integer(3, -2))).toBe("18feffffffffffffffff01");
});

test("texts, bytes and messages are written behind their length", () => {
  expect(hex(text(2, "testing"))).toBe("120774657374696e67");
  expect(hex(bytes(9, Uint8Array.of(1, 2)))).toBe("4a020102");
  expect(hex(message(3, [integer(1, 150)]))).toBe("1a03089601");
  expect(hex(message(3, []))).toBe("1a00");
  expect(hex(text(1, "ü"))).toBe("0a02c3bc");
});

test("floats are written as four bytes, little endian", () => {
  expect(hex(float(2, 1))).toBe("150000803f");
  expect(hex(float(2, -0.5))).toBe("15000000bf");
});

test("parts are joined in their order", () => {
  expect(hex(join([Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)]))).toBe("010203");
});
