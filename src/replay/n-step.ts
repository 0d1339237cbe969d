// Multi-step returns (Sutton & Barto 2018, section 7.1; in DQN: Hessel et al. 2018): turns single steps into transitions
// over up to n steps before they are stored.
//
//   (s0 a0 r0) (s1 a1 r1) (s2 a2 r2) s3   n = 3   ->   (s0, a0, r0 + g r1 + g^2 r2, s3, g^3)
//
// Every step starts exactly one window. At the end of an episode the windows still open are cut short: discount 0 after
// termination, g^m through truncation, from the episode's own last observation. No window crosses a reset.

/** Receives a finished window. Arrays are reused by the next call. */
export type StoreWindow = (
  observation: Float32Array,
  action: Float32Array,
  reward: number,
  nextObservation: Float32Array,
  discount: number,
) => void;

export class NStep {
  readonly n: number;
  readonly #discount: number;
  readonly #observations: Float32Array[];
  readonly #actions: Float32Array[];
  /** Reward sums and discounts so far of each open window, in float64. */
  readonly #rewards: Float64Array;
  readonly #discounts: Float64Array;
  #first = 0;
  #open = 0;

  constructor(n: number, discount: number, observationSize: number, actionSize: number) {
    this.n = n;
    this.#discount = discount;
    this.#observations = Array.from({ length: n }, () => new Float32Array(observationSize));
    this.#actions = Array.from({ length: n }, () => new Float32Array(actionSize));
    this.#rewards = new Float64Array(n);
    this.#discounts = new Float64Array(n);
  }

  /** Takes one step and hands every window that it finishes to `store`, oldest first. */
  add(
    observation: Float32Array,
    action: Float32Array,
    reward: number,
    nextObservation: Float32Array,
    terminated: boolean,
    truncated: boolean,
    store: StoreWindow,
  ): void {
    const slot = (this.#first + this.#open) % this.n;
    this.#observations[slot].set(observation);
    this.#actions[slot].set(action);
    this.#rewards[slot] = 0;
    this.#discounts[slot] = 1;
    this.#open++;
    for (let i = 0; i < this.#open; i++) {
      const window = (this.#first + i) % this.n;
      this.#rewards[window] += this.#discounts[window] * reward;
      this.#discounts[window] *= this.#discount;
    }
    const ended = terminated || truncated;
    while (this.#open === this.n || (ended && this.#open > 0)) {
      const window = this.#first;
      store(
        this.#observations[window],
        this.#actions[window],
        this.#rewards[window],
        nextObservation,
        terminated ? 0 : this.#discounts[window],
      );
      this.#first = (this.#first + 1) % this.n;
      this.#open--;
    }
  }

  /** Forgets the open windows: for a run that goes on in a new episode. */
  clear(): void {
    this.#open = 0;
  }

  /** The open windows, oldest first, as flat arrays for a checkpoint. */
  saveState(): { observations: Float32Array; actions: Float32Array; rewards: Float64Array; discounts: Float64Array } {
    const order = Array.from({ length: this.#open }, (_, i) => (this.#first + i) % this.n);
    const flat = (rows: Float32Array[]): Float32Array =>
      Float32Array.from(order.flatMap((slot) => Array.from(rows[slot])));
    return {
      observations: flat(this.#observations),
      actions: flat(this.#actions),
      rewards: Float64Array.from(order, (slot) => this.#rewards[slot]),
      discounts: Float64Array.from(order, (slot) => this.#discounts[slot]),
    };
  }

  loadState(state: ReturnType<NStep["saveState"]>): void {
    this.#first = 0;
    this.#open = state.rewards.length;
    for (let i = 0; i < this.#open; i++) {
      const { length } = this.#observations[i];
      const width = this.#actions[i].length;
      this.#observations[i].set(state.observations.subarray(i * length, (i + 1) * length));
      this.#actions[i].set(state.actions.subarray(i * width, (i + 1) * width));
    }
    this.#rewards.set(state.rewards);
    this.#discounts.set(state.discounts);
  }
}
