// Turns an engine binary into the text that src/engine/packed.ts reads.

const FIRST = 35;
const BACKSLASH = 92;
const PAGE = 89;
const TURNS = ["", "}", "~"];

/** @param bytes a WebAssembly module @returns printable ASCII without quotes and backslashes */
export function packEngine(bytes) {
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte]++;
  const table = [...counts.keys()].sort((a, b) => counts[b] - counts[a] || a - b);
  const characters = new Array(256);
  for (const [place, byte] of table.entries()) {
    const code = FIRST + (place % PAGE);
    characters[byte] = TURNS[Math.floor(place / PAGE)] + String.fromCharCode(code >= BACKSLASH ? code + 1 : code);
  }
  const hex = table.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const packed = hex + Array.from(bytes, (byte) => characters[byte]).join("");
  // In a bundle that is written into a page, these texts would end or hide the script.
  if (/<\/script|<!--/i.test(packed)) throw new Error("pack-engine: the text of a script element came out by chance.");
  return packed;
}
