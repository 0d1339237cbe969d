// What an agent asks of a network, whatever its inside: one trainable block, passes through planned workspaces, gradients.

import type { ParameterSpec, Parameters, RandomStream, Tensor } from "../operations/handles.ts";

/** The tensors of one pass; what else it holds is the network's business. */
export interface ValueWorkspace {
  readonly rows: number;
  /** [rows, outputs x atoms], output unit = action x atoms + atom. */
  readonly output: Tensor;
  /** [rows, atoms] the fractions of the last pass; absent where a network is not asked for any. */
  readonly fractions?: Tensor | null;
}

export interface ValueNetwork {
  /** Of all trainable numbers. */
  readonly specs: readonly ParameterSpec[];
  readonly parameters: Parameters;
  /** What was drawn once and is never trained, but part of the values; absent where there is nothing of the kind. */
  readonly fixed?: Parameters;
  initialize(stream: RandomStream): void;
  /** What is random in a pass is drawn from `stream` from here on. */
  resample(stream: RandomStream): void;
  /** Passes from here on are the same every time. */
  quiet(): void;
  /** @param hidden see Network.workspace */
  workspace(rows: number, training: boolean, hidden?: ValueWorkspace): ValueWorkspace;
  forward(x: Tensor, workspace: ValueWorkspace, rows?: number): Tensor;
  backward(x: Tensor, workspace: ValueWorkspace, dOutput: Tensor, gradients: Parameters): void;
}
