// The contract of a policy's head: from the outputs of a network to a distribution of actions, and the way back. A head says how
// many outputs it needs, what is trained beside the network, and plans the tensors that the operations on distributions take.

import type { Backend } from "../backend.ts";
import type { ActionDistribution } from "../operations/action-distribution.ts";
import type { ParameterSpec, Parameters, Tensor } from "../operations/handles.ts";
import type { StateNoise } from "../operations/state-noise.ts";
import type { GraphWriter } from "./module.ts";

/** Tensors of one pass: the network's outputs, and their gradient. */
export interface HeadPlan {
  readonly rows: number;
  /** [rows, outputs] */
  readonly output: Tensor;
  /** [rows, outputs]; null without training. */
  readonly dOutput: Tensor | null;
  /** The block with the head's own numbers, from `firstSpec` on, and the block of their gradients; null without training. */
  readonly parameters: Parameters;
  readonly gradients: Parameters | null;
  readonly firstSpec: number;
}

/** What a head reads in an ONNX graph, by name, and where its own numbers stand. */
export interface DescribedHead {
  /** [rows, outputs] */
  readonly output: string;
  /** [rows, features] input of the network's last layer */
  readonly features: string;
  readonly backend: Backend;
  readonly parameters: Parameters;
  readonly firstSpec: number;
}

export interface PlannedHead {
  readonly distribution: ActionDistribution;
  /** Deviations that follow from features of the state; null where they do not. */
  readonly noise: StateNoise | null;
  /** After the network's forward pass. @param features [rows, features] input of the network's last layer */
  forward(rows: number, features: Tensor): void;
  /**
   * From the distribution's gradients to those of the network's outputs and of the head's own numbers, before the network's
   * backward pass.
   */
  backward(rows: number, features: Tensor): void;
  /**
   * From changes of the network's outputs, in `dOutput`, and of the head's own numbers to those of the distribution's
   * parameters, which take the place of its gradients.
   * @param direction a block as `gradients`, with the changes of the head's own numbers, which may be overwritten
   */
  planTangent(direction: Parameters): (rows: number, features: Tensor) => void;
}

export interface PolicyHead {
  /** Numbers that the network gives per row. */
  readonly outputs: number;
  /** Numbers per action. */
  readonly actionSize: number;
  /** Arrays that are trained beside the network; names without prefix. */
  readonly specs: readonly ParameterSpec[];
  /** First numbers of these arrays. */
  readonly values: readonly (readonly number[])[];
  /** Added to the first biases of the network's outputs. */
  readonly biases: readonly number[];
  plan(backend: Backend, plan: HeadPlan): PlannedHead;
  /**
   * Adds the distribution to an ONNX graph, and outputs for its parameters.
   * @returns the name of the most probable actions, [rows, actionSize], as they are stored; numbers of any type
   */
  describe(graph: GraphWriter, described: DescribedHead): string;
}
