// ln(1 + exp(x)) without overflow, of one float.

import { exp_scalar } from "./exp";
import { log_scalar } from "./log";

/** max(x, 0) + ln(1 + exp(-|x|)); NaN stays. */
export function softplus(x: f32): f32 {
  return max<f32>(x, 0) + log_scalar(1 + exp_scalar(-abs(x)));
}
