import { describe, expect, test } from "vitest";
import { Pcg64 } from "../../src/engine/random.ts";
import type { AutoresetMode, VectorEnv } from "../../src/env.ts";
import { CartPoleVector } from "../../src/envs/cart-pole-vector.ts";
import { make } from "../../src/envs/registry.ts";
import { SyncVectorEnv } from "../../src/envs/vector-env.ts";
import { StateError } from "../../src/errors.ts";

const COUNT = 5;

function both(autoresetMode: AutoresetMode, maxEpisodeSteps: number | null, suttonBartoReward: boolean): VectorEnv[] {
  const options = { suttonBartoReward, maxEpisodeSteps };
  return [
    new SyncVectorEnv(() => make("CartPole-v1", options), { count: COUNT, autoresetMode }),
    new CartPoleVector({ count: COUNT, autoresetMode, ...options }),
  ];
}

/** Everything that a step shows, with the last observations where an episode ended. */
function shown(vector: VectorEnv, actions: ArrayLike<number>): unknown {
  const { observation, reward, terminated, truncated, finalObservation, info } = vector.step(actions);
  const ends = Array.from(terminated, (end, i) => end === 1 || truncated[i] === 1);
  const last = vector.autoresetMode === "same-step" ? Array.from(finalObservation).filter((_, k) => ends[k >> 2]) : [];
  const copy = [observation, reward, terminated, truncated].map((list) => Array.from(list));
  return { copy, last, info: [...info], ends };
}

describe.each<[AutoresetMode, number | null, boolean]>([
  ["next-step", 500, false],
  ["same-step", 15, false],
  ["disabled", 15, true],
  ["next-step", null, true],
])("mode %s, limit %s, original reward %s", (mode, limit, original) => {
  test("gives the same bits as single environments", () => {
    const [single, batched] = both(mode, limit, original);
    const start = single.reset({ seed: 40 });
    expect(batched.reset({ seed: 40 })).toEqual(start);
    const random = new Pcg64(1);
    const actions = new Int32Array(COUNT);
    let ended = 0;
    for (let step = 0; step < 600; step++) {
      for (let i = 0; i < COUNT; i++) actions[i] = random.integers(0, 2);
      const expected = shown(single, actions) as { ends: boolean[] };
      expect(shown(batched, actions)).toEqual(expected);
      ended += expected.ends.filter(Boolean).length;
      if (mode === "disabled" && expected.ends.includes(true)) {
        const reset = single.reset({ resetMask: expected.ends });
        expect(batched.reset({ resetMask: expected.ends })).toEqual(reset);
      }
    }
    expect(ended).toBeGreaterThan(50);
    const seeds = [9, 1, 1, 0, 5];
    expect(batched.reset({ seed: seeds })).toEqual(single.reset({ seed: seeds }));
  });

  test("continues bit-identically from a saved state, through JSON and into another object", () => {
    const build = (): VectorEnv => both(mode, limit, original)[1];
    const play = (vector: VectorEnv, steps: number): unknown[] =>
      Array.from({ length: steps }, (_, step) => {
        const result = shown(vector, [0, 1, step & 1, 1, 0]) as { ends: boolean[] };
        if (mode === "disabled" && result.ends.includes(true)) vector.reset({ resetMask: result.ends });
        return result;
      });
    const vector = build();
    vector.reset({ seed: 3 });
    play(vector, 33);
    const state = JSON.parse(JSON.stringify(vector.saveState?.()));
    const rest = play(vector, 50).slice(1);
    const other = build();
    other.loadState?.(state);
    expect(play(other, 50).slice(1)).toEqual(rest);
  });
});

test("reuses its buffers, and takes any list of actions", () => {
  const vector = new CartPoleVector({ count: 2 });
  const start = vector.reset({ seed: 0 });
  const first = vector.step([0, 1]);
  expect(vector.step(Int32Array.of(1, 1))).toBe(first);
  expect(first.observation).toBe(start.observation);
});

test("refuses steps that cannot be made, and steps no environment then", () => {
  const vector = new CartPoleVector({ count: 2, autoresetMode: "disabled", maxEpisodeSteps: 1 });
  expect(() => vector.step([0, 0])).toThrow(
    new StateError("CartPoleVector.step: environment 0 expected a reset first, got none. Call reset()."),
  );
  vector.reset({ seed: 0 });
  const before = JSON.stringify(vector.saveState());
  expect(() => vector.step([0, 2])).toThrow(
    new RangeError("CartPoleVector.step: action 1 expected an integer in 0..1, got 2. Take it from the actionSpace."),
  );
  expect(() => vector.step([0])).toThrow(
    new RangeError("CartPoleVector.step: actions expected 2, got 1. Give one per environment."),
  );
  expect(JSON.stringify(vector.saveState())).toBe(before);
  expect(Array.from(vector.step([0, 1]).truncated)).toEqual([1, 1]);
  expect(() => vector.step([0, 0])).toThrow(
    new StateError(
      "CartPoleVector.step: environment 0 expected a running episode, got an ended one. Call reset({ resetMask }).",
    ),
  );
});

test("refuses bad options, seeds, masks and states", () => {
  expect(() => new CartPoleVector({ count: 0 })).toThrow(
    new RangeError("CartPoleVector: count expected an integer at least 1, got 0. It is the number of environments."),
  );
  expect(() => new CartPoleVector({ count: 1, maxEpisodeSteps: 0 })).toThrow(
    new RangeError("CartPoleVector: maxEpisodeSteps expected an integer at least 1, got 0. Use null for no limit."),
  );
  expect(() => new CartPoleVector({ count: 1, autoresetMode: "never" as never })).toThrow(
    new RangeError(
      'CartPoleVector: autoresetMode expected "next-step", "same-step" or "disabled", got "never". Default: "next-step".',
    ),
  );
  expect(() => new CartPoleVector({ count: 1, suttonBartoReward: 1 as never })).toThrow(TypeError);
  const vector = new CartPoleVector({ count: 2 });
  expect(() => vector.reset({ seed: [1] })).toThrow(
    new RangeError("CartPoleVector.reset: seed expected one number or 2, got [1]. Give each its own."),
  );
  expect(() => vector.reset({ resetMask: [false, false] })).toThrow(RangeError);
  vector.reset({ seed: 1 });
  const good = vector.saveState() as { states: number[]; randoms: unknown[] };
  const before = JSON.stringify(good);
  const wrong = [
    null,
    {},
    new CartPoleVector({ count: 1 }).saveState(),
    { ...good, env: "CartPole" },
    { ...good, phase: [3, 1] },
    { ...good, elapsed: [-1, 0] },
    { ...good, states: good.states.map(() => NaN) },
    { ...good, randoms: [null, good.randoms[1]] },
    { ...good, randoms: [good.randoms[0], {}] },
  ];
  for (const state of wrong) expect(() => vector.loadState(state)).toThrow(TypeError);
  expect(() => vector.loadState({})).toThrow(
    new TypeError(
      "CartPoleVector.loadState: state expected one of 2 environments, got Object. Load it with the count it was saved with.",
    ),
  );
  expect(JSON.stringify(vector.saveState())).toBe(before);
});
