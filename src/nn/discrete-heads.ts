// Policy heads for numbered options (Discrete, MultiDiscrete) and for bits (MultiBinary). The network's outputs are the logits.

import type { Backend } from "../backend.ts";
import type { ParameterSpec } from "../operations/handles.ts";
import type { GraphWriter } from "./module.ts";
import type { DescribedHead, HeadPlan, PlannedHead, PolicyHead } from "./policy-head.ts";

/** The distribution uses the network's outputs directly: the head computes nothing. */
const NOTHING = (): void => {};
const DIRECT = { noise: null, forward: NOTHING, backward: NOTHING, planTangent: () => NOTHING };

/** The head of Discrete and MultiDiscrete actions: one categorical distribution per choice. */
export class CategoricalPolicyHead implements PolicyHead {
  readonly outputs: number;
  readonly actionSize: number;
  readonly specs: readonly ParameterSpec[] = [];
  readonly values: readonly [] = [];
  readonly biases: readonly number[];
  readonly #choices: readonly number[];

  /** @param choices number of options of every choice */
  constructor(choices: readonly number[]) {
    this.outputs = choices.reduce((sum, n) => sum + n, 0);
    this.actionSize = choices.length;
    this.biases = new Array<number>(this.outputs).fill(0);
    this.#choices = choices;
  }

  plan(backend: Backend, { output: logits, dOutput: dLogits }: HeadPlan): PlannedHead {
    const choices = backend.tensor(1, this.actionSize);
    backend.write(choices, this.#choices);
    return { ...DIRECT, distribution: { family: "categorical", logits, choices, mask: null, dLogits } };
  }

  describe(graph: GraphWriter, { output }: DescribedHead): string {
    graph.output("probabilities", graph.softmax(output, this.#choices), this.outputs);
    return graph.argmax(output, this.#choices);
  }
}

/** The head of MultiBinary actions: one Bernoulli distribution per bit. */
export class BernoulliPolicyHead implements PolicyHead {
  readonly outputs: number;
  readonly actionSize: number;
  readonly specs: readonly ParameterSpec[] = [];
  readonly values: readonly [] = [];
  readonly biases: readonly number[];

  constructor(bits: number) {
    this.outputs = bits;
    this.actionSize = bits;
    this.biases = new Array<number>(bits).fill(0);
  }

  plan(_backend: Backend, { output: logits, dOutput: dLogits }: HeadPlan): PlannedHead {
    return { ...DIRECT, distribution: { family: "bernoulli", logits, dLogits } };
  }

  describe(graph: GraphWriter, { output }: DescribedHead): string {
    graph.output("probabilities", graph.node("Sigmoid", [output]), this.outputs);
    return graph.node("Greater", [output, graph.constant([0])]);
  }
}
