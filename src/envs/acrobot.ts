// Acrobot: swing the free end of a two-link pendulum above a height, with a motor at the middle joint only.
//
//   observation  meaning                           min           max          unit
//   0, 1         cos, sin of the first angle       -1            1            0 hangs down
//   2, 3         cos, sin of the second angle      -1            1            relative to the first link
//   4            first angular velocity            -12.566371    12.566371    rad/s
//   5            second angular velocity           -28.274334    28.274334    rad/s
//
//   action       torque on the middle joint: 0 is -1, 1 is 0, 2 is +1 N m, for 0.2 s
//   reward       -1 for every step, 0 for the step that reaches the height
//   start        both angles and both velocities uniform in [-0.1, 0.1); reset options `low`, `high`
//   end          terminated: -cos(a1) - cos(a1 + a2) > 1. `make` truncates Acrobot-v1 after 500 steps
//
// Source: Sutton 1996, "Generalization in Reinforcement Learning"; equations of Sutton and Barto's book as in Gymnasium
// 1.3, one Runge-Kutta step of 0.2 s in float64. Only the start state is rounded to float32.

import { cos, PI, sin } from "../engine/math.ts";
import type { Pcg64 } from "../engine/random.ts";
import type { ResetResult, StepResult } from "../env.ts";
import { rejectUnknownOptions } from "../errors.ts";
import { type Box, box, type Discrete, discrete } from "../space.ts";
import { NO_INFO, type ResetSettings, SeededEnv, startBounds } from "./seeded-env.ts";
import { TextCanvas } from "./text-canvas.ts";

// Both links: 1 m, 1 kg, centre of mass in the middle, moment of inertia 1 kg m^2.
const LENGTH = 1;
const MASS = 1;
const CENTRE = 0.5;
const INERTIA = 1;
const GRAVITY = 9.8;
const SECONDS_PER_STEP = 0.2;
const MAX_VELOCITY_1 = 4 * PI;
const MAX_VELOCITY_2 = 9 * PI;

type Four = [number, number, number, number];

/**
 * Swings the free end of a two-link pendulum above a height, with a motor at the middle joint only.
 *
 * Observation: Box [6], sine and cosine of both angles and both angular velocities. Action: 0, 1 or 2. Id: "Acrobot-v1".
 */
export class Acrobot extends SeededEnv<Float32Array, number> {
  /** Acrobot has no options. */
  static readonly optionNames: readonly string[] = [];
  readonly observationSpace: Box;
  readonly actionSpace: Discrete = discrete(3);
  /** [angle 1, angle 2, velocity 1, velocity 2]: rad and rad/s. */
  readonly #state: Four = [0, 0, 0, 0];
  // The four slopes of a Runge-Kutta step, and the point of the next slope. Kept here so that a step allocates nothing.
  readonly #slopes: readonly [Four, Four, Four, Four] = [
    [0, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ];
  readonly #point: Four = [0, 0, 0, 0];

  /** @throws RangeError for any option: Acrobot has none */
  constructor(options: Readonly<Record<string, never>> = {}) {
    super("Acrobot");
    rejectUnknownOptions("Acrobot", options, Acrobot.optionNames);
    const bounds = [1, 1, 1, 1, Math.fround(MAX_VELOCITY_1), Math.fround(MAX_VELOCITY_2)];
    this.observationSpace = box(
      bounds.map((bound) => -bound),
      bounds,
    );
  }

  step(action: number): StepResult<Float32Array> {
    this.requireDiscrete(action, 3);
    this.requireEpisode();
    const torque = action - 1;
    const s = this.#state;
    const [k1, k2, k3, k4] = this.#slopes;
    const half = SECONDS_PER_STEP / 2;
    slope(s, torque, k1);
    slope(this.#ahead(half, k1), torque, k2);
    slope(this.#ahead(half, k2), torque, k3);
    slope(this.#ahead(SECONDS_PER_STEP, k3), torque, k4);
    for (let i = 0; i < 4; i++) s[i] += (SECONDS_PER_STEP / 6) * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
    s[0] = wrap(s[0]);
    s[1] = wrap(s[1]);
    s[2] = Math.min(Math.max(s[2], -MAX_VELOCITY_1), MAX_VELOCITY_1);
    s[3] = Math.min(Math.max(s[3], -MAX_VELOCITY_2), MAX_VELOCITY_2);
    const terminated = -cos(s[0]) - cos(s[1] + s[0]) > 1;
    return { observation: this.#observe(), reward: terminated ? 0 : -1, terminated, truncated: false, info: NO_INFO };
  }

  renderText(): string {
    const canvas = new TextCanvas(41, 19);
    const [x1, y1, x2, y2] = this.#joints();
    canvas.put(0, 9 - 4, "- ".repeat(21));
    canvas.line(20, 9, 20 + 8 * x1, 9 + 4 * y1);
    canvas.line(20 + 8 * x1, 9 + 4 * y1, 20 + 8 * x2, 9 + 4 * y2);
    canvas.put(20, 9, "O");
    canvas.put(20 + 8 * x1, 9 + 4 * y1, "o");
    canvas.put(20 + 8 * x2, 9 + 4 * y2, "*");
    return `${canvas}\nheight ${(-y2).toFixed(2)} of 1`;
  }

  renderSvg(): string {
    const [x1, y1, x2, y2] = this.#joints().map((length) => (length * 90).toFixed(1));
    return (
      '<rect width="600" height="400" fill="#fff"/><g transform="translate(300 200)">' +
      '<path d="M-300 -90H300" stroke="#000"/>' +
      `<path d="M0 0L${x1} ${y1}L${x2} ${y2}" fill="none" stroke="#00cccc" stroke-width="16" ` +
      'stroke-linecap="round" stroke-linejoin="round"/>' +
      `<circle r="8" fill="#cccc00"/><circle cx="${x1}" cy="${y1}" r="8" fill="#cccc00"/></g>`
    );
  }

  protected override checkSettings(settings: ResetSettings): void {
    startBounds("Acrobot.reset", settings, -0.1, 0.1);
  }

  protected begin(random: Pcg64, settings: ResetSettings): ResetResult<Float32Array> {
    const [low, high] = startBounds("Acrobot.reset", settings, -0.1, 0.1);
    for (let i = 0; i < 4; i++) this.#state[i] = Math.fround(random.uniform(low, high));
    return { observation: this.#observe(), info: NO_INFO };
  }

  protected writeEpisode(): number[] {
    return [...this.#state];
  }

  protected readEpisode(numbers: readonly number[]): boolean {
    if (numbers.length !== 4) return false;
    for (let i = 0; i < 4; i++) this.#state[i] = numbers[i];
    return true;
  }

  #observe(): Float32Array {
    const s = this.#state;
    const observation = new Float32Array(6);
    observation[0] = cos(s[0]);
    observation[1] = sin(s[0]);
    observation[2] = cos(s[1]);
    observation[3] = sin(s[1]);
    observation[4] = s[2];
    observation[5] = s[3];
    return observation;
  }

  /** Returns the state after `seconds` of movement along `direction`. */
  #ahead(seconds: number, direction: Four): Four {
    for (let i = 0; i < 4; i++) this.#point[i] = this.#state[i] + seconds * direction[i];
    return this.#point;
  }

  /** Positions of the middle joint and of the free end, in metres from the fixed joint: x to the right, y down. */
  #joints(): Four {
    const [a1, a2] = this.#state;
    const x1 = LENGTH * sin(a1);
    const y1 = LENGTH * cos(a1);
    return [x1, y1, x1 + LENGTH * sin(a1 + a2), y1 + LENGTH * cos(a1 + a2)];
  }
}

/** Writes the time derivative of the state `s` into `out`: Sutton and Barto, 2nd edition, section 11.3 of the 1st. */
function slope(s: Four, torque: number, out: Four): void {
  const [angle1, angle2, velocity1, velocity2] = s;
  const sine2 = sin(angle2);
  const cosine2 = cos(angle2);
  const d1 =
    MASS * CENTRE * CENTRE +
    MASS * (LENGTH * LENGTH + CENTRE * CENTRE + 2 * LENGTH * CENTRE * cosine2) +
    INERTIA +
    INERTIA;
  const d2 = MASS * (CENTRE * CENTRE + LENGTH * CENTRE * cosine2) + INERTIA;
  const phi2 = MASS * CENTRE * GRAVITY * cos(angle1 + angle2 - PI / 2);
  const phi1 =
    -MASS * LENGTH * CENTRE * (velocity2 * velocity2) * sine2 -
    2 * MASS * LENGTH * CENTRE * velocity2 * velocity1 * sine2 +
    (MASS * CENTRE + MASS * LENGTH) * GRAVITY * cos(angle1 - PI / 2) +
    phi2;
  const acceleration2 =
    (torque + (d2 / d1) * phi1 - MASS * LENGTH * CENTRE * (velocity1 * velocity1) * sine2 - phi2) /
    (MASS * CENTRE * CENTRE + INERTIA - (d2 * d2) / d1);
  out[0] = velocity1;
  out[1] = velocity2;
  out[2] = -(d2 * acceleration2 + phi1) / d1;
  out[3] = acceleration2;
}

/** Returns the same angle in [-pi, pi]. One division first reduces very large angles, so that the loops stay short. */
function wrap(angle: number): number {
  const turn = 2 * PI;
  if (Math.abs(angle) > 100) angle %= turn;
  while (angle > PI) angle -= turn;
  while (angle < -PI) angle += turn;
  return angle;
}
