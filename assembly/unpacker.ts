// The decompressor of packed engines: a module of its own, which stands in base64 before each of them (src/engine/packed.ts), so
// that an engine unpacks itself. scripts/pack-engine.mjs is the other side and knows the same numbers.
//
// The format is LZ77 with a binary range coder, as LZMA (Igor Pavlov's specification, https://www.7-zip.org/sdk.html) with fewer
// kinds of matches: the size in 3 bytes, then one stream of bits. Each bit is decoded with a probability that adapts.
//
// Memory, zeros at first: probabilities, 2 bytes each, as their difference to one half | bits that each has seen, 1 byte each |
// the caller's.

/**
 * The first probability of every kind of bit. A bit of a literal has two, whose mean counts: one in the context of the byte before
 * (6 bits of it), one in that of both bytes before (3 bits each).
 */
const LITERAL_AFTER_TWO: u32 = 64 * 256;
const IS_MATCH: u32 = LITERAL_AFTER_TWO + 64 * 256;
const IS_REPEATED: u32 = IS_MATCH + 64;
const LENGTH: u32 = IS_REPEATED + 8;
const DISTANCE: u32 = LENGTH + 8 * 64;
const PROBABILITIES: u32 = DISTANCE + 64;
const SEEN: usize = 2 * PROBABILITIES;
/** A probability is the mean of at most so many bits. */
const MEMORY: u32 = 30;
const HALF: u32 = 0x8000;
const FULL_RANGE: u32 = 0x40000000;

let at: usize = 0;
let range: u32 = 0;
let code: u32 = 0;

function probability(index: u32): u32 {
  return <u32>load<u16>(index << 1) ^ HALF;
}

/** Moves a probability towards the bit that came. */
function learn(index: u32, value: u32): void {
  const seen = <u32>load<u8>(SEEN + index);
  const p = <i32>probability(index), step = <i32>(512 / (2 * seen + 3));
  store<u16>(index << 1, (p + ((<i32>(value * 0xffff) - p) * step >> 8)) ^ HALF);
  if (seen < MEMORY) store<u8>(SEEN + index, seen + 1);
}

/** Decodes a bit. Its probability of being 1 is the mean of those at `index` and `other`. */
function bit(index: u32, other: u32): u32 {
  // A share of 4096 parts, and never none or all of them.
  const bound = (range >> 12) * ((probability(index) + probability(other)) >> 5 | 1);
  const value = <u32>(code < bound);
  if (value) range = bound;
  else { range -= bound; code -= bound; }
  while (range < FULL_RANGE >> 8) {
    range <<= 8;
    code = code << 8 | <u32>load<u8>(at++);
  }
  learn(index, value);
  if (other != index) learn(other, value);
  return value;
}

/** Decodes a number, 1 or more: how many bits follow its first one, in unary, then these bits. */
function number(first: u32): u32 {
  let bits: u32 = 0, value: u32 = 1;
  while (bit(first + bits, first + bits)) bits++;
  while (bits-- > 0) value = value << 1 | bit(first + 32 + bits, first + 32 + bits);
  return value;
}

/** Unpacks the bytes at `from` to `to`. @pre two zeros lie before `to` @returns their number */
export function unpack(from: usize, to: usize): usize {
  const start = to, end = to + (load<u32>(from) & 0xffffff);
  code = bswap(load<u32>(from, 3));
  at = from + 7;
  range = FULL_RANGE;
  // Which of the last three parts were matches.
  let history: u32 = 0, distance: u32 = 1;
  while (to < end) {
    const last = <u32>load<u8>(to - 1), before = <u32>load<u8>(to - 2);
    const where = IS_MATCH + history * 8 + (last >> 5), isMatch = bit(where, where);
    if (isMatch) {
      // Right after a match the distance is another one: otherwise the match would have been longer.
      const isRepeated = !(history & 1) && bit(IS_REPEATED + history, IS_REPEATED + history);
      if (!isRepeated) distance = number(DISTANCE);
      // Matches from afar are longer.
      const kind = isRepeated ? 7 : 31 - clz(distance) >> 2;
      for (let left = number(LENGTH + kind * 64) + 1; left > 0; left--, to++) store<u8>(to, load<u8>(to - distance));
    } else {
      const one = last >> 2 << 8, two = LITERAL_AFTER_TWO + ((last >> 5) * 8 + (before >> 5) << 8);
      let symbol: u32 = 1;
      while (symbol < 256) symbol = symbol << 1 | bit(one + symbol, two + symbol);
      store<u8>(to++, symbol);
    }
    history = history << 1 & 7 | isMatch;
  }
  return end - start;
}
