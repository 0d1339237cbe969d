// Pendulum: swing a pendulum up and hold it there, with a motor too weak to lift it at once.
//
//   observation  meaning            min    max    unit
//   0            cos of the angle   -1     1      angle 0 is upright
//   1            sin of the angle   -1     1
//   2            angular velocity   -8     8      rad/s
//
//   action       [torque], -2 .. 2 N m, for 0.05 s; a larger torque is clipped
//   reward       -(angle^2 + 0.1 velocity^2 + 0.001 torque^2), angle in [-pi, pi): between -16.27 and 0
//   start        angle uniform in [-pi, pi), velocity in [-1, 1); reset options `xInit`, `yInit` set these two bounds
//   end          never; `make` truncates Pendulum-v1 after 200 steps
//
// Source: equations and constants as in Gymnasium 1.3, in float64. Only the terms of the torque are float32, because NumPy
// keeps a float32 action in float32.

import { cos, PI, sin } from "../engine/math.ts";
import type { Pcg64 } from "../engine/random.ts";
import type { ResetResult, StepResult } from "../env.ts";
import { rejectUnknownOptions, requireNumber } from "../errors.ts";
import { type Box, box } from "../space.ts";
import { NO_INFO, type ResetSettings, SeededEnv } from "./seeded-env.ts";
import { TextCanvas } from "./text-canvas.ts";

const MAX_SPEED = 8;
const MAX_TORQUE = 2;
const SECONDS_PER_STEP = 0.05;
const round = Math.fround;

/** Options of Pendulum. */
export interface PendulumOptions {
  /** Acceleration of gravity, m/s^2. @defaultValue 10 */
  readonly g?: number;
}

/**
 * Swings a pendulum up and holds it upright, with a motor too weak to lift it at once.
 *
 * Observation: Box [3], cosine and sine of the angle, angular velocity. Action: [torque], -2 .. 2 N m. Id: "Pendulum-v1".
 */
export class Pendulum extends SeededEnv<Float32Array, ArrayLike<number>> {
  /** Names of the options that the constructor accepts. */
  static readonly optionNames: readonly string[] = ["g"];
  readonly observationSpace: Box = box([-1, -1, -MAX_SPEED], [1, 1, MAX_SPEED]);
  readonly actionSpace: Box = box(-MAX_TORQUE, MAX_TORQUE, [1]);
  readonly #gravity: number;
  #angle = 0;
  #velocity = 0;
  /** The last torque, N m; pictures show it. */
  #torque = 0;

  /** @throws TypeError, RangeError for an option that is unknown or out of range */
  constructor(options: PendulumOptions = {}) {
    super("Pendulum");
    rejectUnknownOptions("Pendulum", options, Pendulum.optionNames);
    this.#gravity = requireNumber("Pendulum", "g", options.g ?? 10, {}, "Gymnasium's is 10.");
  }

  step(action: ArrayLike<number>): StepResult<Float32Array> {
    const chosen = this.requireScalarBox(action);
    this.requireEpisode();
    const torque = Math.min(Math.max(chosen, -MAX_TORQUE), MAX_TORQUE);
    const angle = wrap(this.#angle);
    const cost = angle * angle + 0.1 * (this.#velocity * this.#velocity) + round(round(0.001) * round(torque * torque));
    const acceleration = ((3 * this.#gravity) / 2) * sin(this.#angle) + round(3 * torque);
    const velocity = this.#velocity + acceleration * SECONDS_PER_STEP;
    this.#velocity = Math.min(Math.max(velocity, -MAX_SPEED), MAX_SPEED);
    this.#angle += this.#velocity * SECONDS_PER_STEP;
    this.#torque = torque;
    return { observation: this.#observe(), reward: -cost, terminated: false, truncated: false, info: NO_INFO };
  }

  renderText(): string {
    const canvas = new TextCanvas(33, 15);
    const x = 16 + sin(this.#angle) * 14;
    const y = 7 - cos(this.#angle) * 7;
    canvas.line(16, 7, x, y);
    canvas.put(16, 7, "+");
    canvas.put(x, y, "O");
    const degrees = (wrap(this.#angle) * 180) / PI;
    return `${canvas}\nangle ${degrees.toFixed(0)} degrees, velocity ${this.#velocity.toFixed(2)}, torque ${this.#torque.toFixed(2)}`;
  }

  renderSvg(): string {
    const x = (300 + sin(this.#angle) * 150).toFixed(1);
    const y = (200 - cos(this.#angle) * 150).toFixed(1);
    const bar = (this.#torque * 60).toFixed(1);
    return (
      '<rect width="600" height="400" fill="#fff"/>' +
      `<path d="M300 200L${x} ${y}" stroke="#cc4d4d" stroke-width="26" stroke-linecap="round"/>` +
      `<circle cx="300" cy="200" r="6" fill="#000"/><path d="M300 385h${bar}" stroke="#8184cb" stroke-width="10"/>`
    );
  }

  protected override checkSettings(settings: ResetSettings): void {
    startRange(settings);
  }

  protected begin(random: Pcg64, settings: ResetSettings): ResetResult<Float32Array> {
    const [x, y] = startRange(settings);
    this.#angle = random.uniform(-x, x);
    this.#velocity = random.uniform(-y, y);
    this.#torque = 0;
    return { observation: this.#observe(), info: NO_INFO };
  }

  protected writeEpisode(): number[] {
    return [this.#angle, this.#velocity, this.#torque];
  }

  protected readEpisode(numbers: readonly number[]): boolean {
    if (numbers.length !== 3) return false;
    [this.#angle, this.#velocity, this.#torque] = numbers;
    return true;
  }

  #observe(): Float32Array {
    const observation = new Float32Array(3);
    observation[0] = cos(this.#angle);
    observation[1] = sin(this.#angle);
    observation[2] = this.#velocity;
    return observation;
  }
}

function startRange(settings: ResetSettings): [number, number] {
  const where = "Pendulum.reset";
  rejectUnknownOptions(where, settings, ["xInit", "yInit"]);
  const x = requireNumber(where, "xInit", settings.xInit ?? PI, { min: 0 }, "It bounds the start angle in radians.");
  const y = requireNumber(where, "yInit", settings.yInit ?? 1, { min: 0 }, "It bounds the start velocity in rad/s.");
  return [x, y];
}

/** Returns the same angle in [-pi, pi), computed with Python's floored remainder. */
function wrap(angle: number): number {
  const turn = 2 * PI;
  let rest = (angle + PI) % turn;
  if (rest < 0) rest += turn;
  return rest - PI;
}
