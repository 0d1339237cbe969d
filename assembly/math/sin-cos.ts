// sin and cos in float64, for every argument: reduction in whole numbers, series in pairs of floats where one float would
// round visibly (chop.ts). Largest error 0.51 units in the last place; 99.9 of 100 results are the nearest float there
// is (test/engine/math.test.ts, against exact integers).

import { chop } from "./chop";
import { multiply_high } from "./multiply-high";

/** 2 / pi in binary: 64 zeros, the point, then 1216 digits; enough for the largest float. */
const TWO_OVER_PI = memory.data<u64>([
  0, 0xA2F9836E4E441529, 0xFC2757D1F534DDC0, 0xDB6295993C439041, 0xFE5163ABDEBBC561,
  0xB7246E3A424DD2E0, 0x06492EEA09D1921C, 0xFE1DEB1CB129A73E, 0xE88235F52EBB4484, 0xE99C7026B45F7E41,
  0x3991D639835339F4, 0x9C845F8BBDF9283B, 0x1FF897FFDE05980F, 0xEF2F118B5A0A6D1F, 0x6D367ECF27CB09B7,
  0x4F463F669E5FEA2D, 0x7527BAC7EBE5F17B, 0x3D0739F78A5292EA, 0x6BFB5FB11F8D5D08, 0x56033046FC7B6BAB,
], 8);

const TWO_TO_MINUS_32: f64 = 2.3283064365386963e-10;
const TWO_TO_MINUS_62: f64 = 2.168404344971009e-19;
const TWO_TO_MINUS_64: f64 = 5.421010862427522e-20;
const HALF_PI_HIGH: f64 = 1.5707963109016418 * TWO_TO_MINUS_62; // chopped
const HALF_PI_LOW: f64 = 1.5893254773528196e-8 * TWO_TO_MINUS_62;
// pi / 2 in three parts, the first two of 33 bits: exact when multiplied by up to 2^20
const HALF_PI_1: f64 = 1.5707963267341256;
const HALF_PI_2: f64 = 6.077100506303966e-11;
const HALF_PI_3: f64 = 2.0222662487959506e-21;
const SIXTH_HIGH: f64 = 0.1666666641831398; // chopped
const SIXTH_LOW: f64 = 2.483526865641276e-9;
const TWENTY_FOURTH_HIGH: f64 = 0.04166666604578495; // chopped
const TWENTY_FOURTH_LOW: f64 = 6.20881716410319e-10;

/** sin(rh + rl), rh chopped, |rh + rl| <= pi / 4: r + r z (-1/6 + z (1/120 - ...)), z = r^2 */
function sin_series(rh: f64, rl: f64): f64 {
  const zp = rh * rh;
  const zq = rl * (rh + (rh + rl));
  const z = zp + zq;
  const zh = chop(z);
  const zl = (zp - zh) + zq;
  const z2 = z * z;
  const v = z * ((1.0 / 120 - z * (1.0 / 5040)) + z2 * (1.0 / 362880 - z * (1.0 / 39916800)) +
    z2 * z2 * ((1.0 / 6227020800 - z * (1.0 / 1307674368000)) +
      z2 * (1.0 / 355687428096000 - z * (1.0 / 121645100408832000))));
  const uh = chop(v - SIXTH_HIGH);
  const ul = (v - (SIXTH_HIGH + uh)) - SIXTH_LOW;
  const wp = zh * uh;
  const wq = zh * ul + zl * (uh + ul);
  const wh = chop(wp + wq);
  const wl = (wp - wh) + wq;
  const p = rh * wh;
  const y = rh + p;
  return y + (((rh - y) + p) + (rl + (rh * wl + rl * (wh + wl))));
}

/** cos(rh + rl), rh chopped, |rh + rl| <= pi / 4: 1 + z (-1/2 + z (1/24 - z (1/720 - ...))), z = r^2 */
function cos_series(rh: f64, rl: f64): f64 {
  const zp = rh * rh;
  const zq = rl * (rh + (rh + rl));
  const z = zp + zq;
  const zh = chop(z);
  const zl = (zp - zh) + zq;
  const z2 = z * z;
  const v = z * ((1.0 / 720 - z * (1.0 / 40320)) + z2 * (1.0 / 3628800 - z * (1.0 / 479001600)) +
    z2 * z2 * ((1.0 / 87178291200 - z * (1.0 / 20922789888000)) + z2 * (1.0 / 6402373705728000)));
  const uh = chop(TWENTY_FOURTH_HIGH - v);
  const ul = ((TWENTY_FOURTH_HIGH - uh) - v) + TWENTY_FOURTH_LOW;
  const wp = zh * uh;
  const wq = zh * ul + zl * (uh + ul);
  const wh = chop(wp - 0.5);
  const wl = (wp - (0.5 + wh)) + wq;
  const p = zh * wh;
  const y = 1 + p;
  return y + (((1 - y) + p) + (zh * wl + zl * (wh + wl)));
}

/** The pair that reduce returned: what is left of x, chopped, and the rest. */
let reducedHigh: f64 = 0;
let reducedLow: f64 = 0;

/**
 * Takes the nearest multiple of pi / 2 from any finite x with |x| > pi / 4, and returns which one, modulo 4.
 *
 * |x| = mantissa 2^exponent. Whole turns do not count: 192 digits of 2 / pi, from the place that makes a quarter of a turn
 * 2^190, times the mantissa, modulo 2^192. Its upper 128 bits are the quarters and 126 digits of what is left.
 */
function reduce(x: f64): u64 {
  const bits = reinterpret<u64>(x);
  const mantissa = (bits & 0xFFFFFFFFFFFFF) | 0x10000000000000;
  const place = ((bits >> 52) & 2047) - 1013;
  const digits = TWO_OVER_PI + (<usize>(place >> 6) << 3);
  const shift = place & 63;
  const back = 63 - shift;
  const d1 = load<u64>(digits, 8), d2 = load<u64>(digits, 16);
  const high = (load<u64>(digits) << shift) | (d1 >> 1 >> back);
  const middle = (d1 << shift) | (d2 >> 1 >> back);
  const low = (d2 << shift) | (load<u64>(digits, 24) >> 1 >> back);
  const carried = multiply_high(mantissa, low);
  const lower = mantissa * middle + carried;
  const upper = mantissa * high + multiply_high(mantissa, middle) + u64(lower < carried);
  const quarters = (upper + 0x2000000000000000) >> 62;
  const rest = <i64>(upper - (quarters << 62)); // in units of 2^-62 quarters; its fraction is lower
  const a = <f64>rest;
  const h = chop(a + <f64>lower * TWO_TO_MINUS_64);
  const l = ((a - h) + <f64>(rest - <i64>a) + <f64>(lower >> 32) * TWO_TO_MINUS_32) +
    <f64>(lower & 0xFFFFFFFF) * TWO_TO_MINUS_64;
  const sign = copysign<f64>(1, x);
  const p = sign * h * HALF_PI_HIGH;
  const q = sign * (h * HALF_PI_LOW + l * (HALF_PI_HIGH + HALF_PI_LOW));
  reducedHigh = chop(p + q);
  reducedLow = (p - reducedHigh) + q;
  return x < 0 ? 0 - quarters : quarters;
}

/** sin(x + turns pi / 2) */
function sin_turned(x: f64, turns: u64): f64 {
  let h = chop(x);
  let l = x - h;
  const magnitude = abs(x);
  if (magnitude > 0.7853981633974483) {
    if (!(magnitude < Infinity)) return NaN;
    const n = nearest(x * 0.6366197723675814);
    const left = x - n * HALF_PI_1; // exact, as is the next product
    if (magnitude < 1e6 && abs(left) > 0.00390625) {
      const a = left - n * HALF_PI_2;
      const b = ((left - a) - n * HALF_PI_2) - n * HALF_PI_3;
      h = chop(a + b);
      l = (a - h) + b;
      turns += <u64><i64>n;
    } else {
      turns += reduce(x);
      h = reducedHigh;
      l = reducedLow;
    }
  }
  const y = (turns & 1) != 0 ? cos_series(h, l) : sin_series(h, l);
  return (turns & 2) != 0 ? -y : y;
}

export function sin(x: f64): f64 {
  if (abs(x) < 7.450580596923828e-9) return x; // 2^-27; and -0 stays
  return sin_turned(x, 0);
}

export function cos(x: f64): f64 {
  return sin_turned(x, 1);
}
