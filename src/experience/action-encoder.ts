// From the numbers that an algorithm chooses and stores to what environments are given, and back. Stored are indices from 0
// for Discrete and MultiDiscrete, 0 and 1 for MultiBinary, the numbers themselves for a Box.

import { show } from "../errors.ts";
import type { GraphWriter } from "../nn/module.ts";
import type { Box, Discrete, MultiBinary, MultiDiscrete, Space, SpaceValue } from "../space.ts";

export type ActionSpace = Discrete | MultiDiscrete | MultiBinary | Box;

/** @throws TypeError for a Dict */
export function requireActionSpace(where: string, space: Space): ActionSpace {
  if (space.kind !== "dict") return space;
  throw new TypeError(
    `${where}: actionSpace expected discrete, multi-discrete, multi-binary or box, got dict. Wrap the environment so that it takes one of them.`,
  );
}

export class ActionEncoder {
  readonly space: ActionSpace;
  /** Numbers per action. */
  readonly size: number;
  /** How many options each numbered choice has, and all together: those that a mask can forbid. [] and 0 without any. */
  readonly choices: readonly number[];
  readonly options: number;

  constructor(space: ActionSpace) {
    this.space = space;
    this.size = actionSize(space);
    this.choices = space.kind === "discrete" ? [space.n] : space.kind === "multi-discrete" ? space.nvec : [];
    this.options = this.choices.reduce((sum, n) => sum + n, 0);
  }

  /** Writes what environments are given for `rows` stored actions: within the bounds of a Box; for Discrete the index from 0. */
  present(rows: number, stored: Float32Array, given: Float32Array): void {
    const { size, space } = this;
    const n = rows * size;
    if (space.kind !== "box") {
      for (let k = 0; k < n; k++) given[k] = stored[k];
      return;
    }
    const { low, high } = space;
    for (let k = 0, d = 0; k < n; k++) {
      const value = stored[k];
      // Not one expression of three: its value, a bound or not, would be a heap object.
      given[k] = value;
      if (value < low[d]) given[k] = low[d];
      else if (value > high[d]) given[k] = high[d];
      if (++d === size) d = 0;
    }
  }

  /** The same in an ONNX graph: a Box's numbers within its bounds. @returns the name of what environments are given */
  describe(graph: GraphWriter, stored: string): string {
    const { space } = this;
    return space.kind === "box" ? graph.clip(stored, space.low, space.high) : stored;
  }

  /**
   * Checks an action of the environment, and writes it as it is stored. Allocates nothing.
   * @param environment whose it is in a row of several, for the message
   * @throws RangeError when it is not of the space; bounds of a Box are not enforced
   */
  encode(where: string, action: SpaceValue, row: Float32Array, offset: number, environment?: number): void {
    const { size, space } = this;
    if (space.kind === "discrete") {
      const index = (action as number) - space.start;
      if (!Number.isInteger(action) || index < 0 || index >= space.n) {
        throw wrongAction(where, this.#rule(0), action, environment);
      }
      row[offset] = index;
      return;
    }
    const list = action as ArrayLike<number>;
    if (typeof action !== "object" || action === null || list.length !== size) {
      throw wrongAction(where, `${size} numbers`, action, environment);
    }
    for (let c = 0; c < size; c++) {
      if (typeof list[c] !== "number" || !this.isStored(list[c], c)) {
        throw wrongAction(where, this.#rule(c), action, environment);
      }
      row[offset + c] = list[c];
    }
  }

  /**
   * The same for the action of one of several environments: row `environment` of `actions` [environments, size].
   * @throws RangeError naming the environment
   */
  encodeRow(where: string, actions: Int32Array | Float32Array, environment: number, row: Float32Array): void {
    const { size, space } = this;
    const start = space.kind === "discrete" ? space.start : 0;
    for (let c = 0, k = environment * size; c < size; c++, k++) {
      row[k] = actions[k] - start;
      if (this.isStored(actions[k] - start, c)) continue;
      const action =
        space.kind === "discrete" ? actions[k] : actions.slice(environment * size, (environment + 1) * size);
      throw wrongAction(where, this.#rule(c), action, environment);
    }
  }

  /** Whether a number can be the c-th of a stored action. */
  isStored(value: number, c: number): boolean {
    const { space } = this;
    if (space.kind === "box") {
      const single = Math.fround(value);
      return single - single === 0;
    }
    const options = space.kind === "discrete" ? space.n : space.kind === "multi-discrete" ? space.nvec[c] : 2;
    return Number.isInteger(value) && value >= 0 && value < options;
  }

  #rule(c: number): string {
    const { space } = this;
    if (space.kind === "discrete") return `an integer in ${space.start}..${space.start + space.n - 1}`;
    if (space.kind === "multi-discrete") return `an integer in 0..${space.nvec[c] - 1} at index ${c}`;
    return space.kind === "box" ? "finite numbers" : "0 and 1";
  }
}

/** Numbers of a value of the space, where it is one of actions; 0 for a Dict. */
export function actionSize(space: Space): number {
  switch (space.kind) {
    case "dict":
      return 0;
    case "discrete":
      return 1;
    case "multi-discrete":
      return space.nvec.length;
    case "multi-binary":
      return space.n;
    case "box":
      return space.low.length;
  }
}

function wrongAction(where: string, rule: string, action: unknown, environment: number | undefined): RangeError {
  const [what, advice] =
    environment === undefined
      ? ["action", "Pass what act returned."]
      : [`action of environment ${environment}`, "Pass what actRows wrote."];
  return new RangeError(`${where}: ${what} expected ${rule}, got ${show(action)}. ${advice}`);
}
