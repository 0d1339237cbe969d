// The text form of an engine binary inside a JavaScript module: printable ASCII that gzip compresses as well as the binary.
// Base64 would cost a quarter more, because it splits bytes across characters. scripts/pack-engine.mjs writes the text.
//
// The text begins with a table of all 256 bytes, the frequent ones first, in hex. Then every byte is the character of its
// place in the table: 0 .. 88 from "#" on without the backslash, 89 .. 177 the same after "}", 178 .. 255 after "~".
//
// The bundles for Node hold base64 instead, because no network carries them. Buffer decodes base64 natively in 0.1 ms; the
// loop below, which runs once and is not compiled yet, takes 4 ms (measured: a fresh Node 20, strict engine of 58 kB).

/** First characters of a WebAssembly module in base64. A table never begins so, because it is hexadecimal. */
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

/**
 * Returns the bytes of the binary.
 * @param packed text by scripts/pack-engine.mjs; other text gives bytes that do not compile
 */
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
