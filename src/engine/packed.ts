// How an engine binary lies inside a JavaScript module: compressed to a third, behind the WebAssembly module that unpacks it
// (assembly/unpacker.ts), both in base64. scripts/pack-engine.mjs writes the text:
//
//   AGFzbQ... (unpacker) . data
//
// After gzip the text is 3.1 kB shorter than the binary, and unpacking takes 3 ms longer than decoding base64 (measured: strict
// engine of 57.5 kB). The bundles for Node hold the binary
// itself in base64, without a dot: no network carries them, and Buffer decodes base64 in 0.1 ms.

const PAGE = 65536;
/** Bytes that the unpacker works in, before the data. */
const WORKSPACE = 2 * PAGE;
/** Zeros between the data and what comes of it. */
const GAP = 8;
/** Engines are at most 80 KiB; shared memory adds some. */
const OUTPUT = 4 * PAGE;

interface Unpacker {
  unpack(from: number, to: number): number;
}

/** @param packed text that scripts/pack-engine.mjs wrote; any other text unpacks to bytes that are no WebAssembly */
export function unpackEngine(packed: string): Uint8Array<ArrayBuffer> {
  const [module, data] = packed.split(".");
  try {
    const bytes = fromBase64(module);
    return data === undefined ? bytes : unpack(bytes, fromBase64(data));
  } catch {
    return new Uint8Array(0);
  }
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const { Buffer } = globalThis as {
    readonly Buffer?: { from(text: string, encoding: "base64"): Uint8Array<ArrayBuffer> };
  };
  if (Buffer !== undefined) return Buffer.from(text, "base64");
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

function unpack(module: Uint8Array<ArrayBuffer>, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const to = WORKSPACE + data.length + GAP;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((to + OUTPUT) / PAGE) });
  new Uint8Array(memory.buffer).set(data, WORKSPACE);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module), { env: { memory } });
  const length = (exports as unknown as Unpacker).unpack(WORKSPACE, to);
  return new Uint8Array(memory.buffer.slice(to, to + length));
}
