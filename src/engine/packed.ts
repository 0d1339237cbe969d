// How an engine binary lies inside a JavaScript module: compressed to a third, as base64. scripts/pack-engine.mjs writes it.
// After gzip the text is 3.7 kB shorter than the binary (measured: strict engine of 57.5 kB). Unpacking takes some 15 ms, once.
//
// The bytes are those of a file that was compressed by LZ77 and a binary range coder, as LZMA does it (Igor Pavlov's
// specification, https://www.7-zip.org/sdk.html), with fewer kinds of matches: the size in 3 bytes, then one stream of bits,
// each of which is decoded with a probability that adapts.
//
// The bundles for Node hold the binary itself in base64: no network carries them, and Buffer decodes base64 in 0.1 ms (measured).

/** How a WebAssembly module begins in base64. No packed engine does: it would be of 7 MB. */
const PLAIN = "AGFzbQ";

/**
 * The first adaptive probability of every kind of bit. A bit of a literal has two, whose mean counts: one in the context of the
 * byte before (6 bits of it), one in that of both bytes before (3 bits each).
 */
const LITERAL_AFTER_TWO = 64 * 256;
const IS_MATCH = LITERAL_AFTER_TWO + 64 * 256;
const IS_REPEATED = IS_MATCH + 64;
const LENGTH = IS_REPEATED + 8;
const DISTANCE = LENGTH + 8 * 64;
const PROBABILITIES = DISTANCE + 64;
/** How many bits a probability is the mean of, at most. */
const MEMORY = 30;
/** Numbers below 2^30 are small integers to every engine: no object is made of them. */
const FULL_RANGE = 0x40000000;

const node = globalThis as unknown as {
  readonly Buffer: { from(text: string, encoding: "base64"): Uint8Array<ArrayBuffer> };
};

/** @param packed text that scripts/pack-engine.mjs wrote; any other text unpacks to bytes that are no WebAssembly */
export function unpackEngine(packed: string): Uint8Array<ArrayBuffer> {
  return packed.startsWith(PLAIN) ? node.Buffer.from(packed, "base64") : decompress(packed);
}

function decompress(packed: string): Uint8Array<ArrayBuffer> {
  let characters = "";
  try {
    characters = atob(packed);
  } catch {
    // No base64, so no WebAssembly either.
  }
  let at = 0;
  // Zeros follow the end.
  const byte = (): number => characters.charCodeAt(at++) | 0;
  const out = new Uint8Array(byte() | (byte() << 8) | (byte() << 16));
  const probabilities = new Uint16Array(PROBABILITIES).fill(0x8000);
  const seen = new Uint8Array(PROBABILITIES);
  /** Share of the way to the bit that a probability goes, of 256: the mean of the bits so far. */
  const steps = Uint8Array.from({ length: MEMORY + 1 }, (_, bits) => 256 / (bits + 1.5));
  let range = FULL_RANGE;
  let code = (byte() << 24) | (byte() << 16) | (byte() << 8) | byte();

  /** Moves a probability towards the bit that came. */
  const learn = (index: number, value: number): void => {
    probabilities[index] += ((value * 0xffff - probabilities[index]) * steps[seen[index]]) >> 8;
    if (seen[index] < MEMORY) seen[index]++;
  };

  /** Decodes a bit. Its probability of being 1 is the mean of those at `index` and `other`. */
  const bit = (index: number, other: number = index): number => {
    const probability = (probabilities[index] + probabilities[other]) >>> 1;
    // Of 4096, and never none or all of them.
    const bound = (range >>> 12) * ((probability >>> 4) | 1);
    const value = code < bound ? 1 : 0;
    if (value === 1) range = bound;
    else {
      range -= bound;
      code -= bound;
    }
    while (range < FULL_RANGE / 256) {
      range <<= 8;
      code = (code << 8) | byte();
    }
    learn(index, value);
    if (other !== index) learn(other, value);
    return value;
  };

  /** Decodes a number, 1 or more: how many bits follow its first one, in unary, then these bits. */
  const number = (first: number): number => {
    let bits = 0;
    // Numbers have at most 24 bits: damaged text must not go on for ever.
    while (bits < 24 && bit(first + bits) === 1) bits++;
    let value = 1;
    while (bits-- > 0) value = value * 2 + bit(first + 32 + bits);
    return value;
  };

  // Which of the last three parts were matches.
  let history = 0;
  let distance = 1;
  for (let length = 0; length < out.length; ) {
    const [last, before] = [out[length - 1], out[length - 2]];
    const isMatch = bit(IS_MATCH + history * 8 + (last >> 5));
    if (isMatch === 0) {
      const one = (last >> 2) << 8;
      const two = LITERAL_AFTER_TWO + (((last >> 5) * 8 + (before >> 5)) << 8);
      let symbol = 1;
      while (symbol < 256) symbol = symbol * 2 + bit(one + symbol, two + symbol);
      out[length++] = symbol;
    } else {
      // Right after a match the distance is another one: otherwise the match would have been longer.
      const isRepeated = (history & 1) === 0 && bit(IS_REPEATED + history) === 1;
      if (!isRepeated) distance = number(DISTANCE);
      // Matches from afar are longer.
      const kind = isRepeated ? 7 : (31 - Math.clz32(distance)) >> 2;
      for (let left = number(LENGTH + kind * 64) + 1; left > 0 && length < out.length; left--) {
        out[length] = out[length - distance];
        length++;
      }
    }
    history = ((history << 1) & 7) | isMatch;
  }
  return out;
}
