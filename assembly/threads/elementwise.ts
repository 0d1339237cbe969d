// Operations that take every number of an array by itself, cut into ranges of whole cache lines. Their weights, in
// multiplications of a product that take as long, are rough.

import { activation_backward as derivative_alone, activation_forward as activation_alone, RELU } from "../kernels/activation";
import { adam_step as adam_alone } from "../kernels/adam";
import { vectors_polyak as polyak_alone } from "../kernels/vectors";
import { argument, begin_of, fork, parts_of, set_argument } from "./team";

const UNIT = 1024;

function parts_of_floats(n: i32, weight: f64): i32 { return parts_of(weight * n, (n + UNIT - 1) / UNIT); }

/** Of the range: where it begins, in bytes, and how many floats it has. */
// @ts-ignore: decorator
@inline
function first_byte(part: i32): usize { return <usize>begin_of(part, argument<i32>(0), argument<i32>(1), UNIT) << 2; }
// @ts-ignore: decorator
@inline
function floats(part: i32): i32 {
  const parts = argument<i32>(0), n = argument<i32>(1);
  return begin_of(part + 1, parts, n, UNIT) - begin_of(part, parts, n, UNIT);
}

function adam_part(part: i32): void {
  const at = first_byte(part);
  adam_alone(
    argument<usize>(2) + at, argument<usize>(3) + at, argument<usize>(4) + at, argument<usize>(5) + at, floats(part),
    argument<f32>(6), argument<f32>(7), argument<f32>(8), argument<f32>(9), argument<f32>(10), argument<f32>(11), argument<f32>(12),
  );
}

export function adam_step(
  p: usize, g: usize, m: usize, v: usize, n: i32,
  keep: f32, stepSize: f32, c1: f32, beta2: f32, c2: f32, correction: f32, epsilon: f32,
): void {
  const parts = parts_of_floats(n, 16);
  if (parts == 1) {
    adam_alone(p, g, m, v, n, keep, stepSize, c1, beta2, c2, correction, epsilon);
    return;
  }
  set_argument(0, parts); set_argument(1, n); set_argument(2, p); set_argument(3, g); set_argument(4, m);
  set_argument(5, v); set_argument(6, keep); set_argument(7, stepSize); set_argument(8, c1); set_argument(9, beta2);
  set_argument(10, c2); set_argument(11, correction); set_argument(12, epsilon);
  fork(adam_part.index, parts);
}

function polyak_part(part: i32): void {
  const at = first_byte(part);
  polyak_alone(argument<usize>(2) + at, argument<usize>(3) + at, floats(part), argument<f32>(4));
}

export function vectors_polyak(target: usize, online: usize, n: i32, tau: f32): void {
  const parts = parts_of_floats(n, 8);
  if (parts == 1) {
    polyak_alone(target, online, n, tau);
    return;
  }
  set_argument(0, parts); set_argument(1, n); set_argument(2, target); set_argument(3, online); set_argument(4, tau);
  fork(polyak_part.index, parts);
}

function activation_part(part: i32): void {
  const at = first_byte(part);
  activation_alone(argument<i32>(2), argument<usize>(3) + at, argument<usize>(4) + at, floats(part));
}

export function activation_forward(code: i32, z: usize, y: usize, n: i32): void {
  if (code < RELU && y == z) return;
  const parts = parts_of_floats(n, code <= RELU ? 4 : 32);
  if (parts == 1) {
    activation_alone(code, z, y, n);
    return;
  }
  set_argument(0, parts); set_argument(1, n); set_argument(2, code); set_argument(3, z); set_argument(4, y);
  fork(activation_part.index, parts);
}

function derivative_part(part: i32): void {
  const at = first_byte(part), z = argument<usize>(5);
  derivative_alone(argument<i32>(2), argument<usize>(3) + at, argument<usize>(4) + at, z ? z + at : 0, floats(part));
}

export function activation_backward(code: i32, dy: usize, y: usize, z: usize, n: i32): void {
  const parts = parts_of_floats(n, code <= RELU ? 4 : 32);
  if (parts == 1) {
    derivative_alone(code, dy, y, z, n);
    return;
  }
  set_argument(0, parts); set_argument(1, n); set_argument(2, code); set_argument(3, dy); set_argument(4, y);
  set_argument(5, z);
  fork(derivative_part.index, parts);
}
