// The contract of a policy head. The head turns the outputs of a network into an action distribution, and gradients of the
// distribution into gradients of the outputs. It may have trained arrays beside the network, such as "log_std".

import type { Backend } from "../backend.ts";
import type { ActionDistribution } from "../operations/action-distribution.ts";
import type { ParameterSpec, Parameters, Tensor } from "../operations/handles.ts";
import type { StateNoise } from "../operations/state-noise.ts";
import type { GraphWriter } from "./module.ts";

/** Tensors and arrays of a head in one pass. */
export interface HeadPlan {
  /** Largest number of rows. */
  readonly rows: number;
  /** [rows, outputs] outputs of the network for the head. */
  readonly output: Tensor;
  /** [rows, outputs] gradient of `output`; null in a pass without gradients. */
  readonly dOutput: Tensor | null;
  /** Block with the head's trained arrays. */
  readonly parameters: Parameters;
  /** Block for their gradients; null when they are not trained. */
  readonly gradients: Parameters | null;
  /** Index of the head's first array in both blocks. */
  readonly firstSpec: number;
}

/** Names of a head's inputs in an ONNX graph, and position of its trained arrays. */
export interface DescribedHead {
  /** Name of the outputs of the network for the head, [rows, outputs]. */
  readonly output: string;
  /** Name of the input of the network's last layer, [rows, features]. */
  readonly features: string;
  readonly backend: Backend;
  /** Block with the head's trained arrays. */
  readonly parameters: Parameters;
  /** Index of the head's first array in the block. */
  readonly firstSpec: number;
}

/** A head with its tensors for one pass. */
export interface PlannedHead {
  /** The action distribution of the latest forward pass, with tensors for its gradients. */
  readonly distribution: ActionDistribution;
  /** State-dependent exploration (gSDE); null for other distributions. */
  readonly noise: StateNoise | null;
  /**
   * Computes the distribution. Called after the network's forward pass.
   * @param features [rows, features] input of the network's last layer
   */
  forward(rows: number, features: Tensor): void;
  /**
   * Computes the gradients of the network's outputs and of the head's trained arrays from those of the distribution. Called
   * before the network's backward pass.
   */
  backward(rows: number, features: Tensor): void;
  /**
   * Plans the derivative of the distribution's parameters along a direction. The changes of the network's outputs are read from
   * `dOutput`. The changes of the distribution's parameters are written into the tensors of their gradients.
   * @param direction block in the layout of `gradients`: changes of the head's trained arrays, which may be overwritten
   */
  planTangent(direction: Parameters): (rows: number, features: Tensor) => void;
}

/** Part of a policy that turns the outputs of its network into an action distribution. */
export interface PolicyHead {
  /** Outputs per row that the head needs from the network. */
  readonly outputs: number;
  /** Numbers per action. */
  readonly actionSize: number;
  /** Trained arrays of the head beside the network; names without prefix. */
  readonly specs: readonly ParameterSpec[];
  /** First values of these arrays. */
  readonly values: readonly (readonly number[])[];
  /** [outputs] numbers that are added to the first biases of the network's outputs. */
  readonly biases: readonly number[];
  /** Allocates the tensors of one pass. */
  plan(backend: Backend, plan: HeadPlan): PlannedHead;
  /**
   * Adds the distribution to an ONNX graph, with its parameters as outputs of the graph.
   * @returns the name of the most probable actions, [rows, actionSize], in stored form; numbers of any type
   */
  describe(graph: GraphWriter, described: DescribedHead): string;
}
