// How an engine binary lies inside a JavaScript module: as printable ASCII that gzip compresses like the binary itself,
// where base64 costs a quarter more (it cuts bytes across characters). scripts/pack-engine.mjs writes it.
//
// The text begins with a table of all 256 bytes, the frequent ones first, in hex. Then every byte is the character of its
// place in the table: 0 .. 88 from "#" on without the backslash, 89 .. 177 the same after "}", 178 .. 255 after "~".
//
// The bundles for Node hold base64 in its place: no network carries them, and Buffer decodes that natively, in 0.1 ms where
// the loop below, which runs once and is not compiled yet, takes 4 (measured: a fresh Node 20, strict engine of 58 kB).

/** How a WebAssembly module begins in base64. No table does: it is hexadecimal. */
const BASE64 = "AGFzbQ";
const TABLE_LENGTH = 512;
const FIRST = 35;
const BACKSLASH = 92;
const PAGE = 89;
/** The character before the first that turns a page. */
const LAST = 124;

const decoder = globalThis as unknown as {
  readonly Buffer: { from(text: string, encoding: "base64"): Uint8Array<ArrayBuffer> };
};

/** @param packed what scripts/pack-engine.mjs wrote; of anything else comes something that is no WebAssembly */
export function unpackEngine(packed: string): Uint8Array<ArrayBuffer> {
  if (packed.startsWith(BASE64)) return decoder.Buffer.from(packed, "base64");
  const table = Uint8Array.from({ length: 256 }, (_, i) => Number.parseInt(packed.slice(2 * i, 2 * i + 2), 16));
  const bytes = new Uint8Array(Math.max(0, packed.length - TABLE_LENGTH));
  let length = 0;
  for (let i = TABLE_LENGTH; i < packed.length; i++) {
    let code = packed.charCodeAt(i);
    const page = Math.max(0, code - LAST);
    if (page > 0) code = packed.charCodeAt(++i);
    bytes[length++] = table[page * PAGE + code - FIRST - (code > BACKSLASH ? 1 : 0)];
  }
  return bytes.slice(0, length);
}
