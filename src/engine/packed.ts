// How an engine binary lies inside a JavaScript module: as printable ASCII that gzip compresses like the binary itself,
// where base64 costs a quarter more (it cuts bytes across characters). scripts/pack-engine.mjs writes it.
//
// The text begins with a table of all 256 bytes, the frequent ones first, in hex. Then every byte is the character of its
// place in the table: 0 .. 88 from "#" on without the backslash, 89 .. 177 the same after "}", 178 .. 255 after "~".

const TABLE_LENGTH = 512;
const FIRST = 35;
const BACKSLASH = 92;
const PAGE = 89;
/** The character before the first that turns a page. */
const LAST = 124;

/** @param packed what scripts/pack-engine.mjs wrote; of anything else comes something that is no WebAssembly */
export function unpackEngine(packed: string): Uint8Array<ArrayBuffer> {
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
