// Options as data: layers of defaults, what is read of them, the kinds of fields.

import { describe, expect, test } from "vitest";
import { box, discrete } from "../../src/space.ts";
import {
  count,
  custom,
  type Field,
  flag,
  number,
  type OptionPlace,
  type OptionSchema,
  oneOf,
  orNull,
  readOptions,
  schedule,
} from "../../src/training/options.ts";
import type { Schedule } from "../../src/training/schedule.ts";
import type { Workplace } from "../../src/workplace.ts";

interface Options {
  readonly size?: number;
  readonly rate?: number | null;
  readonly shape?: { readonly width?: number; readonly depth?: number };
  readonly kind?: "round" | "square";
}

interface Settings {
  readonly size: number;
  readonly rate: number | null;
  readonly shape: { readonly width: number; readonly depth: number };
  readonly kind: "round" | "square";
}

type Given = Options & { readonly preset?: string | false };

const SHAPE = { width: 1, depth: 1 };
const SPACES: Workplace = { observationSpace: discrete(2), actionSpace: discrete(2) };
const ENV = {
  ...SPACES,
  spec: { id: "Known-v1", options: {} },
  reset: () => ({ observation: 0, info: {} }),
  step: () => ({ observation: 0, reward: 0, terminated: false, truncated: false, info: {} }),
} satisfies Workplace;

function schema(changes: Partial<OptionSchema<Options, Settings>> = {}): OptionSchema<Options, Settings> {
  return {
    name: "Probe",
    fields: {
      size: count(1),
      rate: orNull(null, number(0.5, { min: 0 })),
      shape: custom<NonNullable<Options["shape"]>, Settings["shape"]>(
        SHAPE,
        (_where, given) => ({ ...SHAPE, ...given }),
        (below, over) => ({ ...below, ...over }),
      ),
      kind: oneOf("round", ["round", "square"]),
    },
    ...changes,
  };
}

const read = (given: Given, changes: Partial<OptionSchema<Options, Settings>> = {}, at: Workplace = SPACES): Settings =>
  readOptions(schema(changes), at, given);

describe("layers", () => {
  const layered: Partial<OptionSchema<Options, Settings>> = {
    defaults: { size: 2, shape: { width: 2 } },
    presets: {
      large: { source: "made up", options: { size: 3, shape: { depth: 3 } } },
      "Known-v1": { source: "made up", options: { kind: "square" } },
    },
  };

  test("hold from the bottom up: the field's default, the algorithm's, the preset's, the caller's", () => {
    expect(read({})).toEqual({ size: 1, rate: null, shape: SHAPE, kind: "round" });
    expect(read({}, layered)).toMatchObject({ size: 2, shape: { width: 2, depth: 1 } });
    expect(read({ preset: "large" }, layered)).toMatchObject({ size: 3, shape: { width: 2, depth: 3 } });
    expect(read({ preset: "large", size: 4, shape: { width: 4 } }, layered)).toEqual({
      ...{ size: 4, rate: null, shape: { width: 4, depth: 3 }, kind: "round" },
    });
  });

  test("join by merge where a field has one, else the upper takes the lower's place", () => {
    const replaced = {
      ...schema().fields,
      shape: custom<NonNullable<Options["shape"]>, Settings["shape"]>(SHAPE, (_, given) => given as typeof SHAPE),
    };
    expect(read({ shape: { width: 9 } }, { ...layered, fields: replaced }).shape).toEqual({ width: 9 });
  });

  test("pass over what is undefined, as what was left out", () => {
    const given = { size: undefined, shape: undefined, kind: undefined } as unknown as Options;
    expect(read(given, layered)).toEqual(read({}, layered));
  });

  test("take null for a value where it is one", () => {
    const withRate = { defaults: { rate: 0.25 } };
    expect(read({}, withRate).rate).toBe(0.25);
    expect(read({ rate: null }, withRate).rate).toBe(null);
  });

  test("have the preset of the environment's id, unless another or none is asked for", () => {
    expect(read({}, layered, ENV).kind).toBe("square");
    expect(read({ preset: false }, layered, ENV).kind).toBe("round");
    expect(read({ preset: "large" }, layered, ENV)).toMatchObject({ kind: "round", size: 3 });
  });
});

describe("what is refused", () => {
  test("an unknown name, with the nearest known one; what says where an agent runs is known", () => {
    expect(() => read({ sise: 1 } as never)).toThrow(
      new RangeError('Probe: option expected a known name, got "sise". Did you mean size?'),
    );
    const placed = { preset: false, backend: "wasm", engine: undefined } as never;
    expect(read(placed)).toEqual(read({}));
  });

  test("an unknown name in a class's own defaults and presets", () => {
    const message = 'Probe.about: option expected a known name, got "sise". Did you mean size?';
    expect(() => read({}, { defaults: { sise: 1 } as never })).toThrow(new RangeError(message));
    const presets = { large: { source: "", options: { sise: 9 } as never } };
    expect(() => read({ preset: "large" }, { presets })).toThrow(new RangeError(message));
  });

  test("an unknown preset", () => {
    expect(() => read({ preset: "larg" }, { presets: { large: { source: "", options: {} } } })).toThrow(
      new RangeError('Probe: preset expected one of large, got "larg". Did you mean large?'),
    );
  });

  test("a wrong value of the caller's and one of a preset alike", () => {
    const message = "Probe: size expected an integer at least 1, got 0. Set options.size.";
    expect(() => read({ size: 0 })).toThrow(new RangeError(message));
    const presets = { wrong: { source: "", options: { size: 0 } } };
    expect(() => read({ preset: "wrong" }, { presets })).toThrow(message);
  });
});

test("a field knows the workplace, the settings before it, and whether the caller gave the option", () => {
  const seen: OptionPlace[] = [];
  const watching: Field<number, number> = {
    default: 1,
    read: (_where, _name, given, place) => {
      seen.push({ ...place, settings: { ...place.settings } });
      return given;
    },
  };
  const fields = { ...schema().fields, shape: watching as never, kind: watching as never };
  const changes = { fields, defaults: { size: 7 } };
  read({ shape: 5 as never }, changes, ENV);
  expect(seen).toEqual([
    { workplace: ENV, byCaller: true, settings: { size: 7, rate: null } },
    { workplace: ENV, byCaller: false, settings: { size: 7, rate: null, shape: 5 } },
  ]);
});

test("complete sees the settings and what anybody said, and what it gives is what holds", () => {
  const seen: unknown[] = [];
  const complete: NonNullable<OptionSchema<Options, Settings>["complete"]> = (where, settings, workplace, said) => {
    seen.push(where, workplace, [...said]);
    return { ...settings, size: 99 };
  };
  const changes = {
    complete,
    defaults: { rate: 1 },
    presets: { a: { source: "", options: { kind: "square" as const } } },
  };
  expect(read({ preset: "a", shape: {} }, changes).size).toBe(99);
  expect(seen).toEqual(["Probe", SPACES, ["rate", "shape", "kind"]]);
});

describe("kinds of fields", () => {
  const PLACE: OptionPlace = { workplace: SPACES, byCaller: true, settings: {} };
  const take = <G, R>(field: Field<G, R>, given: unknown): R => field.read("Probe", "x", given as G, PLACE);

  test.each<[Field<never, unknown>, unknown, string]>([
    [count(1) as never, 0, "Probe: x expected an integer at least 1, got 0. Set options.x."],
    [count(1) as never, 1.5, "Probe: x expected an integer at least 1, got 1.5. Set options.x."],
    [count(0, { min: 0, max: 3 }) as never, 4, "Probe: x expected an integer at least 0 and at most 3, got 4."],
    [count(1, { advice: "Count again." }) as never, 0, "Probe: x expected an integer at least 1, got 0. Count again."],
    [number(1, { above: 0 }) as never, 0, "Probe: x expected a number above 0, got 0. Set options.x."],
    [number(1, {}) as never, Number.NaN, "Probe: x expected a number, got NaN. Set options.x."],
    [flag(true) as never, 1, "Probe: x expected true or false, got 1. Set options.x."],
    [oneOf("a", ["a", "b"]) as never, "c", 'Probe: x expected "a" or "b", got "c". Set options.x.'],
    [schedule(1) as never, -1, "Probe: x expected a number at least 0, got -1."],
    [schedule(1, { min: 0, max: 1 }) as never, { type: "linear", from: 2, to: 0 }, "Probe: x.from expected a number"],
    [orNull(null, count(1)) as never, 0, "Probe: x expected an integer at least 1, got 0."],
  ])("refuse what they do not take: %#", (field, given, message) => {
    expect(() => take(field, given)).toThrow(message);
  });

  test("throw TypeError for the wrong kind, RangeError for the wrong value", () => {
    for (const [field, kind, value] of [
      [count(1), "1", 0],
      [number(1, { min: 0 }), "1", -1],
    ] as const) {
      expect(() => take(field, kind)).toThrow(TypeError);
      expect(() => take(field, value)).toThrow(RangeError);
    }
    expect(() => take(flag(true), "yes")).toThrow(TypeError);
  });

  test("give what they take", () => {
    const linear: Schedule = { type: "linear", from: 1, to: 0 };
    expect(take(schedule(1), linear)).toBe(linear);
    expect([take(count(1), 3), take(flag(false), true), take(oneOf("a", ["a", "b"]), "b")]).toEqual([3, true, "b"]);
    expect([take(orNull(3, count(1)), null), take(orNull(null, count(1)), 2)]).toEqual([null, 2]);
    expect(
      [count(3), number(0.5, {}), flag(true), oneOf("a", ["a"]), orNull(null, count(1))].map((f) => f.default),
    ).toEqual([...[3, 0.5, true, "a", null]]);
  });

  test("merge beneath null as the field beneath does, and never with null", () => {
    const inner = custom<{ a?: number; b?: number }, object>(
      {},
      (_, given) => given,
      (below, over) => ({ ...below, ...over }),
    );
    const field = orNull<{ a?: number; b?: number }, object>(null, inner);
    expect(field.merge!({ a: 1 }, { b: 2 })).toEqual({ a: 1, b: 2 });
    expect([field.merge!(null, { b: 2 }), field.merge!({ a: 1 }, null)]).toEqual([{ b: 2 }, null]);
    expect(orNull(null, count(1)).merge).toBe(undefined);
  });

  test("of its own kind, one reads with the place", () => {
    const sized = custom(0, (where, given: number, { workplace }) => `${where} ${given} ${workplace.actionSpace.kind}`);
    const workplace = { observationSpace: discrete(2), actionSpace: box(-1, 1) };
    expect(sized.read("Probe", "x", 4, { ...PLACE, workplace })).toBe("Probe 4 box");
  });
});
