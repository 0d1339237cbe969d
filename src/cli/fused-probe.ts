// Finds out if the multiply-add of relaxed SIMD rounds once or twice. The standard leaves this to the processor, so a
// WebAssembly module with this one instruction is run.
//
//   (func (export "madd") (param f32 f32 f32) (result f32)
//     (f32x4.extract_lane 0 (f32x4.relaxed_madd (f32x4.splat 0) (f32x4.splat 1) (f32x4.splat 2))))
// Encoding: WebAssembly 3.0, https://webassembly.github.io/spec/core/binary/

const PROBE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  // Type section: one function type, three f32 to one f32.
  ...[0x01, 0x08, 0x01, 0x60, 0x03, 0x7d, 0x7d, 0x7d, 0x01, 0x7d],
  // Function section, export section ("madd").
  ...[0x03, 0x02, 0x01, 0x00, 0x07, 0x08, 0x01, 0x04, 0x6d, 0x61, 0x64, 0x64, 0x00, 0x00],
  // Code section: one body of 20 bytes, no locals.
  ...[0x0a, 0x16, 0x01, 0x14, 0x00],
  ...[0x20, 0x00, 0xfd, 0x13, 0x20, 0x01, 0xfd, 0x13, 0x20, 0x02, 0xfd, 0x13],
  ...[0xfd, 0x85, 0x02, 0xfd, 0x1f, 0x00, 0x0b],
);

/** Returns true for one rounding, false for two, undefined where the runtime has no relaxed SIMD. */
export function isMultiplyAddFused(): boolean | undefined {
  if (!WebAssembly.validate(PROBE)) return undefined;
  const { madd } = new WebAssembly.Instance(new WebAssembly.Module(PROBE)).exports as {
    madd: (a: number, b: number, c: number) => number;
  };
  // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24. The last bit of a float between 1 and 2 is 2^-23: if the product is rounded first,
  // the last term is lost.
  const factor = 1 + 1 / 4096;
  return madd(factor, factor, -(1 + 1 / 2048)) !== 0;
}
