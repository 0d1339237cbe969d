// The first state of a random stream from a seed and a purpose, the same for every backend. Integer arithmetic only.

/** MurmurHash3's 32-bit finaliser (Appleby), a bijection that changes half of the bits for any changed bit. */
function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** FNV-1a over the UTF-16 code units. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/** Returns the first state of a stream: 4 words, not all zero. @param seed 0 .. 2^53 - 1 */
export function firstStreamState(seed: number, purpose: string): Uint32Array {
  const low = seed >>> 0;
  const high = Math.floor(seed / 4_294_967_296) >>> 0;
  const name = hash(purpose);
  const a = mix(mix(name ^ low) + high);
  const b = mix(mix(~name ^ high) + low);
  const state = Uint32Array.of(mix(a), mix(b), mix(a + 0x9e3779b9), mix(b + 0x9e3779b9));
  if (state.every((word) => word === 0)) state[0] = 1;
  return state;
}
