// Arithmetic on rows: the operations that agents of the DQN family need.

import type { Tensor } from "../../operations/handles.ts";
import type { RowOperations } from "../../operations/rows.ts";
import type { Commands } from "./commands.ts";
import { ADD_SCALED } from "./kernels/add-scaled.ts";
import { COPY_COLUMNS } from "./kernels/optimizer.ts";
import { LOG_SOFTMAX, SOFTMAX } from "./kernels/softmax.ts";
import { unsupported } from "./unsupported.ts";

export class WebGpuRows implements RowOperations {
  readonly #commands: Commands;

  constructor(commands: Commands) {
    this.#commands = commands;
  }

  copyColumns(rows: number, x: Tensor, from: number, y: Tensor, to: number, count: number): void {
    const n = rows * count;
    const [first, into] = [this.#commands.input(x) + from, this.#commands.output(y) + to];
    this.#commands
      .linear(COPY_COLUMNS, n)
      .u32(count)
      .u32(first)
      .u32(x.columns)
      .u32(into)
      .u32(y.columns)
      .dispatchLinear(n);
  }

  addScaled(rows: number, x: Tensor, scale: number, y: Tensor): void {
    const n = rows * x.columns;
    const [from, to] = [this.#commands.input(x), this.#commands.output(y)];
    this.#commands.linear(ADD_SCALED, n).f32(scale).u32(from).u32(to).dispatchLinear(n);
  }

  softmax(rows: number, x: Tensor, y: Tensor): void {
    const [from, to] = [this.#commands.input(x), this.#commands.output(y)];
    this.#commands.linear(SOFTMAX, rows).u32(x.columns).u32(from).u32(to).dispatchLinear(rows);
  }

  logSoftmax(rows: number, x: Tensor, y: Tensor): void {
    const [from, to] = [this.#commands.input(x), this.#commands.output(y)];
    this.#commands.linear(LOG_SOFTMAX, rows).u32(x.columns).u32(from).u32(to).dispatchLinear(rows);
  }

  place(): void {
    throw unsupported("rollouts", "Use an agent with replay");
  }

  maximum(): void {
    throw unsupported("rollouts", "Use an agent with replay");
  }

  gather(): void {
    throw unsupported("rollouts", "Use an agent with replay");
  }

  repeat(): void {
    throw unsupported("repeated rows", "Use an agent of the DQN family");
  }

  mean(): void {
    throw unsupported("distributions of returns", "Leave distribution out");
  }

  fold(): void {
    throw unsupported("distributions of returns", "Leave distribution out");
  }

  unfold(): void {
    throw unsupported("distributions of returns", "Leave distribution out");
  }

  scaleGroups(): void {
    throw unsupported("distributions of returns", "Leave distribution out");
  }

  scaleGroupsBackward(): void {
    throw unsupported("distributions of returns", "Leave distribution out");
  }

  standardize(): void {
    throw unsupported("a policy of its own", "Use an agent of the DQN family");
  }

  argmax(): number {
    throw unsupported("a choice of an action, which must be there at once", "Act on another backend");
  }
}
