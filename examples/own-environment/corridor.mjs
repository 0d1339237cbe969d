// An environment in one file, for the library and for the command line: a corridor with a treasure at one end.
//
//   bellwether train dqn ./corridor.mjs --env-set length=8
//
//   observation   Box(1): the place, from -1 (the near end, a trap) to 1 (the far end, the treasure)
//   actions       0: a step back, 1: a step forward; one step in ten goes the other way
//   reward        1 at the treasure, -0.01 for each step
//   start         in the middle; the episode ends at either end of the corridor, or after 100 steps

import { box, discrete, Pcg64 } from "bellwether";

export class Corridor {
  observationSpace = box(-1, 1, [1]);
  actionSpace = discrete(2);
  spec = { id: "Corridor-v0", options: {}, maxEpisodeSteps: 100, rewardThreshold: 0.9 };
  #length;
  #random = new Pcg64(0);
  #place = 0;
  #steps = 0;

  constructor({ length = 10 } = {}) {
    this.#length = length;
  }

  reset({ seed } = {}) {
    if (seed !== undefined) this.#random = new Pcg64(seed);
    this.#place = Math.floor(this.#length / 2);
    this.#steps = 0;
    return { observation: this.#observe(), info: {} };
  }

  step(action) {
    const slips = this.#random.uniform(0, 1) < 0.1;
    this.#place += (action === 1) !== slips ? 1 : -1;
    this.#steps++;
    const found = this.#place === this.#length;
    const terminated = found || this.#place === 0;
    const reward = (found ? 1 : 0) - 0.01;
    return { observation: this.#observe(), reward, terminated, truncated: this.#steps === 100, info: {} };
  }

  /** With saveState and loadState, a resumed run continues inside its episode, bit for bit. */
  saveState() {
    return { place: this.#place, steps: this.#steps, random: this.#random.saveState() };
  }

  loadState({ place, steps, random }) {
    this.#place = place;
    this.#steps = steps;
    this.#random.loadState(random);
  }

  /** Returns the picture that `bellwether play` shows. */
  renderText() {
    return Array.from({ length: this.#length + 1 }, (_, i) => this.#sign(i)).join("");
  }

  #sign(i) {
    if (i === this.#place) return "o";
    return i === 0 ? "x" : i === this.#length ? "*" : ".";
  }

  #observe() {
    return [(2 * this.#place) / this.#length - 1];
  }
}
