// Weights as a safetensors file and back, after the format's own description (https://huggingface.co/docs/safetensors): a
// second reader and writer, so that what agents export is read by other code than they write it with.

export type Weights = ReadonlyMap<string, ArrayLike<number>>;

interface Shaped {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

const LENGTH_BYTES = 8;

/** @param weights float32 numbers by name */
export function writeWeights(weights: Readonly<Record<string, Shaped>>): Uint8Array {
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, { shape, data }] of Object.entries(weights)) {
    const begin = end;
    end += 4 * data.length;
    header[name] = { dtype: "F32", shape, data_offsets: [begin, end] };
  }
  const json = JSON.stringify(header);
  const text = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 8) * 8));
  const bytes = new Uint8Array(LENGTH_BYTES + text.length + end);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, LENGTH_BYTES);
  let at = LENGTH_BYTES + text.length;
  for (const { data } of Object.values(weights)) {
    for (const value of data) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  return bytes;
}

/** @throws Error for a tensor that is not of float32 numbers */
export function readWeights(bytes: Uint8Array): Weights {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = LENGTH_BYTES + Number(view.getBigUint64(0, true));
  const header: Record<string, { dtype: string; data_offsets: [number, number] }> = JSON.parse(
    new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, start)),
  );
  const weights = new Map<string, ArrayLike<number>>();
  for (const [name, tensor] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const [begin, end] = tensor.data_offsets;
    if (tensor.dtype !== "F32") throw new Error(`weights file: dtype of ${name} expected F32, got ${tensor.dtype}`);
    const length = (end - begin) / 4;
    weights.set(
      name,
      Float32Array.from({ length }, (_, i) => view.getFloat32(start + begin + 4 * i, true)),
    );
  }
  return weights;
}
