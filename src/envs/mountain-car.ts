// MountainCar: an engine too weak for the hill must swing out of the valley.
//
//   observation  meaning    min      max     unit
//   0            position   -1.2     0.6     m
//   1            velocity   -0.07    0.07    m/step
//
//   action       0 accelerate left, 1 do nothing, 2 accelerate right
//   reward       -1 for every step
//   start        position uniform in [-0.6, -0.4), at rest; reset options `low`, `high`
//   end          terminated: position >= 0.5 with velocity >= `goalVelocity`. `make` truncates MountainCar-v0 after 200 steps
//
// Source: Moore 1990; equations and constants as in Gymnasium 1.3, in float64.

import { cos } from "../engine/math.ts";
import type { Pcg64 } from "../engine/random.ts";
import type { ResetResult, StepResult } from "../env.ts";
import { rejectUnknownOptions, requireNumber } from "../errors.ts";
import { type Box, box, type Discrete, discrete } from "../space.ts";
import { mountainSvg, mountainText } from "./mountain-picture.ts";
import { NO_INFO, type ResetSettings, SeededEnv, startBounds } from "./seeded-env.ts";

const MIN_POSITION = -1.2;
const MAX_POSITION = 0.6;
const MAX_SPEED = 0.07;
const GOAL = 0.5;
const FORCE = 0.001;
const GRAVITY = 0.0025;

/** Options of MountainCar. */
export interface MountainCarOptions {
  /** Smallest velocity at the goal that ends the episode, m/step. @defaultValue 0 */
  readonly goalVelocity?: number;
}

/**
 * Swings a car out of a valley: its engine is too weak to climb the hill directly.
 *
 * Observation: Box [2], position and velocity. Action: 0 left, 1 nothing, 2 right. Id: "MountainCar-v0".
 */
export class MountainCar extends SeededEnv<Float32Array, number> {
  /** Names of the options that the constructor accepts. */
  static readonly optionNames: readonly string[] = ["goalVelocity"];
  readonly observationSpace: Box = box(
    [Math.fround(MIN_POSITION), Math.fround(-MAX_SPEED)],
    [Math.fround(MAX_POSITION), Math.fround(MAX_SPEED)],
  );
  readonly actionSpace: Discrete = discrete(3);
  readonly #goalVelocity: number;
  #position = 0;
  #velocity = 0;

  /** @throws TypeError, RangeError for an option that is unknown or out of range */
  constructor(options: MountainCarOptions = {}) {
    super("MountainCar");
    rejectUnknownOptions("MountainCar", options, MountainCar.optionNames);
    const { goalVelocity = 0 } = options;
    this.#goalVelocity = requireNumber("MountainCar", "goalVelocity", goalVelocity, {}, "Gymnasium's is 0.");
  }

  step(action: number): StepResult<Float32Array> {
    this.requireDiscrete(action, 3);
    this.requireEpisode();
    let velocity = this.#velocity + ((action - 1) * FORCE + cos(3 * this.#position) * -GRAVITY);
    velocity = Math.min(Math.max(velocity, -MAX_SPEED), MAX_SPEED);
    const position = Math.min(Math.max(this.#position + velocity, MIN_POSITION), MAX_POSITION);
    if (position === MIN_POSITION && velocity < 0) velocity = 0;
    this.#position = position;
    this.#velocity = velocity;
    const terminated = position >= GOAL && velocity >= this.#goalVelocity;
    return { observation: this.#observe(), reward: -1, terminated, truncated: false, info: NO_INFO };
  }

  renderText(): string {
    return mountainText(this.#position, this.#velocity, GOAL);
  }

  renderSvg(): string {
    return mountainSvg(this.#position, GOAL);
  }

  protected override checkSettings(settings: ResetSettings): void {
    startBounds("MountainCar.reset", settings, -0.6, -0.4);
  }

  protected begin(random: Pcg64, settings: ResetSettings): ResetResult<Float32Array> {
    const [low, high] = startBounds("MountainCar.reset", settings, -0.6, -0.4);
    this.#position = random.uniform(low, high);
    this.#velocity = 0;
    return { observation: this.#observe(), info: NO_INFO };
  }

  protected writeEpisode(): number[] {
    return [this.#position, this.#velocity];
  }

  protected readEpisode(numbers: readonly number[]): boolean {
    if (numbers.length !== 2) return false;
    [this.#position, this.#velocity] = numbers;
    return true;
  }

  #observe(): Float32Array {
    const observation = new Float32Array(2);
    observation[0] = this.#position;
    observation[1] = this.#velocity;
    return observation;
  }
}
