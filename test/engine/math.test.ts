// The engine's elementary functions against exact ones (exact-math.ts), against known values from NumPy 2.4 (glibc), and
// on every special case of IEEE 754 and ECMAScript.

import { describe, expect, test } from "vitest";
import { cos, exp, log, PI, pow, sin, tanh } from "../../src/engine/math.ts";
import { Sampler } from "../conformance/sampler.ts";
import { type Exact, errorInUlps, exactExp, exactLog, exactPow, exactSinCos } from "./exact-math.ts";

const SEED = 1;
const SAMPLES = 5000;
/** What the functions' comments state, in units in the last place; 0.5 is the best there is. */
const EXP_POW_ULPS = 0.53;
const LOG_ULPS = 0.501;
const SIN_COS_ULPS = 0.51;
const ONE_ULP = 2.3e-16;

const { MAX_VALUE, MIN_VALUE, POSITIVE_INFINITY: INFINITY, NaN: NAN } = Number;
const SMALLEST_NORMAL = 2 ** -1022;
const NEXT_ABOVE_ONE = 1 + 2 ** -52;
const NEXT_BELOW_ONE = 1 - 2 ** -53;

/** Largest error over many arguments. */
function worst(samples: number, argument: (u: number) => number, actual: (x: number) => [number, Exact]): number {
  const sampler = new Sampler(SEED);
  let most = 0;
  for (let i = 0; i < samples; i++) most = Math.max(most, errorInUlps(...actual(argument(sampler.next()))));
  return most;
}

describe("exp", () => {
  test.each<[string, (u: number) => number]>([
    ["-1 .. 1", (u) => 2 * u - 1],
    ["every finite result", (u) => -745 + 1454.7 * u],
    ["subnormal results", (u) => -745.1 + 36.8 * u],
    ["arguments of every size", (u) => 700 * 2 ** (-60 * u)],
  ])("errs by at most 0.53 ULP: %s", (_name, argument) => {
    const most = worst(SAMPLES, argument, (x) => [exp(x), exactExp(x)]);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(EXP_POW_ULPS);
  });

  test.each<[number, number]>([
    [0, 1],
    [-0, 1],
    [MIN_VALUE, 1],
    [INFINITY, INFINITY],
    [-INFINITY, 0],
    [NAN, NAN],
    [MAX_VALUE, INFINITY],
    [-MAX_VALUE, 0],
    [709.782712893384, 1.7976931348622732e308],
    [709.7827128933841, INFINITY],
    [-708.3964185322641, 2.2250738585072626e-308],
    [-708.3964185322642, 2.2250738585070097e-308],
    [-745.1332191019411, MIN_VALUE],
    [-745.1332191019412, 0],
  ])("of %d is %d", (x, known) => {
    expect(exp(x)).toBe(known);
  });
});

describe("log", () => {
  test.each<[string, (u: number) => number]>([
    ["0 .. 1", (u) => u || 1],
    ["sqrt(1/2) .. sqrt(2)", (u) => Math.SQRT1_2 * (1 + u)],
    ["around 1", (u) => 1 + (u - 0.5) * 2 ** (-50 * u)],
    ["every size", (u) => 2 ** (2046 * u - 1023)],
    ["subnormal", (u) => SMALLEST_NORMAL * u || MIN_VALUE],
  ])("errs by at most 0.501 ULP: %s", (_name, argument) => {
    // At 1 the result is exact, and a unit in the last place of 0 means nothing.
    const most = worst(SAMPLES, argument, (x) => (x === 1 ? [1, exactExp(log(1))] : [log(x), exactLog(x)]));
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(LOG_ULPS);
  });

  test.each<[number, number]>([
    [1, 0],
    [0, -INFINITY],
    [-0, -INFINITY],
    [-1, NAN],
    [-MIN_VALUE, NAN],
    [-INFINITY, NAN],
    [INFINITY, INFINITY],
    [NAN, NAN],
    [MIN_VALUE, -744.4400719213812],
    [MAX_VALUE, 709.782712893384],
    [NEXT_BELOW_ONE, -1.1102230246251565e-16],
  ])("of %d is %d", (x, known) => {
    expect(log(x)).toBe(known);
  });
});

describe("pow", () => {
  // The second argument follows from the first, so that the results reach what is said.
  test.each<[string, (u: number) => [number, number]]>([
    ["everyday", (u) => [10 * u + 1e-3, 40 * ((u * 997) % 1) - 20]],
    ["schedules: 0.9 .. 1 to whole numbers", (u) => [0.9 + 0.1 * u, Math.floor(2000 * ((u * 997) % 1))]],
    ["results of every size", (u) => reaching(2 ** (20 * u - 10) + 1e-9, 1449 * ((u * 997) % 1) - 740)],
    ["bases around 1", (u) => reaching(0.71 + 0.7 * u, 1449 * ((u * 997) % 1) - 740)],
    ["bases next to 1", (u) => reaching(1 + 2 ** -(20 + 30 * u), 1449 * ((u * 997) % 1) - 740)],
    ["subnormal results", (u) => reaching(0.9 * u + 0.01, -745 + 36 * ((u * 997) % 1))],
    ["subnormal bases", (u) => [SMALLEST_NORMAL * u || MIN_VALUE, (u * 997) % 1]],
  ])("errs by at most 0.53 ULP: %s", (_name, argumentsOf) => {
    const most = worst(
      SAMPLES,
      (u) => u,
      (u) => {
        const [x, y] = argumentsOf(u);
        return [pow(x, y), exactPow(x, y)];
      },
    );
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(EXP_POW_ULPS);
  });

  /** The base, and the exponent that makes log(x^y) about what is asked. */
  function reaching(x: number, logOfResult: number): [number, number] {
    return [x, logOfResult / Math.log(x)];
  }

  test("has every special case of ECMAScript", () => {
    const numbers = [0, 1, 2, 3, 0.5, 1.5, MIN_VALUE, SMALLEST_NORMAL, MAX_VALUE, INFINITY, NEXT_ABOVE_ONE];
    const more = [
      NEXT_BELOW_ONE,
      1e300,
      1e-300,
      2 ** 52 + 1,
      2 ** 53 - 1,
      2 ** 53,
      2 ** 31,
      2 ** 31 + 1,
      1023,
      1074,
      1075,
    ];
    const all = [...numbers, ...more].flatMap((x) => [x, -x]).concat(NAN);
    // Where the platform's result is none of these it is a rounding, which is not its business here.
    const special = (result: number): boolean =>
      [0, 1, -1, INFINITY, -INFINITY].includes(result) || Number.isNaN(result);
    let compared = 0;
    for (const x of all) {
      for (const y of all) {
        const known = x ** y;
        if (!special(known) && !special(pow(x, y))) continue;
        // A rounding to 1, which platforms do at slightly different places.
        if (Math.abs(Math.abs(known) - 1) === 2 ** -52 || Math.abs(Math.abs(known) - 1) === 2 ** -53) continue;
        compared++;
        expect.soft([x, y, pow(x, y)]).toEqual([x, y, known]);
      }
    }
    expect(compared).toBeGreaterThan(1000);
  });

  test.each<[number, number, number]>([
    [3, 2, 9],
    [-3, 3, -27],
    [10, 22, 1e22],
    [2, -1074, MIN_VALUE],
    [2, -1075, 0],
    [2, 1023, 2 ** 1023],
    [2, 1024, INFINITY],
    [-2, 1025, -INFINITY],
    [7, -1, 1 / 7],
    [1e-320, 0.5, Math.sqrt(1e-320)],
  ])("%d to the %d is %d", (x, y, known) => {
    expect(pow(x, y)).toBe(known);
  });
});

describe("sin and cos", () => {
  test.each<[string, (u: number) => number]>([
    ["-pi/4 .. pi/4", (u) => (u - 0.5) * (PI / 2)],
    ["-10 .. 10", (u) => 20 * u - 10],
    ["-2e6 .. 2e6", (u) => 4e6 * u - 2e6],
    ["every size", (u) => 2 ** (1223 * u - 200)],
    ["next to multiples of pi / 2", (u) => Math.floor(2e6 * u - 1e6) * (PI / 2) || 1],
  ])("err by at most 0.51 ULP: %s", (_name, argument) => {
    const mostOfSin = worst(SAMPLES, argument, (x) => [sin(x), exactSinCos(x).sin]);
    const mostOfCos = worst(SAMPLES, argument, (x) => [cos(x), exactSinCos(x).cos]);
    expect(Math.min(mostOfSin, mostOfCos)).toBeGreaterThan(0);
    expect(Math.max(mostOfSin, mostOfCos)).toBeLessThan(SIN_COS_ULPS);
  });

  test.each<[number, number, number]>([
    [0, 0, 1],
    [-0, -0, 1],
    [MIN_VALUE, MIN_VALUE, 1],
    [PI, 1.2246467991473532e-16, -1],
    [PI / 2, 1, 6.123233995736766e-17],
    [1e22, -0.8522008497671888, 0.523214785395139],
    // The float that comes closest to a multiple of pi / 2 (Muller et al. 2018, Handbook of Floating-Point Arithmetic).
    [6381956970095103 * 2 ** 797, 1, -4.687165924254628e-19],
    [INFINITY, NAN, NAN],
    [-INFINITY, NAN, NAN],
    [NAN, NAN, NAN],
  ])("of %d are %d and %d", (x, knownSin, knownCos) => {
    expect([sin(x), cos(x)]).toEqual([knownSin, knownCos]);
  });
});

test.each([
  ["sin 1", sin(1), 0.8414709848078965],
  ["cos 1", cos(1), 0.5403023058681398],
  ["exp 1", exp(1), Math.E],
  ["log 2", log(2), Math.LN2],
  ["tanh 0.5", tanh(0.5), 0.46211715726000974],
  ["2 to the 0.5", pow(2, 0.5), Math.SQRT2],
])("%s is NumPy's within one unit in the last place", (_name, actual, known) => {
  expect(Math.abs(actual / known - 1)).toBeLessThanOrEqual(ONE_ULP);
});

test("keeps exact values exact", () => {
  expect([sin(0), cos(0), exp(0), log(1), tanh(0), pow(3, 2)]).toEqual([0, 1, 1, 0, 0, 9]);
  expect(PI).toBe(Math.PI);
});

test("agrees with the platform over a wide range within 4 units in the last place", () => {
  for (let i = -400; i <= 400; i++) {
    const x = i * 0.137;
    expect(Math.abs(sin(x) - Math.sin(x))).toBeLessThan(4 * ONE_ULP);
    expect(Math.abs(cos(x) - Math.cos(x))).toBeLessThan(4 * ONE_ULP);
    expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(4 * ONE_ULP);
    expect(Math.abs(tanh(x) - Math.tanh(x))).toBeLessThan(4 * ONE_ULP);
  }
});
