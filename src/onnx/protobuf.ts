// Writes protocol buffers: the fields of messages as bytes. Holds only the field types that an ONNX model needs.
// Source: https://protobuf.dev/programming-guides/encoding

const ENCODER = new TextEncoder();

/** Writes a field that holds bytes, such as a message, a text or raw numbers. */
export function bytes(field: number, value: Uint8Array): Uint8Array {
  return join([varint(field * 8 + 2), varint(value.length), value]);
}

/** Writes a field that holds a message. @param fields the encoded fields of that message */
export function message(field: number, fields: readonly Uint8Array[]): Uint8Array {
  return bytes(field, join(fields));
}

export function text(field: number, value: string): Uint8Array {
  return bytes(field, ENCODER.encode(value));
}

/** Writes a field that holds a whole number (int64). A negative number n is written as n + 2^64. */
export function integer(field: number, value: number): Uint8Array {
  return join([varint(field * 8), varint(value)]);
}

export function float(field: number, value: number): Uint8Array {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setFloat32(0, value, true);
  return join([varint(field * 8 + 5), number]);
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Writes a number in bytes of seven bits, lowest bits first. The highest bit is set in all bytes except the last. */
function varint(value: number): Uint8Array {
  const digits: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 128n; rest >>= 7n) digits.push(Number(rest & 127n) | 128);
  digits.push(Number(rest));
  return Uint8Array.from(digits);
}
