// The equations of CartPole. The single environment and the vector environment share this code, so that both give the same bits.

import { cos, PI, sin } from "../engine/math.ts";

const GRAVITY = 9.8;
const POLE_MASS = 0.1;
const TOTAL_MASS = POLE_MASS + 1.0;
const HALF_LENGTH = 0.5;
const POLE_MOMENT = POLE_MASS * HALF_LENGTH;
const FORCE = 10;
const SECONDS_PER_STEP = 0.02;
/** Largest angle of the pole, rad: 12 degrees. Beyond it the episode ends. */
export const ANGLE_LIMIT: number = (12 * 2 * PI) / 360;
/** Largest distance of the cart from the centre, m. Beyond it the episode ends. */
export const POSITION_LIMIT = 2.4;

/**
 * Pushes the cart for one step (Euler, float64).
 *
 * @param states state of many carts; this cart's position, velocity, angle and angular velocity lie from `at` on. Overwritten
 * @param at     index of this cart's position in `states`
 * @param action 1 pushes to the right, any other number to the left
 * @returns true when the cart has left its track or the pole has fallen
 */
export function pushCart(states: Float64Array, at: number, action: number): boolean {
  const force = action === 1 ? FORCE : -FORCE;
  const velocity = states[at + 1];
  const angularVelocity = states[at + 3];
  const cosine = cos(states[at + 2]);
  const sine = sin(states[at + 2]);
  const push = (force + POLE_MOMENT * (angularVelocity * angularVelocity) * sine) / TOTAL_MASS;
  const angularAcceleration =
    (GRAVITY * sine - cosine * push) / (HALF_LENGTH * (4 / 3 - (POLE_MASS * (cosine * cosine)) / TOTAL_MASS));
  const acceleration = push - (POLE_MOMENT * angularAcceleration * cosine) / TOTAL_MASS;
  const position = states[at] + SECONDS_PER_STEP * velocity;
  const angle = states[at + 2] + SECONDS_PER_STEP * angularVelocity;
  states[at] = position;
  states[at + 1] = velocity + SECONDS_PER_STEP * acceleration;
  states[at + 2] = angle;
  states[at + 3] = angularVelocity + SECONDS_PER_STEP * angularAcceleration;
  return position < -POSITION_LIMIT || position > POSITION_LIMIT || angle < -ANGLE_LIMIT || angle > ANGLE_LIMIT;
}
