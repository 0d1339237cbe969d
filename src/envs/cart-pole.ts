// CartPole: keep a pole upright on a cart by pushing the cart left or right.
//
//   observation  meaning                    min            max           unit
//   0            cart position              -4.8           4.8           m (the episode ends beyond +-2.4)
//   1            cart velocity              -Infinity      Infinity      m/s
//   2            pole angle                 -0.41887903    0.41887903    rad, 0 upright (the episode ends beyond +-12 deg)
//   3            pole angular velocity      -Infinity      Infinity      rad/s
//
//   action       0 push left, 1 push right, with 10 N for 0.02 s
//   reward       1 for every step, the last step included; with `suttonBartoReward` 0, and -1 for the last step
//   start        each number uniform in [-0.05, 0.05); reset options `low`, `high`
//   end          terminated: |position| > 2.4 m or |angle| > 12 degrees. `make` truncates CartPole-v1 after 500 steps
//
// Source: Barto, Sutton and Anderson 1983; equations and constants as in Gymnasium 1.3, integrated in float64 (Euler).

import { cos, PI, sin } from "../engine/math.ts";
import type { Pcg64 } from "../engine/random.ts";
import type { ResetResult, StepResult } from "../env.ts";
import { rejectUnknownOptions } from "../errors.ts";
import { type Box, box, type Discrete, discrete } from "../space.ts";
import { ANGLE_LIMIT, POSITION_LIMIT, pushCart } from "./cart-pole-dynamics.ts";
import { requireFlag } from "./require-flag.ts";
import { NO_INFO, type ResetSettings, SeededEnv, startBounds } from "./seeded-env.ts";
import { TextCanvas } from "./text-canvas.ts";

/** Options of CartPole. */
export interface CartPoleOptions {
  /** True for the original reward: 0 per step and -1 at the end. False: 1 per step. @defaultValue false */
  readonly suttonBartoReward?: boolean;
}

/**
 * Keeps a pole upright on a cart by pushing the cart left or right.
 *
 * Observation: Box [4], position, velocity, angle, angular velocity. Action: 0 left, 1 right. Ids: "CartPole-v0", "CartPole-v1".
 */
export class CartPole extends SeededEnv<Float32Array, number> {
  /** Names of the options that the constructor accepts. */
  static readonly optionNames: readonly string[] = ["suttonBartoReward"];
  readonly observationSpace: Box;
  readonly actionSpace: Discrete = discrete(2);
  /** True for reward 0 per step and -1 at the end; false for 1 per step. */
  readonly suttonBartoReward: boolean;
  /** [position, velocity, angle, angular velocity]. */
  readonly #state = new Float64Array(4);
  #fallen = false;

  /** @throws TypeError, RangeError for an option that is unknown or no boolean */
  constructor(options: CartPoleOptions = {}) {
    super("CartPole");
    rejectUnknownOptions("CartPole", options, CartPole.optionNames);
    this.suttonBartoReward = requireFlag("CartPole", "suttonBartoReward", options.suttonBartoReward, false);
    const bounds = [Math.fround(2 * POSITION_LIMIT), Infinity, Math.fround(2 * ANGLE_LIMIT), Infinity];
    this.observationSpace = box(
      bounds.map((bound) => -bound),
      bounds,
    );
  }

  step(action: number): StepResult<Float32Array> {
    this.requireDiscrete(action, 2);
    this.requireEpisode();
    const terminated = pushCart(this.#state, 0, action);
    // A step after the end is a mistake of the caller: Gymnasium warns and gives reward 0.
    const reward = this.suttonBartoReward ? (terminated ? -1 : 0) : terminated && this.#fallen ? 0 : 1;
    if (terminated) this.#fallen = true;
    return { observation: this.#observe(), reward, terminated, truncated: false, info: NO_INFO };
  }

  renderText(): string {
    const canvas = new TextCanvas(61, 9);
    const [position, , angle] = this.#state;
    const cart = 30 + (position / POSITION_LIMIT) * 28;
    canvas.put(0, 8, "=".repeat(61));
    canvas.put(30, 8, "+");
    if (this.begun) {
      canvas.line(cart, 6, cart + sin(angle) * 12, 6 - cos(angle) * 6);
      canvas.put(cart - 3, 7, "[o---o]");
    }
    const degrees = (angle * 180) / PI;
    return `${canvas}\nposition ${position.toFixed(2)} m, angle ${degrees.toFixed(1)} degrees`;
  }

  renderSvg(): string {
    const [position, , angle] = this.#state;
    const x = 300 + (position / POSITION_LIMIT) * 300;
    const tipX = (x + sin(angle) * 125).toFixed(1);
    const tipY = (285 - cos(angle) * 125).toFixed(1);
    const left = (x - 25).toFixed(1);
    return (
      '<rect width="600" height="400" fill="#fff"/><path d="M0 300H600" stroke="#000"/>' +
      `<rect x="${left}" y="285" width="50" height="30" rx="3" fill="#222"/>` +
      `<path d="M${x.toFixed(1)} 285L${tipX} ${tipY}" stroke="#ca9865" stroke-width="10" stroke-linecap="round"/>` +
      `<circle cx="${x.toFixed(1)}" cy="285" r="5" fill="#8184cb"/>`
    );
  }

  protected override checkSettings(settings: ResetSettings): void {
    startBounds("CartPole.reset", settings, -0.05, 0.05);
  }

  protected begin(random: Pcg64, settings: ResetSettings): ResetResult<Float32Array> {
    const [low, high] = startBounds("CartPole.reset", settings, -0.05, 0.05);
    for (let i = 0; i < 4; i++) this.#state[i] = random.uniform(low, high);
    this.#fallen = false;
    return { observation: this.#observe(), info: NO_INFO };
  }

  protected writeEpisode(): number[] {
    return [...this.#state, this.#fallen ? 1 : 0];
  }

  protected readEpisode(numbers: readonly number[]): boolean {
    if (numbers.length !== 5) return false;
    this.#state.set(numbers.slice(0, 4));
    this.#fallen = numbers[4] !== 0;
    return true;
  }

  #observe(): Float32Array {
    const observation = new Float32Array(4);
    for (let i = 0; i < 4; i++) observation[i] = this.#state[i];
    return observation;
  }
}
