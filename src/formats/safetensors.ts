// The safetensors file format: eight bytes of header length, a JSON header, then raw little-endian tensors without gaps.
// Invariant: for any input the decoder either returns tensors inside the given bytes or throws CheckpointError. Nothing in
// the file decides how much memory is allocated or which code runs.
// Source: https://huggingface.co/docs/safetensors (format) and the validation of its Rust reference implementation.
//
//   | u64 n | {"__metadata__": {...}, "name": {"dtype", "shape", "data_offsets": [begin, end]}, ...}   | tensor bytes |
//   0       8                                                          spaces up to a multiple of 8   8+n        end

import { CheckpointError, show } from "../errors.ts";

/** Number types of the format. */
export type Dtype =
  | "F64"
  | "I64"
  | "U64"
  | "F32"
  | "I32"
  | "U32"
  | "F16"
  | "BF16"
  | "I16"
  | "U16"
  | "I8"
  | "U8"
  | "BOOL";

/** Typed array of each dtype. Not every runtime has an array of half floats: they are kept as their 16 bits. */
const ARRAY_OF = {
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const satisfies Readonly<Record<Dtype, unknown>>;

/** Typed arrays that hold the numbers of a tensor. */
export type TensorData =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/** A tensor of a file. */
export interface Tensor {
  readonly dtype: Dtype;
  /** Size of each dimension, row-major; [] is a scalar. */
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** A tensor with its name in the file. */
export interface NamedTensor extends Tensor {
  readonly name: string;
}

/** The content of a safetensors file. */
export interface SafetensorsContent {
  /** Tensors by name, in the order of their bytes in the file. */
  readonly tensors: Map<string, Tensor>;
  /** Texts of the header, by name. */
  readonly metadata: Map<string, string>;
}

const METADATA_KEY = "__metadata__";
const LENGTH_BYTES = 8;
/** Most bytes of a header, as in the reference implementation. */
const MAX_HEADER_BYTES = 100_000_000;
/** Deepest nesting of a header. A valid header has three levels; many levels could overflow the stack of a JSON parser. */
const MAX_HEADER_DEPTH = 8;
/** Alignment of the tensor bytes, so that every dtype can be viewed in place. */
const ALIGNMENT = 8;

// The format and WebAssembly's memory are little-endian; typed arrays follow the host. Every target of this library is
// little-endian. This check stops a big-endian host from writing unreadable files.
const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function requireLittleEndian(where: string): void {
  if (HOST_IS_LITTLE_ENDIAN) return;
  throw new Error(`${where}: host expected little-endian typed arrays, got big-endian. Use a little-endian machine.`);
}

/**
 * Encodes tensors as one safetensors file. Tensors of wider dtypes come first, so that all tensors are aligned; otherwise the
 * given order remains. The same input gives the same bytes.
 *
 * @param metadata texts for the header, by name. Default: none.
 * @throws TypeError for a dtype that does not fit its typed array, or a metadata value that is no string
 * @throws RangeError for a repeated or reserved name, or a shape that does not fit the number of values
 * Cost: one allocation of the file's size, each byte copied once.
 */
export function encodeSafetensors(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  requireLittleEndian("encodeSafetensors");
  const entries: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) entries.push([METADATA_KEY, checkedMetadata(metadata)]);
  const names = new Set<string>();
  for (const tensor of tensors) requireEncodable(tensor, names);

  const ordered = [...tensors].sort(
    (a, b) => ARRAY_OF[b.dtype].BYTES_PER_ELEMENT - ARRAY_OF[a.dtype].BYTES_PER_ELEMENT,
  );
  let end = 0;
  for (const { name, dtype, shape, data } of ordered) {
    const begin = end;
    end += data.byteLength;
    entries.push([name, { dtype, shape, data_offsets: [begin, end] }]);
  }

  // fromEntries defines own properties, so that a tensor called "__proto__" is a tensor like any other.
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const headerBytes = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(LENGTH_BYTES + headerBytes + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.set(json, LENGTH_BYTES);
  file.fill(0x20, LENGTH_BYTES + json.length, LENGTH_BYTES + headerBytes);
  let offset = LENGTH_BYTES + headerBytes;
  for (const { data } of ordered) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return file;
}

function checkedMetadata(metadata: Readonly<Record<string, string>>): Record<string, string> {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value === "string") continue;
    throw new TypeError(
      `encodeSafetensors: metadata ${show(key)} expected a string, got ${show(value)}. Pass JSON.stringify(value).`,
    );
  }
  return metadata;
}

function requireEncodable(tensor: NamedTensor, names: Set<string>): void {
  const { name, dtype, shape, data } = tensor;
  if (typeof name !== "string" || name === METADATA_KEY) {
    throw new RangeError(
      `encodeSafetensors: tensor name expected a string other than "${METADATA_KEY}", got ${show(name)}. Rename it.`,
    );
  }
  if (names.has(name)) {
    throw new RangeError(`encodeSafetensors: tensor names expected to be unique, got ${show(name)} twice. Rename one.`);
  }
  names.add(name);
  if (!Object.hasOwn(ARRAY_OF, dtype)) {
    throw new TypeError(
      `encodeSafetensors: dtype of ${show(name)} expected one of ${Object.keys(ARRAY_OF).join(", ")}, got ${show(dtype)}. Convert the values.`,
    );
  }
  if (!(data instanceof ARRAY_OF[dtype])) {
    throw new TypeError(
      `encodeSafetensors: data of ${show(name)} (${dtype}) expected ${ARRAY_OF[dtype].name}, got ${show(data)}. Convert the values or name their dtype.`,
    );
  }
  const count = elementCount(shape);
  if (count !== data.length) {
    throw new RangeError(
      `encodeSafetensors: shape of ${show(name)} expected whole numbers with product ${data.length}, got ${show(shape)}. Correct the shape.`,
    );
  }
}

/**
 * Decodes the tensors and metadata of a safetensors file.
 *
 * Aligned tensors are views of `bytes`, other tensors are copies. Treat all of them as read-only, or copy them.
 *
 * @throws TypeError when `bytes` is no Uint8Array
 * @throws CheckpointError for a truncated, damaged or hostile file; the message names the broken rule
 * Cost: linear in the header; tensor bytes are not read.
 */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsContent {
  requireLittleEndian("decodeSafetensors");
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(
      `decodeSafetensors: bytes expected Uint8Array, got ${show(bytes)}. Wrap an ArrayBuffer: new Uint8Array(buffer).`,
    );
  }
  const headerBytes = readHeaderLength(bytes);
  const dataStart = LENGTH_BYTES + headerBytes;
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, dataStart));

  let metadata = new Map<string, string>();
  const entries: TensorEntry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === METADATA_KEY) metadata = readMetadata(value);
    else entries.push(readEntry(name, value));
  }

  // In the order of their bytes, each tensor must begin at the end of the previous tensor: no overlap, no gap, no rest.
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  const available = bytes.length - dataStart;
  const tensors = new Map<string, Tensor>();
  let expected = 0;
  for (const { name, dtype, shape, begin, end } of entries) {
    if (begin !== expected) {
      fail(`${show(name)} expected to begin at byte ${expected}, where the tensor before it ends, got ${begin}`);
    }
    if (end > available) fail(`${show(name)} expected to end within ${available} bytes of data, got ${end}`);
    expected = end;
    tensors.set(name, { dtype, shape, data: readData(bytes, dtype, dataStart + begin, end - begin) });
  }
  if (expected !== available) fail(`tensors expected to cover ${available} bytes of data, got ${expected}`);
  return { tensors, metadata };
}

interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function fail(problem: string): never {
  throw new CheckpointError(
    `decodeSafetensors: ${problem}. The file is damaged or is not safetensors; take another copy of it.`,
  );
}

function readHeaderLength(bytes: Uint8Array): number {
  if (bytes.length < LENGTH_BYTES + 2) {
    fail(`file expected at least ${LENGTH_BYTES + 2} bytes, got ${bytes.length}`);
  }
  const declared = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  const most = Math.min(bytes.length - LENGTH_BYTES, MAX_HEADER_BYTES);
  if (declared < 2n || declared > BigInt(most)) fail(`header length expected 2 to ${most} bytes, got ${declared}`);
  return Number(declared);
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return fail("header expected UTF-8 text, got other bytes");
  }
  if (text[0] !== "{") fail(`header expected to begin with "{", got ${show(text[0])}`);
  rejectRepeatedKeys(text);
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return fail("header expected a JSON object, got text that does not parse");
  }
}

/**
 * Refuses a header with repeated keys. JSON.parse silently keeps the last of two equal keys, so that two readers of one file
 * could see different tensors. This check runs before the parser, on text that may not be JSON; the parser refuses such text.
 */
function rejectRepeatedKeys(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === "{" || character === "[") {
      open.push(undefined);
      if (open.length > MAX_HEADER_DEPTH) fail(`header expected at most ${MAX_HEADER_DEPTH} levels, got more`);
    } else if (character === "}" || character === "]") {
      open.pop();
    } else if (character === '"') {
      const start = i;
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === "\\") i++;
      let after = i + 1;
      while (after < text.length && " \t\n\r".includes(text[after])) after++;
      if (text[after] !== ":" || open.length === 0) continue;
      const key = unescapeKey(text.slice(start, i + 1));
      open[open.length - 1] ??= new Set();
      const seen = open[open.length - 1] as Set<string>;
      if (seen.has(key)) fail(`header keys expected to be unique, got ${show(key)} twice`);
      seen.add(key);
    }
  }
}

function unescapeKey(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch {
    return fail("header expected JSON strings as keys, got text that does not parse");
  }
}

function readMetadata(value: unknown): Map<string, string> {
  if (!isObject(value)) fail(`${METADATA_KEY} expected an object of strings, got ${describe(value)}`);
  const metadata = new Map<string, string>();
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") fail(`metadata ${show(key)} expected a string, got ${describe(text)}`);
    metadata.set(key, text);
  }
  return metadata;
}

function readEntry(name: string, value: unknown): TensorEntry {
  const tensor = show(name);
  if (!isObject(value)) fail(`${tensor} expected an object with dtype, shape and data_offsets, got ${describe(value)}`);
  // Only own properties count: a "__proto__" key in the header must not supply a missing field.
  const fields = new Map(Object.entries(value));
  const dtype = fields.get("dtype");
  if (typeof dtype !== "string" || !Object.hasOwn(ARRAY_OF, dtype)) {
    fail(`dtype of ${tensor} expected one of ${Object.keys(ARRAY_OF).join(", ")}, got ${describe(dtype)}`);
  }
  const shape = fields.get("shape");
  if (!Array.isArray(shape)) fail(`shape of ${tensor} expected a list of whole numbers, got ${describe(shape)}`);
  const count = elementCount(shape);
  if (count === undefined) {
    fail(`shape of ${tensor} expected whole numbers with product below 2^53, got ${describe(shape)}`);
  }
  const offsets = fields.get("data_offsets");
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isWhole) || offsets[0] > offsets[1]) {
    fail(`data_offsets of ${tensor} expected [begin, end] in whole bytes, got ${describe(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  const size = (count as number) * ARRAY_OF[dtype as Dtype].BYTES_PER_ELEMENT;
  if (end - begin !== size) fail(`${tensor} expected ${size} bytes for its dtype and shape, got ${end - begin}`);
  return { name, dtype: dtype as Dtype, shape: shape as number[], begin, end };
}

function readData(bytes: Uint8Array, dtype: Dtype, start: number, size: number): TensorData {
  const ArrayType = ARRAY_OF[dtype];
  const length = size / ArrayType.BYTES_PER_ELEMENT;
  const position = bytes.byteOffset + start;
  if (position % ArrayType.BYTES_PER_ELEMENT === 0) return new ArrayType(bytes.buffer as ArrayBuffer, position, length);
  const copy = new Uint8Array(size);
  copy.set(bytes.subarray(start, start + size));
  return new ArrayType(copy.buffer, 0, length);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Returns the product of the dimensions, or undefined unless all are integers and every partial product is exact. */
function elementCount(shape: readonly unknown[]): number | undefined {
  let count = 1;
  for (const dimension of shape) {
    if (!isWhole(dimension)) return undefined;
    count *= dimension;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return count;
}

/** Describes a value of a file, like `show`. It never reads properties of the value, because the file may define them. */
function describe(value: unknown): string {
  if (Array.isArray(value)) {
    return value.length <= 8 && value.every((x) => typeof x === "number")
      ? `[${value.join(", ")}]`
      : `a list of ${value.length}`;
  }
  return typeof value === "object" && value !== null ? "an object" : show(value);
}
