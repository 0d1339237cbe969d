// Encodes an observation as the number of its state. The parts of a MultiDiscrete observation are digits; the last part runs
// fastest.

import { show } from "../../errors.ts";
import type { Encoder } from "../../experience/observation-encoder.ts";
import type { GraphWriter } from "../../nn/module.ts";
import type { Discrete, MultiDiscrete, Space, SpaceValue } from "../../space.ts";
import { describeMismatch } from "../../space.ts";

/** Largest number of states: state numbers lie in float32 rows, which are exact up to here. */
const MAX_STATES = 16_777_216;

/** Encoder of observations as numbers of states. */
export class StateEncoder implements Encoder {
  readonly size = 1;
  readonly storage = "float32";
  readonly states: number;
  readonly #space: Discrete | MultiDiscrete;

  /** @pre the space is one of `TABULAR.observations` @throws RangeError for more states than a row can number */
  constructor(where: string, space: Space) {
    this.#space = space as Discrete | MultiDiscrete;
    this.states = countStates(this.#space);
    if (this.states <= MAX_STATES) return;
    throw new RangeError(`${where}: table expected at most ${MAX_STATES} states, got ${this.states}. Use DQN.`);
  }

  encode(where: string, what: string, value: SpaceValue, row: Float32Array, offset: number = 0): void {
    const space = this.#space;
    const problem = describeMismatch(space, value, true);
    if (problem !== undefined) {
      throw new RangeError(`${where}: ${what} expected ${problem}. Check it against the space.`);
    }
    if (space.kind === "discrete") {
      row[offset] = (value as number) - space.start;
      return;
    }
    const { nvec } = space;
    let state = 0;
    for (let i = 0; i < nvec.length; i++) state = state * nvec[i] + (value as ArrayLike<number>)[i];
    row[offset] = state;
  }

  encodeRow(where: string, rows: Float32Array, from: number, row: Float32Array, offset: number = 0): void {
    const space = this.#space;
    if (space.kind === "discrete") {
      row[offset] = this.#hotIndex(where, rows, from * space.n, space.n, from);
      return;
    }
    const { nvec } = space;
    const width = nvec.reduce((sum, n) => sum + n, 0);
    let state = 0;
    for (let i = 0, at = from * width; i < nvec.length; at += nvec[i++]) {
      state = state * nvec[i] + this.#hotIndex(where, rows, at, nvec[i], from);
    }
    row[offset] = state;
  }

  describe(graph: GraphWriter, observation: string): string {
    const space = this.#space;
    const [nvec, start] = space.kind === "discrete" ? [[space.n], space.start] : [space.nvec, 0];
    let place = this.states;
    const places = nvec.map((n) => {
      place /= n;
      return place;
    });
    return graph.node("Gemm", [observation, graph.constant(places, [nvec.length, 1]), graph.constant([-start])]);
  }

  /** Returns the index of the only 1 among n numbers. @throws RangeError unless all others are 0 */
  #hotIndex(where: string, rows: Float32Array, at: number, n: number, environment: number): number {
    let hot = -1;
    let others = 0;
    for (let i = 0; i < n; i++) {
      if (rows[at + i] === 1) hot = i;
      else if (rows[at + i] === 0) others++;
    }
    if (hot >= 0 && others === n - 1) return hot;
    throw new RangeError(
      `${where}: observation of environment ${environment} expected a 1 among ${n} numbers, the others 0, got ${show(rows.slice(at, at + n))}. Check the environment.`,
    );
  }
}

function countStates(space: Discrete | MultiDiscrete): number {
  return space.kind === "discrete" ? space.n : space.nvec.reduce((product, n) => product * n, 1);
}
