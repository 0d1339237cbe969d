// Elementary functions in whole numbers (BigInt), as exact as anyone asks: the truth that test/engine/math.test.ts
// measures against. Shares nothing with the engine but the definitions.

/** A real number: numerator / 2^BITS * 2^exponent. */
export interface Exact {
  readonly numerator: bigint;
  readonly exponent: number;
}

const BITS = 300;
const P = BigInt(BITS);
const ONE = 1n << P;
const LN2 = logOfFraction(2n, 1n);
/** pi times the 1024 bits that a float may have before its point still has 300 behind it. */
const PI_BITS = 1500n;
const PI = 4n * (4n * arctanOfInverse(5n) - arctanOfInverse(239n)); // Machin 1706

const view = new DataView(new ArrayBuffer(8));

function shift(value: bigint, places: number): bigint {
  return places >= 0 ? value << BigInt(places) : value >> BigInt(-places);
}

/** x = whole * 2^exponent */
function split(x: number): { whole: bigint; exponent: number } {
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 2047n);
  const fraction = bits & ((1n << 52n) - 1n);
  const whole = biased === 0 ? fraction : fraction | (1n << 52n);
  return { whole: x < 0 ? -whole : whole, exponent: Math.max(biased, 1) - 1075 };
}

function fixed(x: number): bigint {
  const { whole, exponent } = split(x);
  return shift(whole, exponent + BITS);
}

/** log(a / b) = 2 artanh((a - b) / (a + b)) */
function logOfFraction(a: bigint, b: bigint): bigint {
  const s = ((a - b) << P) / (a + b);
  const square = (s * s) >> P;
  let sum = 0n;
  for (let power = s, k = 1n; power !== 0n; power = (power * square) / ONE, k += 2n) sum += power / k;
  return 2n * sum;
}

function arctanOfInverse(n: bigint): bigint {
  let sum = 0n;
  for (let power = (1n << PI_BITS) / n, k = 1n; power !== 0n; power /= -n * n, k += 2n) sum += power / k;
  return sum;
}

/** The nearest integer to a / b, b > 0. */
function nearest(a: bigint, b: bigint): bigint {
  const doubled = 2n * a + b;
  const quotient = doubled / (2n * b);
  return doubled < 0n && quotient * 2n * b !== doubled ? quotient - 1n : quotient;
}

function exactLogFixed(x: number): bigint {
  const { whole, exponent } = split(x);
  const length = whole.toString(2).length;
  return logOfFraction(whole, 1n << BigInt(length - 1)) + BigInt(exponent + length - 1) * LN2;
}

function exponential(x: bigint): Exact {
  const n = nearest(x, LN2);
  const r = (x - n * LN2) / 256n;
  let y = 0n;
  for (let term = ONE, k = 1n; term !== 0n; term = (term * r) / (k * ONE), k += 1n) y += term;
  for (let i = 0; i < 8; i++) y = (y * y) >> P;
  return { numerator: y, exponent: Number(n) };
}

export function exactExp(x: number): Exact {
  return exponential(fixed(x));
}

export function exactLog(x: number): Exact {
  return { numerator: exactLogFixed(x), exponent: 0 };
}

/** x > 0 */
export function exactPow(x: number, y: number): Exact {
  const { whole, exponent } = split(y);
  return exponential(shift(exactLogFixed(x) * whole, exponent));
}

export function exactSinCos(x: number): { sin: Exact; cos: Exact } {
  const { whole, exponent } = split(x);
  const quarters = nearest(shift(whole, exponent + Number(PI_BITS)), PI / 2n);
  const r = shift(shift(whole, exponent + Number(PI_BITS)) - (quarters * PI) / 2n, BITS - Number(PI_BITS));
  const parts = [0n, 0n];
  for (let term = ONE, k = 0; term !== 0n; k += 1, term = (term * r) / (BigInt(k) * ONE)) {
    parts[k % 2] += k % 4 < 2 ? term : -term;
  }
  const circle = [parts[1], parts[0], -parts[1], -parts[0], parts[1]];
  const quarter = Number(((quarters % 4n) + 4n) % 4n);
  return {
    sin: { numerator: circle[quarter], exponent: 0 },
    cos: { numerator: circle[quarter + 1], exponent: 0 },
  };
}

/** |actual - exact| in units of the last place that a float64 as large as exact has. */
export function errorInUlps(actual: number, exact: Exact): number {
  const magnitude = exact.numerator < 0n ? -exact.numerator : exact.numerator;
  const leading = magnitude.toString(2).length - 1 - BITS + exact.exponent;
  const lastPlace = Math.max(leading - 52, -1074);
  const { whole, exponent } = split(actual);
  // Both in units of 2^-64 of that place.
  const difference =
    shift(whole, exponent - lastPlace + 64) - shift(exact.numerator, exact.exponent - BITS - lastPlace + 64);
  return Math.abs(Number(difference)) / 2 ** 64;
}
