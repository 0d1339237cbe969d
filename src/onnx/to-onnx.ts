// Writes an agent as an ONNX model. The agent describes its own computation; this file adds the input "observation" and the
// output "action" in the form that environments use.

import type { Agent } from "../agent.ts";
import { rejectUnknownOptions, show, UnsupportedError } from "../errors.ts";
import type { GraphWriter } from "../nn/module.ts";
import type { Space } from "../space.ts";
import { DataType, encodeModel } from "./model.ts";
import { OnnxGraph } from "./onnx-graph.ts";
import { shownShape, shownSize, spaceText } from "./shown-values.ts";

/** Options of `toOnnx`. */
export interface OnnxOptions {
  /**
   * True to add an input "mask" [batch, options]: 0 forbids an option, 1 allows it. Only for Discrete and MultiDiscrete actions.
   * @defaultValue false
   */
  readonly mask?: boolean;
  /**
   * True to add an output "value" [batch, 1]: the value of the observation. Only for agents that learn a policy and its value.
   * @defaultValue false
   */
  readonly value?: boolean;
}

/** An agent that `toOnnx` can write. The agents of the library have these members, and so do agents built from its parts. */
export interface DescribedAgent {
  /** Name of the algorithm. The model takes this name. */
  readonly algorithm: string;
  /** Space of the observations. The shape of the input "observation" follows from this space. */
  readonly observationSpace: Space;
  /** Space of the actions. The shape and type of the output "action" follow from this space. */
  readonly actionSpace: Space;
  /**
   * Adds the computation of the greedy action to a graph.
   * @param graph the graph that receives the nodes and constants
   * @param observation name of the observations in the graph: [rows, numbers], in the form that environments return; the parts of
   *   a Dict stand side by side
   * @returns name of the actions in the graph: [rows, numbers per action], numbers of any type. A Discrete action is its index,
   *   from 0. Null when a part of the agent does not describe itself.
   */
  describe(graph: GraphWriter, observation: string): string | null;
}

/** Descriptions of the inputs and outputs, by name. The model carries them. */
const DOCS = {
  observation: "as the environment shows it; the parts of a Dict one after the other",
  mask: "0 where an option is forbidden; options of several choices side by side",
  state: "memory: zeros where an episode begins, else the nextState of the step before",
  qValues: "the return that the agent expects of every action",
  mean: "of the normal distribution that exploring actions are drawn from, before bounds or tanh",
  deviation: "the standard deviations beside mean",
  value: "the discounted return that the agent expects from the observation on",
  nextState: "memory after the observation",
};

/**
 * Writes the greedy policy of a trained agent as an ONNX model. The model holds every step from observation to action: one-hot
 * numbers, normalisation, the network, masks, bounds. The same agent gives the same bytes. docs/onnx.md lists inputs and outputs.
 * @param agent the trained agent
 * @param options inputs and outputs to add
 * @returns the bytes of an .onnx file
 * @throws TypeError when the agent does not describe itself, or an option does not fit the agent
 * @throws StateError when the agent was disposed of, or learns on a device and was updated since `sync`
 * @throws UnsupportedError when a part of the agent does not describe itself
 * @throws RangeError when a weight is not finite
 */
export function toOnnx(agent: Agent | DescribedAgent, options: OnnxOptions = {}): Uint8Array {
  rejectUnknownOptions("toOnnx", options, ["mask", "value"]);
  const { mask = false, value = false } = options;
  requireFlag("mask", mask);
  requireFlag("value", value);
  requireDescribed(agent);
  const { algorithm, observationSpace, actionSpace } = agent;
  const count = optionsOf(actionSpace);
  if (mask && count === 0) {
    throw new TypeError(
      `toOnnx: mask expected false for ${actionSpace.kind} actions, got true. Only numbered options can be forbidden.`,
    );
  }
  const meaning = actionMeaning(actionSpace);
  const bits = actionSpace.kind === "multi-binary";
  const probabilities = bits ? "of every bit to be 1" : "of every option; those of one choice side by side";
  const graph = new OnnxGraph({ ...DOCS, probabilities, action: meaning }, mask ? count : 0);
  const action = agent.describe(graph, observe(graph, observationSpace));
  if (action === null) {
    throw new UnsupportedError(
      `toOnnx: agent expected parts that describe themselves, got ${algorithm} with an actor or an encoder that does not. Give it a method describe, see docs/onnx.md.`,
    );
  }
  if (graph.ignoresMask) {
    throw new TypeError(`toOnnx: mask expected false for ${algorithm}, got true. Its actor takes no notice of one.`);
  }
  if (value && !graph.hasOutput("value")) {
    throw new TypeError(
      `toOnnx: value expected false for ${algorithm}, got true. It learns no value beside its actions.`,
    );
  }
  const type = actionSpace.kind === "box" ? DataType.float32 : DataType.int32;
  graph.addOutput("action", present(graph, actionSpace, action), type, shownShape(actionSpace));
  return encodeModel({
    ...graph.parts(value ? [] : ["value"]),
    producer: "bellwether",
    name: algorithm,
    doc: `The greedy policy of an agent trained by ${algorithm}.`,
    metadata: {
      algorithm,
      observationSpace: spaceText(observationSpace),
      actionSpace: spaceText(actionSpace),
      action: meaning,
    },
  });
}

/** @throws TypeError for an agent without a method `describe`, such as an agent that works in a worker thread */
function requireDescribed(agent: Partial<DescribedAgent> | null | undefined): asserts agent is DescribedAgent {
  if (typeof agent?.describe === "function") return;
  throw new TypeError(
    `toOnnx: agent expected one that describes itself, got ${show(agent)}. Pass an agent of the library; of one in a worker load the file that it saves.`,
  );
}

function requireFlag(name: string, value: unknown): void {
  if (typeof value === "boolean") return;
  throw new TypeError(`toOnnx: ${name} expected true or false, got ${show(value)}. Leave it out for false.`);
}

/** Returns the number of options that a mask can forbid; 0 for actions without options. */
function optionsOf(space: Space): number {
  if (space.kind === "discrete") return space.n;
  return space.kind === "multi-discrete" ? space.nvec.reduce((sum, n) => sum + n, 0) : 0;
}

/** Adds the input "observation". @returns name of the observations as [rows, numbers] */
function observe(graph: OnnxGraph, space: Space): string {
  const shape = shownShape(space);
  const observation = graph.addInput("observation", shape);
  return shape.length === 1 ? observation : graph.reshape(observation, [-1, shownSize(space)]);
}

/**
 * Turns actions into the form that environments take.
 * @param action name of the actions, [rows, numbers per action]; a Discrete action is its index, from 0
 */
function present(graph: OnnxGraph, space: Space, action: string): string {
  const isBox = space.kind === "box";
  const whole = isBox ? action : graph.node("Cast", [action], { to: DataType.int32 });
  const start = space.kind === "discrete" ? space.start : 0;
  const numbers =
    start === 0
      ? whole
      : graph.node("Add", [whole, graph.node("Cast", [graph.integers([start])], { to: DataType.int32 })]);
  const shape = shownShape(space);
  return shape.length === 1 ? numbers : graph.reshape(numbers, [-1, ...shape]);
}

function actionMeaning(space: Space): string {
  switch (space.kind) {
    case "discrete":
      return `the greedy action, ${space.start} to ${space.start + space.n - 1}`;
    case "multi-discrete":
      return `the greedy option of every choice, from 0, of ${space.nvec.join(", ")}`;
    case "multi-binary":
      return `the greedy bits, ${space.n} of them, 0 or 1`;
    default:
      return "the greedy action, within the bounds of the action space";
  }
}
