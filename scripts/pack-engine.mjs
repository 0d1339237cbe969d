// Turns an engine binary into the text that src/engine/packed.ts reads: LZ77 with a binary range coder (assembly/unpacker.ts).
//
// The file is cut into literals and matches by the cheapest path through it. The prices of a cut are counted in the cut before it,
// because how many bits a choice takes depends on how often it is made.

/** As in assembly/unpacker.ts: the first probability of every kind of bit, and how probabilities adapt. */
const LITERAL_AFTER_TWO = 64 * 256;
const IS_MATCH = LITERAL_AFTER_TWO + 64 * 256;
const IS_REPEATED = IS_MATCH + 64;
const LENGTH = IS_REPEATED + 8;
const DISTANCE = LENGTH + 8 * 64;
const PROBABILITIES = DISTANCE + 64;
const MEMORY = 30;
const STEPS = Uint8Array.from({ length: MEMORY + 1 }, (_, seen) => 256 / (seen + 1.5));
const FULL = 0x40000000;

const SHORTEST = 2;
const LONGEST = 4096;
/** The search ends with a match of this length. */
const LONG = 128;
/** The search looks at this many earlier places with the same three bytes. */
const MOST_PLACES = 200;
/** More cuts save less than 0.1 % (measured). */
const CUTS = 4;

/**
 * @param bytes a WebAssembly module
 * @param unpacker the module of assembly/unpacker.ts
 * @returns the unpacker and the packed bytes, both in base64, with a dot between them
 */
export function packEngine(bytes, unpacker) {
  let prices = FIRST_PRICES;
  let best = null;
  for (let i = 0; i < CUTS; i++) {
    const parts = cut(bytes, prices);
    const encoded = encode(bytes, parts);
    if (best === null || encoded.length < best.length) best = encoded;
    prices = countPrices(bytes, parts);
  }
  return [unpacker, best].map((part) => Buffer.from(part).toString("base64")).join(".");
}

const bitsOf = (value) => 31 - Math.clz32(value);
const contextOf = (bytes, at) => bytes[at - 1] >> 2;
const contextOfTwo = (bytes, at) => (bytes[at - 1] >> 5) * 8 + (bytes[at - 2] >> 5);
const nextHistory = (history, isMatch) => ((history << 1) & 7) | (isMatch ? 1 : 0);

/** Prices are bits. A part is null for a literal, else { distance, length, isRepeated }. */
const FIRST_PRICES = {
  kind: () => 1,
  literal: () => 6,
  repeated: () => 1,
  distance: (value) => 1.8 * bitsOf(value) + 1,
  length: (value) => 1.8 * bitsOf(value) + 1,
};

/** The parts of the file on the cheapest path through it. */
function cut(bytes, prices) {
  const size = bytes.length;
  const cost = new Float64Array(size + 1).fill(Number.POSITIVE_INFINITY);
  const part = new Array(size + 1);
  const distances = new Int32Array(size + 1);
  const histories = new Uint8Array(size + 1);
  const previous = new Int32Array(size).fill(-1);
  /** 1 + the newest place of each two bytes; the newest of each three. */
  const pairs = new Int32Array(0x10000);
  const newest = new Map();
  cost[0] = 0;
  const offer = (from, to, price, taken) => {
    if (price >= cost[to]) return;
    cost[to] = price;
    part[to] = taken;
    distances[to] = taken === null ? distances[from] : taken.distance;
    histories[to] = nextHistory(histories[from], taken !== null);
  };
  for (let at = 0; at < size; at++) {
    const history = histories[at];
    offer(at, at + 1, cost[at] + prices.kind(history, false) + prices.literal(bytes, at), null);
    const matched = (distance) => {
      let length = 0;
      while (at + length < size && length < LONGEST && bytes[at + length] === bytes[at + length - distance]) length++;
      return length;
    };
    const offerMatch = (distance, longest, isRepeated) => {
      let price = cost[at] + prices.kind(history, true);
      if ((history & 1) === 0) price += prices.repeated(isRepeated, history);
      if (!isRepeated) price += prices.distance(distance);
      for (let length = SHORTEST; length <= longest; length++) {
        offer(at, at + length, price + prices.length(length - 1), { distance, length, isRepeated });
      }
    };
    if (distances[at] > 0 && (history & 1) === 0) offerMatch(distances[at], matched(distances[at]), true);
    if (at + 2 >= size) continue;
    const pair = bytes[at] | (bytes[at + 1] << 8);
    if (pairs[pair] > 0) offerMatch(at - pairs[pair] + 1, SHORTEST, false);
    pairs[pair] = at + 1;
    const three = pair | (bytes[at + 2] << 16);
    let longest = SHORTEST;
    let place = newest.get(three) ?? -1;
    for (let i = 0; i < MOST_PLACES && place >= 0; i++, place = previous[place]) {
      const length = matched(at - place);
      if (length <= longest) continue;
      offerMatch(at - place, length, false);
      longest = length;
      if (length >= LONG) break;
    }
    previous[at] = newest.get(three) ?? -1;
    newest.set(three, at);
  }
  const parts = [];
  for (let at = size; at > 0; at -= part[at]?.length ?? 1) parts.push(part[at]);
  return parts.reverse();
}

/** Prices from counts: a choice that was made in a share p of all cases costs -log2 p bits. */
function countPrices(bytes, parts) {
  const counts = new Map();
  const count = (name, value, weight = 1) => {
    const key = `${name} ${value}`;
    counts.set(key, (counts.get(key) ?? 0) + weight);
    counts.set(name, (counts.get(name) ?? 0) + weight);
  };
  const price = (name, value) => Math.log2((counts.get(name) ?? 1) / (counts.get(`${name} ${value}`) ?? 0.05));
  let at = 0;
  let history = 0;
  for (const taken of parts) {
    count(`kind ${history}`, taken !== null);
    if (taken === null) count(`literal ${contextOf(bytes, at)}`, bytes[at]);
    else {
      if ((history & 1) === 0) count(`repeated ${history}`, taken.isRepeated);
      if (!taken.isRepeated) count("distance", bitsOf(taken.distance));
      count("length", bitsOf(taken.length - 1));
    }
    history = nextHistory(history, taken !== null);
    at += taken?.length ?? 1;
  }
  return {
    kind: (before, isMatch) => price(`kind ${before}`, isMatch),
    literal: (all, place) => price(`literal ${contextOf(all, place)}`, all[place]),
    repeated: (isRepeated, before) => price(`repeated ${before}`, isRepeated),
    distance: (value) => price("distance", bitsOf(value)) + 0.97 * bitsOf(value),
    length: (value) => price("length", bitsOf(value)) + 0.9 * bitsOf(value),
  };
}

function encode(bytes, parts) {
  const coder = new RangeEncoder();
  const encodeNumber = (first, value) => {
    const bits = bitsOf(value);
    for (let i = 0; i < bits; i++) coder.bit(first + i, 1);
    coder.bit(first + bits, 0);
    for (let i = bits - 1; i >= 0; i--) coder.bit(first + 32 + i, (value >> i) & 1);
  };
  let at = 0;
  let history = 0;
  for (const taken of parts) {
    coder.bit(IS_MATCH + history * 8 + (bytes[at - 1] >> 5), taken === null ? 0 : 1);
    if (taken === null) {
      const one = contextOf(bytes, at) << 8;
      const two = LITERAL_AFTER_TWO + (contextOfTwo(bytes, at) << 8);
      for (let i = 7, symbol = 1; i >= 0; i--) {
        const bit = (bytes[at] >> i) & 1;
        coder.bit(one + symbol, bit, two + symbol);
        symbol = symbol * 2 + bit;
      }
    } else {
      if ((history & 1) === 0) coder.bit(IS_REPEATED + history, taken.isRepeated ? 1 : 0);
      if (!taken.isRepeated) encodeNumber(DISTANCE, taken.distance);
      const kind = taken.isRepeated ? 7 : bitsOf(taken.distance) >> 2;
      encodeNumber(LENGTH + kind * 64, taken.length - 1);
    }
    history = nextHistory(history, taken !== null);
    at += taken?.length ?? 1;
  }
  return [bytes.length & 255, (bytes.length >> 8) & 255, bytes.length >> 16, ...coder.finish()];
}

/** Writes bits that adaptive probabilities foresee in less than a bit each: the other side of `bit` in assembly/unpacker.ts. */
class RangeEncoder {
  #low = 0;
  #range = FULL;
  #bytes = [];
  #probabilities = new Uint16Array(PROBABILITIES).fill(0x8000);
  #seen = new Uint8Array(PROBABILITIES);

  bit(index, value, other = index) {
    const probability = (this.#probabilities[index] + this.#probabilities[other]) >>> 1;
    const bound = (this.#range >>> 12) * ((probability >>> 4) | 1);
    if (value === 1) this.#range = bound;
    else {
      this.#low += bound;
      this.#range -= bound;
    }
    if (this.#low > 0xffffffff) this.#carry();
    while (this.#range < FULL / 256) {
      this.#range *= 256;
      this.#shift();
    }
    this.#learn(index, value);
    if (other !== index) this.#learn(other, value);
  }

  #learn(index, value) {
    const seen = this.#seen[index];
    this.#probabilities[index] += ((value * 0xffff - this.#probabilities[index]) * STEPS[seen]) >> 8;
    if (seen < MEMORY) this.#seen[index]++;
  }

  #carry() {
    this.#low -= 0x100000000;
    let last = this.#bytes.length - 1;
    for (; this.#bytes[last] === 255; last--) this.#bytes[last] = 0;
    this.#bytes[last]++;
  }

  #shift() {
    this.#bytes.push(this.#low >>> 24);
    this.#low = (this.#low & 0xffffff) * 256;
  }

  /** All bytes: the lower end of the range that is left. */
  finish() {
    for (let i = 0; i < 4; i++) this.#shift();
    return this.#bytes;
  }
}
