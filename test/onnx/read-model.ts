// ONNX models as tests look at them: a reader of protocol buffers that knows the fields of onnx.proto which a model may have.

export interface ReadTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: number;
  readonly values: readonly number[];
}

export interface ReadNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, number | string | readonly number[]>>;
}

export interface ReadValue {
  readonly name: string;
  readonly type: number;
  readonly shape: readonly (number | string)[];
  readonly doc: string;
}

export interface ReadModel {
  readonly irVersion: number;
  readonly operatorSet: number;
  readonly producer: string;
  readonly doc: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly name: string;
  readonly nodes: readonly ReadNode[];
  readonly constants: readonly ReadTensor[];
  readonly inputs: readonly ReadValue[];
  readonly outputs: readonly ReadValue[];
}

/** Field number -> its values: whole numbers, or bytes. */
type Fields = ReadonlyMap<number, readonly (number | Uint8Array)[]>;

export function readModel(bytes: Uint8Array): ReadModel {
  const model = readFields(bytes);
  const graph = readFields(bytesOf(model, 7)[0]);
  const metadata = bytesOf(model, 14).map((entry) => {
    const fields = readFields(entry);
    return [textOf(fields, 1), textOf(fields, 2)] as const;
  });
  return {
    irVersion: numbersOf(model, 1)[0],
    operatorSet: numbersOf(readFields(bytesOf(model, 8)[0]), 2)[0],
    producer: textOf(model, 2),
    doc: textOf(model, 6),
    metadata: Object.fromEntries(metadata),
    name: textOf(graph, 2),
    nodes: bytesOf(graph, 1).map(readNode),
    constants: bytesOf(graph, 5).map(readTensor),
    inputs: bytesOf(graph, 11).map(readValue),
    outputs: bytesOf(graph, 12).map(readValue),
  };
}

function readNode(bytes: Uint8Array): ReadNode {
  const fields = readFields(bytes);
  const attributes = bytesOf(fields, 5).map((attribute) => {
    const of = readFields(attribute);
    const [type] = numbersOf(of, 20);
    const value =
      type === 1
        ? float(bytesOf(of, 2)[0])
        : type === 2
          ? numbersOf(of, 3)[0]
          : type === 3
            ? textOf(of, 4)
            : numbersOf(of, 8);
    return [textOf(of, 1), value] as const;
  });
  return {
    operator: textOf(fields, 4),
    inputs: bytesOf(fields, 1).map(text),
    outputs: bytesOf(fields, 2).map(text),
    attributes: Object.fromEntries(attributes),
  };
}

function readTensor(bytes: Uint8Array): ReadTensor {
  const fields = readFields(bytes);
  const [type] = numbersOf(fields, 2);
  const raw = bytesOf(fields, 9)[0].slice().buffer;
  const values = type === 1 ? Array.from(new Float32Array(raw)) : Array.from(new BigInt64Array(raw), Number);
  return { name: textOf(fields, 8), shape: numbersOf(fields, 1), type, values };
}

function readValue(bytes: Uint8Array): ReadValue {
  const fields = readFields(bytes);
  const type = readFields(bytesOf(readFields(bytesOf(fields, 2)[0]), 1)[0]);
  const shape = bytesOf(readFields(bytesOf(type, 2)[0]), 1).map((dimension) => {
    const of = readFields(dimension);
    return of.has(2) ? textOf(of, 2) : numbersOf(of, 1)[0];
  });
  return { name: textOf(fields, 1), type: numbersOf(type, 1)[0], shape, doc: textOf(fields, 3) };
}

/** The fields of a message. */
export function readFields(bytes: Uint8Array): Fields {
  const fields = new Map<number, (number | Uint8Array)[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const [field, wire] = [Math.floor(key / 8), key % 8];
    const values = fields.get(field) ?? [];
    fields.set(field, values);
    if (wire === 0) values.push(varint());
    else {
      const length = wire === 5 ? 4 : varint();
      values.push(bytes.subarray(at, at + length));
      at += length;
    }
  }
  if (at !== bytes.length) throw new Error(`a message of ${bytes.length} bytes ends at ${at}`);
  return fields;
}

function numbersOf(fields: Fields, field: number): number[] {
  return (fields.get(field) ?? []) as number[];
}

function bytesOf(fields: Fields, field: number): Uint8Array[] {
  return (fields.get(field) ?? []) as Uint8Array[];
}

function textOf(fields: Fields, field: number): string {
  return text(bytesOf(fields, field)[0] ?? new Uint8Array(0));
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function float(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true);
}
