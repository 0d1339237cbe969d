// MountainCarContinuous: MountainCar with a continuous force that costs energy.
//
//   observation  meaning    min      max     unit
//   0            position   -1.2     0.6     m
//   1            velocity   -0.07    0.07    m/step
//
//   action       [force], -1 .. 1; a larger force is clipped, but its cost is computed before clipping
//   reward       -0.1 force^2 for every step, and 100 at the goal
//   start        position uniform in [-0.6, -0.4), at rest; reset options `low`, `high`
//   end          terminated: position >= 0.45 with velocity >= `goalVelocity`. `make` truncates after 999 steps
//
// Source: Moore 1990; equations and constants as in Gymnasium 1.3. There NumPy computes the first step in float64
// and every later step in float32, because the state is stored as float32. Each rounding below repeats one of NumPy's.

import { cos } from "../engine/math.ts";
import type { Pcg64 } from "../engine/random.ts";
import type { ResetResult, StepResult } from "../env.ts";
import { rejectUnknownOptions, requireNumber } from "../errors.ts";
import { type Box, box } from "../space.ts";
import { mountainSvg, mountainText } from "./mountain-picture.ts";
import { NO_INFO, type ResetSettings, SeededEnv, startBounds } from "./seeded-env.ts";

const MIN_POSITION = -1.2;
const MAX_POSITION = 0.6;
const MAX_SPEED = 0.07;
const GOAL = 0.45;
const POWER = 0.0015;
const GRAVITY = 0.0025;
const round = Math.fround;

/** Options of MountainCarContinuous. */
export interface MountainCarContinuousOptions {
  /** Smallest velocity at the goal that ends the episode, m/step. @defaultValue 0 */
  readonly goalVelocity?: number;
}

/**
 * Swings a car out of a valley, with a force that is chosen and costs reward.
 *
 * Observation: Box [2], position and velocity. Action: [force], -1 .. 1. Id: "MountainCarContinuous-v0".
 */
export class MountainCarContinuous extends SeededEnv<Float32Array, ArrayLike<number>> {
  /** Names of the options that the constructor accepts. */
  static readonly optionNames: readonly string[] = ["goalVelocity"];
  readonly observationSpace: Box = box(
    [round(MIN_POSITION), round(-MAX_SPEED)],
    [round(MAX_POSITION), round(MAX_SPEED)],
  );
  readonly actionSpace: Box = box(-1, 1, [1]);
  readonly #goalVelocity: number;
  #position = 0;
  #velocity = 0;
  /** True before the first step: the state is still in float64. */
  #first = true;

  /** @throws TypeError, RangeError for an option that is unknown or out of range */
  constructor(options: MountainCarContinuousOptions = {}) {
    super("MountainCarContinuous");
    rejectUnknownOptions("MountainCarContinuous", options, MountainCarContinuous.optionNames);
    const { goalVelocity = 0 } = options;
    this.#goalVelocity = requireNumber("MountainCarContinuous", "goalVelocity", goalVelocity, {}, "Gymnasium's is 0.");
  }

  step(action: ArrayLike<number>): StepResult<Float32Array> {
    const chosen = this.requireScalarBox(action);
    this.requireEpisode();
    const single = !this.#first;
    const pull = GRAVITY * cos(single ? round(3 * this.#position) : 3 * this.#position);
    const change =
      chosen > 1 || chosen < -1
        ? (chosen > 1 ? 1 : -1) * POWER - pull // a clipped force is a Python float, hence float64
        : round(round(chosen * round(POWER)) - round(pull));
    let velocity = this.#velocity + (single ? round(change) : change);
    if (single) velocity = round(velocity);
    const speedLimit = single ? round(MAX_SPEED) : MAX_SPEED;
    if (velocity > speedLimit) velocity = speedLimit;
    if (velocity < -speedLimit) velocity = -speedLimit;
    let position = this.#position + velocity;
    if (single) position = round(position);
    const lowest = single ? round(MIN_POSITION) : MIN_POSITION;
    const highest = single ? round(MAX_POSITION) : MAX_POSITION;
    if (position > highest) position = highest;
    if (position < lowest) position = lowest;
    if (position === lowest && velocity < 0) velocity = 0;
    const goal = single ? round(GOAL) : GOAL;
    const goalVelocity = single ? round(this.#goalVelocity) : this.#goalVelocity;
    const terminated = position >= goal && velocity >= goalVelocity;
    this.#position = round(position);
    this.#velocity = round(velocity);
    this.#first = false;
    const reward = (terminated ? 100 : 0) - chosen * chosen * 0.1;
    return { observation: this.#observe(), reward, terminated, truncated: false, info: NO_INFO };
  }

  renderText(): string {
    return mountainText(this.#position, this.#velocity, GOAL);
  }

  renderSvg(): string {
    return mountainSvg(this.#position, GOAL);
  }

  protected override checkSettings(settings: ResetSettings): void {
    startBounds("MountainCarContinuous.reset", settings, -0.6, -0.4);
  }

  protected begin(random: Pcg64, settings: ResetSettings): ResetResult<Float32Array> {
    const [low, high] = startBounds("MountainCarContinuous.reset", settings, -0.6, -0.4);
    this.#position = random.uniform(low, high);
    this.#velocity = 0;
    this.#first = true;
    return { observation: this.#observe(), info: NO_INFO };
  }

  protected writeEpisode(): number[] {
    return [this.#position, this.#velocity, this.#first ? 1 : 0];
  }

  protected readEpisode(numbers: readonly number[]): boolean {
    if (numbers.length !== 3) return false;
    [this.#position, this.#velocity] = numbers;
    this.#first = numbers[2] !== 0;
    return true;
  }

  #observe(): Float32Array {
    const observation = new Float32Array(2);
    observation[0] = this.#position;
    observation[1] = this.#velocity;
    return observation;
  }
}
