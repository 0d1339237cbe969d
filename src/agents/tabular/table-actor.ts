// Acting by a table: greedily the first action of largest value; exploring, an epsilon-greedy action.

import type { Backend } from "../../backend.ts";
import { allowedAction, countAllowed } from "../../experience/action-mask.ts";
import type { ActingRows, Actor, Choice } from "../../experience/actor.ts";
import type { GraphWriter } from "../../nn/module.ts";
import type { RandomStream } from "../../operations/handles.ts";
import type { AgentContext } from "../../training/context.ts";
import type { QTable } from "./q-table.ts";
import type { TabularSettings } from "./tabular-options.ts";

/** Resolution of epsilon: whole numbers below this one are drawn. */
const DRAWS = 16_777_216;

/** Number of the type int64 in ONNX. */
const INT64 = 7;

/** Actor that chooses by a table of values. */
export class TableActor implements Actor {
  readonly #context: AgentContext<TabularSettings>;
  readonly #backend: Backend;
  readonly #stream: RandomStream;
  readonly #table: QTable;

  constructor(context: AgentContext<TabularSettings>, table: QTable) {
    this.#context = context;
    this.#backend = context.acting;
    this.#stream = context.stream("exploration");
    this.#table = table;
  }

  choose({ rows, observation, mask }: ActingRows, explore: boolean, { action, given }: Choice): void {
    for (let row = 0; row < rows; row++) {
      const state = observation[row];
      action[row] = explore ? this.draw(state, mask, row) : this.#table.greedy(state, mask, row);
      given[row] = action[row];
    }
  }

  /** Draws an epsilon-greedy action. @param mask [rows, actions], 0 for a forbidden action; null: all are allowed */
  draw(state: number, mask: Float32Array | null, row: number = 0): number {
    const { random } = this.#backend;
    const { actions } = this.#table;
    // Whole numbers are drawn, since a fraction returned from a call may be a heap object.
    if (random.index(this.#stream, DRAWS) >= this.#context.nowAt(this.#context.settings.epsilon)[0] * DRAWS) {
      return this.#table.greedy(state, mask, row);
    }
    if (mask === null) return random.index(this.#stream, actions);
    return allowedAction(mask, row, actions, random.index(this.#stream, countAllowed(mask, row, actions)));
  }

  /**
   * Adds greedy acting to a graph, with the output "qValues" in float32: values that differ by less than its precision are
   * equal.
   */
  describe(graph: GraphWriter, observation: string): string {
    const { actions, states, values } = this.#table;
    const state = graph.node("Cast", [observation], { to: INT64 });
    const q = graph.reshape(graph.node("Gather", [graph.constant(values, [states, actions]), state]), [-1, actions]);
    graph.output("qValues", q, actions);
    return graph.argmax(q, [actions]);
  }

  stepTaken(): void {}

  forget(): void {}

  check(): void {}

  load(): void {}

  save(): void {}
}
