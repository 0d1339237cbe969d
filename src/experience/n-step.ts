// Multi-step returns (Sutton & Barto 2018, section 7.1; in DQN: Hessel et al. 2018): turns single steps into transitions
// over up to n steps before they are stored.
//
//   (s0 a0 r0) (s1 a1 r1) (s2 a2 r2) s3   n = 3   ->   (s0, a0, r0 + g r1 + g^2 r2, s3, g^3)
//
// Every step starts exactly one window. The end of an episode closes all open windows after m < n steps: with discount 0 after
// termination, g^m after truncation, and the episode's own last observation. No window crosses a reset.

/** The first step of a multi-step transition, and the return since. */
export interface Window {
  readonly observation: Float32Array;
  readonly action: Float32Array;
  /** [reward, discount] so far, in float64; an array, because numbers in fields and arguments may be heap objects. */
  readonly sums: Float64Array;
}

/** Receives a finished window. The window object is reused by later steps: copy its content. */
export type StoreWindow = (window: Window, nextObservation: Float32Array) => void;

/** Reward and end flags of one step. */
export interface StepEnd {
  readonly reward: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
}

/** Turns the steps of one environment into transitions over up to n steps. */
export class NStep {
  /** Steps of a full window. */
  readonly n: number;
  readonly #discount: number;
  readonly #windows: readonly Window[];
  #first = 0;
  #open = 0;

  constructor(n: number, discount: number, observationSize: number, actionSize: number) {
    this.n = n;
    this.#discount = discount;
    this.#windows = Array.from({ length: n }, () => ({
      observation: new Float32Array(observationSize),
      action: new Float32Array(actionSize),
      sums: new Float64Array(2),
    }));
  }

  /** Takes in one step and passes every window that this step finishes to `store`, oldest first. */
  add(
    observation: Float32Array,
    action: Float32Array,
    nextObservation: Float32Array,
    step: StepEnd,
    store: StoreWindow,
  ): void {
    const { reward, terminated, truncated } = step;
    const start = this.#windows[(this.#first + this.#open) % this.n];
    start.observation.set(observation);
    start.action.set(action);
    start.sums[0] = 0;
    start.sums[1] = 1;
    this.#open++;
    for (let i = 0; i < this.#open; i++) {
      const { sums } = this.#windows[(this.#first + i) % this.n];
      sums[0] += sums[1] * reward;
      sums[1] *= this.#discount;
    }
    const ended = terminated || truncated;
    while (this.#open === this.n || (ended && this.#open > 0)) {
      const window = this.#windows[this.#first];
      if (terminated) window.sums[1] = 0;
      store(window, nextObservation);
      this.#first = (this.#first + 1) % this.n;
      this.#open--;
    }
  }

  /** Drops the open windows: the next step begins a new episode. */
  clear(): void {
    this.#open = 0;
  }

  /** Returns the open windows, oldest first, as flat arrays for a checkpoint. */
  saveState(): { observations: Float32Array; actions: Float32Array; rewards: Float64Array; discounts: Float64Array } {
    const open = Array.from({ length: this.#open }, (_, i) => this.#windows[(this.#first + i) % this.n]);
    return {
      observations: Float32Array.from(open.flatMap((window) => Array.from(window.observation))),
      actions: Float32Array.from(open.flatMap((window) => Array.from(window.action))),
      rewards: Float64Array.from(open, (window) => window.sums[0]),
      discounts: Float64Array.from(open, (window) => window.sums[1]),
    };
  }

  loadState(state: ReturnType<NStep["saveState"]>): void {
    this.#first = 0;
    this.#open = state.rewards.length;
    for (let i = 0; i < this.#open; i++) {
      const { observation, action, sums } = this.#windows[i];
      observation.set(state.observations.subarray(i * observation.length, (i + 1) * observation.length));
      action.set(state.actions.subarray(i * action.length, (i + 1) * action.length));
      sums[0] = state.rewards[i];
      sums[1] = state.discounts[i];
    }
  }
}
