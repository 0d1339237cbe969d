// An environment of any spaces whose course is drawn: what is done changes nothing. And draws that tests share.

/** mulberry32: uniform in 0 .. 1. */
export function draws(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A value of the space; of unbounded numbers some around 0. */
export function drawValue(space, uniform) {
  const below = (n) => Math.floor(uniform() * n);
  switch (space.kind) {
    case "discrete":
      return space.start + below(space.n);
    case "multi-discrete":
      return space.nvec.map(below);
    case "multi-binary":
      return Array.from({ length: space.n }, () => below(2));
    case "dict":
      return Object.fromEntries(Object.entries(space.spaces).map(([name, part]) => [name, drawValue(part, uniform)]));
    default:
      return space.low.map((bound, i) => {
        const [low, high] = [Number.isFinite(bound) ? bound : -3, Number.isFinite(space.high[i]) ? space.high[i] : 3];
        if (space.dtype === "uint8") return low + below(high - low + 1);
        return Math.fround(low + uniform() * (high - low));
      });
  }
}

/** Episodes of about ten steps. */
export function randomWorld(observationSpace, actionSpace, seed) {
  const uniform = draws(seed);
  const observe = () => drawValue(observationSpace, uniform);
  return {
    observationSpace,
    actionSpace,
    reset: () => ({ observation: observe(), info: {} }),
    step: () => ({
      observation: observe(),
      reward: 2 * uniform() - 1,
      terminated: uniform() < 0.05,
      truncated: uniform() < 0.05,
      info: {},
    }),
  };
}
