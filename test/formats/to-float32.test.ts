import { describe, expect, test } from "vitest";
import { toFloat32 } from "../../src/formats/to-float32.ts";

describe("toFloat32", () => {
  test("widens half floats exactly", () => {
    const f16: [number, number][] = [
      [0x0000, 0],
      [0x8000, -0],
      [0x3c00, 1],
      [0xc000, -2],
      [0x7bff, 65504],
      [0x0400, 2 ** -14],
      [0x03ff, 1023 / 2 ** 24],
      [0x0001, 2 ** -24],
      [0x8001, -(2 ** -24)],
      [0x3555, 0.333251953125],
      [0x7c00, Number.POSITIVE_INFINITY],
      [0xfc00, Number.NEGATIVE_INFINITY],
      [0x7e00, Number.NaN],
    ];
    const data = Uint16Array.from(f16, ([bits]) => bits);
    expect([...toFloat32({ dtype: "F16", shape: [data.length], data })]).toEqual(f16.map(([, value]) => value));
  });

  test("widens bfloat16, rounds doubles and passes floats through", () => {
    const bf16 = Uint16Array.of(0x3f80, 0xc000, 0x7f80, 0x0001);
    expect([...toFloat32({ dtype: "BF16", shape: [4], data: bf16 })]).toEqual([
      1,
      -2,
      Number.POSITIVE_INFINITY,
      2 ** -133,
    ]);
    expect([...toFloat32({ dtype: "F64", shape: [1], data: Float64Array.of(0.1) })]).toEqual([Math.fround(0.1)]);
    const data = Float32Array.of(3);
    expect(toFloat32({ dtype: "F32", shape: [1], data })).toBe(data);
  });

  test("refuses integers", () => {
    expect(() => toFloat32({ dtype: "U8", shape: [1], data: Uint8Array.of(1) })).toThrow(
      new TypeError('toFloat32: dtype expected F32, F64, F16 or BF16, got "U8". Convert it by hand.'),
    );
  });
});
