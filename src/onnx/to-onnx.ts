// An agent as an ONNX model. The agent describes itself; around that are the observations and actions as environments have them.

import type { Agent } from "../agent.ts";
import { rejectUnknownOptions, show, UnsupportedError } from "../errors.ts";
import type { GraphWriter } from "../nn/module.ts";
import type { Space } from "../space.ts";
import { DataType, encodeModel } from "./model.ts";
import { OnnxGraph } from "./onnx-graph.ts";
import { shownShape, shownSize, spaceText } from "./shown-values.ts";

export interface OnnxOptions {
  /** Whether an input "mask" says which options of numbered actions are allowed. @default false */
  readonly mask?: boolean;
  /** Whether an agent that learns a policy tells the value of observations too. @default false */
  readonly value?: boolean;
}

/** What an agent has to have to be written: those of the library do, and those that are built from its parts. */
export interface DescribedAgent {
  readonly algorithm: string;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /**
   * Adds greedy acting to a graph.
   * @param observation [rows, numbers] as environments show them, the parts of a Dict one after the other
   * @returns the name of the actions, [rows, numbers per action], of Discrete actions the index from 0, as numbers of any type;
   *   null where a part of the agent does not describe itself
   */
  describe(graph: GraphWriter, observation: string): string | null;
}

/** What inputs and outputs are. */
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
 * The greedy policy of a trained agent as an ONNX model, with everything that stands between an observation and an action: one-hot
 * numbers, normalisation, the network, masks, bounds. The same agent gives the same bytes. docs/onnx.md lists inputs and outputs.
 * @throws TypeError when the agent does not describe itself, or an option does not fit it
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

/** @throws TypeError for an agent of another make, such as one that works elsewhere */
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

/** Options that a mask can forbid; 0 where there are none. */
function optionsOf(space: Space): number {
  if (space.kind === "discrete") return space.n;
  return space.kind === "multi-discrete" ? space.nvec.reduce((sum, n) => sum + n, 0) : 0;
}

/** The input "observation". @returns the name of its numbers, [rows, numbers] */
function observe(graph: OnnxGraph, space: Space): string {
  const shape = shownShape(space);
  const observation = graph.addInput("observation", shape);
  return shape.length === 1 ? observation : graph.reshape(observation, [-1, shownSize(space)]);
}

/** Actions as environments take them. @param action [rows, numbers per action], of Discrete actions the index from 0 */
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
