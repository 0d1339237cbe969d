// What is trained: several networks in one block of weights, their gradients, one optimizer. One norm clips all of it, so that the
// order of the networks is part of every published hash.
//
// Where a device learns, a model has a second set of networks on the CPU, which acts: a copy as of the last renewal. Everywhere
// else the networks that act are the networks that learn.

import type { Backend } from "../backend.ts";
import { damaged } from "../formats/checkpoint.ts";
import type { CheckpointPart, CheckpointReader, CheckpointWriter } from "../formats/checkpoint-part.ts";
import type { ParameterSpec, Parameters, RandomStream, Tensor } from "../operations/handles.ts";
import type { Metrics } from "./metrics.ts";
import { type Module, type Network, type NetworkOf, prefixed, type Weights } from "./module.ts";
import { createOptimizer, type Optimizer, type OptimizerOptions } from "./optimizer.ts";
import { checkParameters, checkWeights, loadParameters, parameterSize, saveParameters } from "./parameter-tensors.ts";

export type Modules = Readonly<Record<string, Module>>;
export type NetworksOf<M extends Modules> = { readonly [K in keyof M]: NetworkOf<M[K]> };

/** Adds to the gradients before they are clipped: L2 towards a reference, elastic weight consolidation. */
export interface GradientTerm {
  add(model: Model): void;
}

/** Networks on one block of trained arrays and one of kept ones. */
export interface WeightCopy<M extends Modules = Modules> {
  readonly backend: Backend;
  readonly networks: NetworksOf<M>;
  readonly parameters: Parameters;
  readonly kept: Parameters;
}

export interface ModelPlan<M extends Modules> {
  /** In the order of the block. */
  readonly networks: M;
  /** Put before the names of a network's arrays. ["<name>."] */
  readonly prefixes?: Partial<Record<keyof M, string>>;
  readonly optimizer: OptimizerOptions;
  /** Largest global norm of the gradient; null: no clipping. */
  readonly maxGradientNorm: number | null;
  /** Told apart from other models of an agent in files and metrics: put before their names. [""] */
  readonly prefix?: string;
}

/** What a model is built on. */
export interface ModelPlace {
  /** Where it learns. */
  readonly backend: Backend;
  /** Where it acts: the same unless a device learns. */
  readonly acting: Backend;
  readonly metrics: Metrics;
  /** The file that an agent is being loaded from: sizes are checked against it before memory is planned. Null without one. */
  readonly file: CheckpointReader | null;
}

export class Model<M extends Modules = Modules> implements CheckpointPart, WeightCopy<M> {
  readonly backend: Backend;
  readonly specs: readonly ParameterSpec[];
  readonly keptSpecs: readonly ParameterSpec[];
  readonly networks: NetworksOf<M>;
  readonly parameters: Parameters;
  readonly kept: Parameters;
  /** Laid out as `parameters`; overwritten by the passes that are planned with it. */
  readonly gradients: Parameters;
  readonly optimizer: Optimizer;
  /** Added to the gradients, in their order. */
  readonly terms: GradientTerm[] = [];
  /** The networks that act, and whose weights are saved and exported. */
  readonly acting: WeightCopy<M>;
  readonly prefix: string;
  readonly #modules: M;
  readonly #metrics: Metrics;
  readonly #maxGradientNorm: number | null;
  /** [1, 2] norm of the last gradient, and the factor that clipping made of it. */
  readonly #norm: Tensor;
  readonly #normName: string;
  readonly #isFromFile: boolean;

  /** @throws CheckpointError when the file being loaded has other arrays */
  constructor(place: ModelPlace, plan: ModelPlan<M>) {
    const { backend, acting, metrics, file } = place;
    const { networks: modules, prefixes = {}, optimizer, maxGradientNorm, prefix = "" } = plan;
    const named = Object.entries(modules).map(([name, module]) => {
      const before = (prefixes as Record<string, string | undefined>)[name] ?? `${name}.`;
      return { specs: prefixed(before, module.specs), kept: prefixed(before, module.kept) };
    });
    this.prefix = prefix;
    this.specs = named.flatMap(({ specs }) => specs);
    this.keptSpecs = named.flatMap(({ kept }) => kept);
    if (file !== null) checkParameters(file, prefix, [...this.specs, ...this.keptSpecs]);
    this.backend = backend;
    this.#isFromFile = file !== null;
    this.#modules = modules;
    const own = this.copy(backend);
    this.networks = own.networks;
    this.parameters = own.parameters;
    this.kept = own.kept;
    this.acting = acting === backend ? this : this.copy(acting);
    this.gradients = backend.parameters(this.specs);
    this.optimizer = createOptimizer(backend, this.specs, optimizer);
    this.#metrics = metrics;
    this.#maxGradientNorm = maxGradientNorm;
    this.#norm = backend.tensor(1, 2);
    this.#normName = `${prefix}gradient norm`;
    metrics.add(`${prefix}gradientNorm`, this.#norm, 0);
    metrics.add(`${prefix}clipFactor`, this.#norm, 1);
    if (maxGradientNorm === null) metrics.compute(`${prefix}gradientNorm`, () => Number.NaN);
  }

  /** Bytes of trained numbers. */
  get bytes(): number {
    return 4 * this.specs.reduce((sum, spec) => sum + parameterSize(spec), 0);
  }

  /** Arrays as files name them, trained ones first. */
  get specsInFile(): readonly ParameterSpec[] {
    return prefixed(this.prefix, [...this.specs, ...this.keptSpecs]);
  }

  /** Takes over weights from outside. @param values in the order of `specsInFile`, canonical layout */
  setWeights(values: readonly Float32Array[]): void {
    const { backend, parameters, kept } = this.acting;
    for (const [i, array] of values.entries()) {
      if (i < this.specs.length) backend.writeParameter(parameters, i, array);
      else backend.writeParameter(kept, i - this.specs.length, array);
    }
    this.takeOverActing();
  }

  /** The same networks on blocks of their own, of zeros. */
  copy(backend: Backend = this.backend): WeightCopy<M> {
    const [parameters, kept] = [backend.parameters(this.specs), backend.parameters(this.keptSpecs)];
    const networks: Record<string, Network> = {};
    let weights: Weights = { block: parameters, first: 0, kept, firstKept: 0 };
    for (const [name, module] of Object.entries(this.#modules)) {
      networks[name] = module.on(backend, weights);
      const { first, firstKept } = weights;
      weights = {
        ...weights,
        first: first + module.specs.length,
        firstKept: firstKept + module.kept.length,
      };
    }
    return { backend, networks: networks as NetworksOf<M>, parameters, kept };
  }

  /** Draws all weights, network by network; of a model from a file they are in the file. */
  initialize(stream: RandomStream): void {
    if (this.#isFromFile) return;
    const { backend, networks } = this.acting;
    for (const network of Object.values<Network>(networks)) network.module.initialize(backend, network.weights, stream);
    this.takeOverActing();
  }

  /** Where weights of the acting copy changed from outside (first draws, a file), the networks that learn take them over. */
  takeOverActing(): void {
    const { acting } = this;
    for (const network of Object.values<Network>(acting.networks)) network.withoutNoise?.();
    if (acting === this) return;
    for (const [from, to] of [
      [acting.parameters, this.parameters],
      [acting.kept, this.kept],
    ]) {
      for (let i = 0; i < from.specs.length; i++) {
        this.backend.writeParameter(to, i, acting.backend.readParameter(from, i) as Float32Array);
      }
    }
  }

  /** The acting copy takes over trained weights. @param read an array of the block that learns */
  renewActing(read: (block: Parameters, index: number) => Float32Array): void {
    const { backend, networks, parameters } = this.acting;
    for (let i = 0; i < parameters.specs.length; i++) {
      backend.writeParameter(parameters, i, read(this.parameters, i));
    }
    for (const network of Object.values<Network>(networks)) network.withoutNoise?.();
  }

  /** Makes a step of all weights: gradient terms, then the norm, then the check of all watched numbers, then the optimizer. The
   * only place where weights move by a gradient. @throws DivergenceError before the step when a watched number is not finite */
  descend(learningRate: number): void {
    for (let i = 0; i < this.terms.length; i++) this.terms[i].add(this);
    const isClipped = this.#maxGradientNorm !== null;
    if (isClipped) this.backend.vectors.clipNorm(this.gradients, this.#maxGradientNorm, this.#norm);
    this.#metrics.requireFinite();
    // A gradient may overflow where the loss does not; without clipping the next update's loss shows it.
    if (isClipped) this.#metrics.requireFiniteNumber(this.#normName, this.#norm, 0);
    this.optimizer.step(this.parameters, this.gradients, learningRate);
  }

  /** The weights in canonical layout, trained ones first: what a fingerprint is taken over. */
  numbers(): Float32Array[] {
    const { backend, parameters, kept } = this.acting;
    return [parameters, kept].flatMap((block) =>
      block.specs.map((_, i) => backend.readParameter(block, i) as Float32Array),
    );
  }

  // --- checkpoints ---------------------------------------------------------------------------------------------------

  check(from: CheckpointReader): void {
    const { prefix, specs } = this;
    checkWeights(from, prefix, [...specs, ...this.keptSpecs]);
    if (from.contents !== "run") return;
    for (const name of Object.keys(this.optimizer.blocks)) checkParameters(from, this.#blockPrefix(name), specs);
    const scalars = this.#savedScalars(from);
    for (const name of Object.keys(this.optimizer.scalars())) {
      if (typeof scalars[name] !== "number") throw damaged(`optimizer.${name}`, "a number", scalars[name]);
    }
  }

  load(from: CheckpointReader): void {
    const { backend, parameters, kept } = this.acting;
    loadParameters(from, this.prefix, backend, parameters);
    loadParameters(from, this.prefix, backend, kept);
    this.takeOverActing();
    if (from.contents !== "run") return;
    for (const [name, block] of Object.entries(this.optimizer.blocks)) {
      loadParameters(from, this.#blockPrefix(name), this.backend, block);
    }
    this.optimizer.loadScalars(this.#savedScalars(from) as Record<string, number>);
  }

  save(to: CheckpointWriter): void {
    const { backend, parameters, kept } = this.acting;
    saveParameters(to, this.prefix, backend, parameters);
    saveParameters(to, this.prefix, backend, kept);
    if (to.contents !== "run") return;
    for (const [name, block] of Object.entries(this.optimizer.blocks)) {
      saveParameters(to, this.#blockPrefix(name), this.backend, block);
    }
    to.put("optimizers", { ...(to.data.optimizers as object | undefined), [this.prefix]: this.optimizer.scalars() });
  }

  #blockPrefix(block: string): string {
    return `${this.prefix}optimizer.${block}.`;
  }

  /** Files of before models had names: "optimizer" of an agent with replay, a list "optimizers" of one with rollouts. */
  #savedScalars(from: CheckpointReader): Record<string, unknown> {
    const all = from.data("optimizers");
    const own: unknown = Array.isArray(all)
      ? all[0]
      : all === undefined
        ? from.data("optimizer")
        : Object.getOwnPropertyDescriptor(all ?? {}, this.prefix)?.value;
    if (typeof own === "object" && own !== null) return own as Record<string, unknown>;
    throw damaged("optimizer", "an object", own);
  }
}

/** Copies of a model's networks that follow it slowly, or are renewed at intervals (Mnih et al. 2015). */
export class Targets<M extends Modules = Modules> implements CheckpointPart {
  readonly networks: NetworksOf<M>;
  readonly #model: Model<M>;
  readonly #name: string;
  readonly #copy: WeightCopy<M>;

  /** @param name told apart from other copies of the model in files */
  constructor(model: Model<M>, name: string = "target") {
    this.#model = model;
    this.#name = name;
    this.#copy = model.copy();
    this.networks = this.#copy.networks;
    this.become();
  }

  /** target += tau (online - target); 1 copies. */
  track(tau: number): void {
    const { backend, parameters } = this.#model;
    backend.vectors.polyak(this.#copy.parameters, parameters, tau);
  }

  /** Becomes the model as it is now, kept arrays included. */
  become(): void {
    const { backend, parameters, kept } = this.#model;
    backend.vectors.copy(this.#copy.parameters, parameters);
    if (kept.specs.length > 0) backend.vectors.copy(this.#copy.kept, kept);
  }

  get parameters(): Parameters {
    return this.#copy.parameters;
  }

  check(from: CheckpointReader): void {
    if (from.contents === "run") checkWeights(from, this.#prefix, this.#model.specs);
  }

  load(from: CheckpointReader): void {
    this.become();
    if (from.contents === "run") loadParameters(from, this.#prefix, this.#model.backend, this.#copy.parameters);
  }

  save(to: CheckpointWriter): void {
    if (to.contents === "run") saveParameters(to, this.#prefix, this.#model.backend, this.#copy.parameters);
  }

  get #prefix(): string {
    return `${this.#name}.${this.#model.prefix}`;
  }
}
