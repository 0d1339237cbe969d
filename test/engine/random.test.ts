// Known values: NumPy 2.4, `numpy.random.default_rng(seed)`.

import { describe, expect, test } from "vitest";
import { Pcg64 } from "../../src/engine/random.ts";

const NUMPY = [
  {
    seed: 0,
    state: "1aa1b5345996452d09585eb7a69561e3",
    inc: "418ddadb3af71a82588133bc447873a9",
    random: [0.6369616873214543, 0.2697867137638703, 0.04097352393619469],
    integers: [0, 0, 2, 10, 8],
    word: 3920255353,
    wide: 682578654885175,
    third: 1896812393,
    uniform: 0.04350724237877683,
  },
  {
    seed: 42,
    state: "cea44f6798798f2aacbc7c9d68860ac8",
    inc: "fa505436c9a8416e66caf2e28d25abff",
    random: [0.7739560485559633, 0.4388784397520523, 0.8585979199113825],
    integers: [1, 9, 2, 1, 6],
    word: 4190266093,
    wide: 856704489890085,
    third: 2152431830,
    uniform: -0.037188636732445414,
  },
  {
    seed: 4294967301, // two words of entropy
    state: "2931d0c6dbee79bfece8058fe085a345",
    inc: "271168ffcdb9ee72bdd751b35ac873c3",
    random: [0.7742041803738812, 0.47072268318809307, 0.6958803443421149],
    integers: [11, 10, 10, 6, 7],
    word: 2221770359,
    wide: 235819596770572,
    third: 2678967203,
    uniform: -0.0019984865496982113,
  },
];

describe("Pcg64", () => {
  for (const known of NUMPY) {
    test(`equals numpy.random.default_rng(${known.seed}) bit for bit`, () => {
      const stream = new Pcg64(known.seed);
      expect(stream.saveState()).toEqual({ state: known.state, inc: known.inc, hasUint32: 0, uinteger: 0 });
      expect(known.random.map(() => stream.random())).toEqual(known.random);
      expect(known.integers.map(() => stream.integers(0, 13))).toEqual(known.integers);
      expect(stream.integers(0, 2 ** 32)).toBe(known.word);
      expect(stream.integers(-(2 ** 40), 2 ** 50)).toBe(known.wide);
      expect(stream.integers(0, 3_000_000_000)).toBe(known.third);
      expect(stream.uniform(-0.05, 0.05)).toBe(known.uniform);
    });
  }

  test("spends nothing on a single choice", () => {
    const stream = new Pcg64(3);
    const before = stream.saveState();
    expect(stream.integers(7, 8)).toBe(7);
    expect(stream.saveState()).toEqual(before);
  });

  test("keeps streams apart though they share an engine", () => {
    const alone = new Pcg64(5);
    const expected = Array.from({ length: 20 }, () => alone.random());
    const a = new Pcg64(5);
    const b = new Pcg64(6);
    const interleaved = Array.from({ length: 20 }, () => {
      b.integers(0, 10);
      return a.random();
    });
    expect(interleaved).toEqual(expected);
  });

  test("continues from a saved state through JSON, the buffered half draw included", () => {
    const stream = new Pcg64(11);
    stream.integers(0, 100);
    const state = JSON.parse(JSON.stringify(stream.saveState()));
    expect(state.hasUint32).toBe(1);
    const draw = (from: Pcg64): number[] => [
      from.integers(0, 100),
      from.random(),
      from.integers(0, 9),
      from.uniform(1, 2),
    ];
    const expected = draw(stream);
    const other = new Pcg64(0);
    other.loadState(state);
    expect(draw(other)).toEqual(expected);
  });

  test("starts elsewhere each time without a seed", () => {
    expect(new Pcg64().saveState()).not.toEqual(new Pcg64().saveState());
  });

  test("refuses seeds that are no non-negative integers", () => {
    expect(() => new Pcg64(-1)).toThrow(
      new RangeError(
        "Pcg64.seed: seed expected an integer at least 0 and at most 9007199254740991, got -1. Pass a non-negative integer.",
      ),
    );
    expect(() => new Pcg64("7" as never)).toThrow(TypeError);
    expect(() => new Pcg64(1.5)).toThrow(RangeError);
  });

  test("refuses bounds that are not in order or not finite", () => {
    const stream = new Pcg64(0);
    const before = stream.saveState();
    expect(() => stream.uniform(1, 0)).toThrow(
      new RangeError(
        "Pcg64.uniform: bounds expected finite numbers, low at most high, got 1 and 0. Swap or narrow them.",
      ),
    );
    expect(() => stream.uniform(0, Infinity)).toThrow(RangeError);
    expect(() => stream.integers(3, 3)).toThrow(
      new RangeError(
        "Pcg64.integers: bounds expected safe integers, low below high, got 3 and 3. The upper bound is exclusive.",
      ),
    );
    expect(() => stream.integers(0, 1.5)).toThrow(RangeError);
    expect(stream.saveState()).toEqual(before);
  });

  test("refuses states that it did not save, and keeps its own", () => {
    const stream = new Pcg64(0);
    const good = stream.saveState();
    expect(() => stream.loadState(null)).toThrow(
      new TypeError("Pcg64.loadState: state expected what saveState returned, got null. Pass it on unchanged."),
    );
    for (const bad of [
      { ...good, state: "xyz" },
      { ...good, inc: `${good.inc.slice(0, 31)}2` },
      { ...good, uinteger: -1 },
    ]) {
      expect(() => stream.loadState(bad)).toThrow(TypeError);
    }
    expect(stream.saveState()).toEqual(good);
  });
});
