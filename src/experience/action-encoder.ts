// Conversion between stored actions (the numbers that an algorithm chooses and stores) and given actions (the numbers that
// environments receive). Stored actions are indices from 0 for Discrete and MultiDiscrete, 0 or 1 for MultiBinary, and the
// numbers themselves for a Box.

import { show } from "../errors.ts";
import type { GraphWriter } from "../nn/module.ts";
import type { Box, Discrete, MultiBinary, MultiDiscrete, Space, SpaceValue } from "../space.ts";

/** Spaces that actions can have: every space but Dict. */
export type ActionSpace = Discrete | MultiDiscrete | MultiBinary | Box;

/** Returns the space if agents can act in it. @throws TypeError for a Dict */
export function requireActionSpace(where: string, space: Space): ActionSpace {
  if (space.kind !== "dict") return space;
  throw new TypeError(
    `${where}: actionSpace expected discrete, multi-discrete, multi-binary or box, got dict. Wrap the environment so that it takes one of them.`,
  );
}

/** Converts actions of one space between the form that algorithms store and the form that environments receive. */
export class ActionEncoder {
  /** The action space. */
  readonly space: ActionSpace;
  /** Numbers per action. */
  readonly size: number;
  /** Number of options of each choice: [n] for Discrete, nvec for MultiDiscrete, [] for other spaces. */
  readonly choices: readonly number[];
  /** Options of all choices together: the entries of an action mask. 0 if the space has no numbered options. */
  readonly options: number;

  constructor(space: ActionSpace) {
    this.space = space;
    this.size = actionSize(space);
    this.choices = space.kind === "discrete" ? [space.n] : space.kind === "multi-discrete" ? space.nvec : [];
    this.options = this.choices.reduce((sum, n) => sum + n, 0);
  }

  /**
   * Converts stored actions to given actions. Numbers of a Box are clipped to its bounds; other actions are copied, so that
   * a Discrete action stays an index from 0.
   * @param rows number of actions
   * @param stored [rows, size]
   * @param given [rows, size], overwritten
   */
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

  /** Adds `present` to an ONNX graph: numbers of a Box are clipped to its bounds. @returns the name of the given actions */
  describe(graph: GraphWriter, stored: string): string {
    const { space } = this;
    return space.kind === "box" ? graph.clip(stored, space.low, space.high) : stored;
  }

  /**
   * Checks an action in the environment's form and writes its stored form into `row` from `offset` on. Allocates nothing.
   * @param where begins the message of an error
   * @param environment index of the environment among several, for the message
   * @throws RangeError when the action is not of the space; bounds of a Box are not enforced
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
   * Checks the action of one of several environments and writes its stored form into the same place of `row`.
   * @param actions [environments, size] in the environments' form
   * @param environment index of the environment, a row of `actions`
   * @param row [environments, size] stored actions
   * @throws RangeError naming the environment when the action is not of the space
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

  /** Returns true when `value` can be number c of a stored action. */
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

/** Returns the numbers per action of an action space; 0 for a Dict. */
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
