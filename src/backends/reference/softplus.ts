// ln(1 + exp(x)) without overflow.

import { exp } from "./exp.ts";
import { log } from "./log.ts";

const f = Math.fround;

/** max(x, 0) + ln(1 + exp(-|x|)); NaN stays. */
export function softplus(x: number): number {
  return f(Math.max(x, 0) + log(f(1 + exp(-Math.abs(x)))));
}
