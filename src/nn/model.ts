// A model: several networks in one block of weights, their gradients, and one optimizer. One norm clips all gradients, so that
// the order of the networks is part of every published hash.
//
// If a device (GPU) learns, the model has a second set of networks on the CPU that acts, a copy of the latest renewal. Otherwise
// the networks that learn also act.

import type { Backend } from "../backend.ts";
import { show } from "../errors.ts";
import { damaged } from "../formats/checkpoint.ts";
import type { CheckpointPart, CheckpointReader, CheckpointWriter } from "../formats/checkpoint-part.ts";
import type { ParameterSpec, Parameters, RandomStream, Tensor } from "../operations/handles.ts";
import type { Metrics } from "./metrics.ts";
import { type Module, type Network, type NetworkOf, prefixed, type Weights } from "./module.ts";
import { createOptimizer, type Optimizer, type OptimizerOptions } from "./optimizer.ts";
import { checkParameters, checkWeights, loadParameters, parameterSize, saveParameters } from "./parameter-tensors.ts";

/** Modules of a model, by name. */
export type Modules = Readonly<Record<string, Module>>;
/** Networks of these modules, by name. */
export type NetworksOf<M extends Modules> = { readonly [K in keyof M]: NetworkOf<M[K]> };

/** An extra gradient, such as L2 towards a reference or elastic weight consolidation. */
export interface GradientTerm {
  /** Adds the term to `model.gradients`, before gradients are clipped. */
  add(model: Model): void;
}

/** One set of weights of a model, with networks that use it. */
export interface WeightCopy<M extends Modules = Modules> {
  readonly backend: Backend;
  /** Networks on these weights, by name. */
  readonly networks: NetworksOf<M>;
  /** Trained arrays of all networks. */
  readonly parameters: Parameters;
  /** Kept arrays of all networks, see `Module.kept`. */
  readonly kept: Parameters;
}

/** Networks and settings of a model. */
export interface ModelPlan<M extends Modules> {
  /** Modules of the networks, in the order of the block. */
  readonly networks: M;
  /** Prefix of the names of each network's arrays. @defaultValue "<name>." */
  readonly prefixes?: Partial<Record<keyof M, string>>;
  /** Optimizer of all trained arrays. */
  readonly optimizer: OptimizerOptions;
  /** Largest global norm of the gradient; null: no clipping. */
  readonly maxGradientNorm: number | null;
  /** Prefix of the model's names in files and metrics. An agent with several models needs different ones. @defaultValue "" */
  readonly prefix?: string;
}

/** The surroundings of a model. */
export interface ModelPlace {
  /** Backend that learns. */
  readonly backend: Backend;
  /** Backend that acts: the same, unless a device learns. */
  readonly acting: Backend;
  /** Receives the norm and the clip factor of gradients. */
  readonly metrics: Metrics;
  /** File of an agent that is being loaded. Its sizes are checked before memory is allocated. Null: a new agent. */
  readonly file: CheckpointReader | null;
}

/** Networks that are trained together by one optimizer. */
export class Model<M extends Modules = Modules> implements CheckpointPart, WeightCopy<M> {
  readonly backend: Backend;
  /** Trained arrays of all networks, names with the networks' prefixes. */
  readonly specs: readonly ParameterSpec[];
  /** Kept arrays of all networks, names with the networks' prefixes. */
  readonly keptSpecs: readonly ParameterSpec[];
  readonly networks: NetworksOf<M>;
  readonly parameters: Parameters;
  readonly kept: Parameters;
  /** Gradients in the layout of `parameters`. Passes planned with this block overwrite it. */
  readonly gradients: Parameters;
  /** Optimizer of `parameters`. */
  readonly optimizer: Optimizer;
  /** Extra gradients; `descend` adds them in this order. */
  readonly terms: GradientTerm[] = [];
  /** The weights that act. They are saved and exported. */
  readonly acting: WeightCopy<M>;
  /** Prefix of the model's names in files and metrics. */
  readonly prefix: string;
  readonly #modules: M;
  readonly #metrics: Metrics;
  readonly #maxGradientNorm: number | null;
  /** [1, 2] norm of the last gradient, and its clip factor. */
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

  /** Memory of the trained numbers in bytes. */
  get bytes(): number {
    return 4 * this.specs.reduce((sum, spec) => sum + parameterSize(spec), 0);
  }

  /** All arrays with their names in files, trained arrays first. */
  get specsInFile(): readonly ParameterSpec[] {
    return prefixed(this.prefix, [...this.specs, ...this.keptSpecs]);
  }

  /** Replaces all weights. @param values arrays in the order of `specsInFile`, in canonical layout */
  setWeights(values: readonly Float32Array[]): void {
    const { backend, parameters, kept } = this.acting;
    for (const [i, array] of values.entries()) {
      if (i < this.specs.length) backend.writeParameter(parameters, i, array);
      else backend.writeParameter(kept, i - this.specs.length, array);
    }
    this.takeOverActing();
  }

  /** Returns the same networks with weights of their own, all 0. @param backend Default: the backend that learns. */
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

  /** Draws all weights, network by network. Does nothing for a model from a file, whose weights are loaded. */
  initialize(stream: RandomStream): void {
    if (this.#isFromFile) return;
    const { backend, networks } = this.acting;
    for (const network of Object.values<Network>(networks)) network.module.initialize(backend, network.weights, stream);
    this.takeOverActing();
  }

  /** Copies the acting weights to the weights that learn. Called after first draws and loads, which write the acting weights. */
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

  /** Copies the trained weights to the acting weights. @param read returns an array of the block that learns */
  renewActing(read: (block: Parameters, index: number) => Float32Array): void {
    const { backend, networks, parameters } = this.acting;
    for (let i = 0; i < parameters.specs.length; i++) {
      backend.writeParameter(parameters, i, read(this.parameters, i));
    }
    for (const network of Object.values<Network>(networks)) network.withoutNoise?.();
  }

  /**
   * Makes one optimizer step: adds the gradient terms, clips the norm, checks all watched numbers, then updates the weights.
   * No other code moves weights by a gradient.
   * @throws DivergenceError when a watched number is not finite; the weights are unchanged then
   */
  descend(learningRate: number): void {
    if (!(learningRate >= 0)) {
      throw new TypeError(
        `descend: learningRate expected a number, got ${show(learningRate)}. Pass the schedule's value.`,
      );
    }
    for (let i = 0; i < this.terms.length; i++) this.terms[i].add(this);
    const isClipped = this.#maxGradientNorm !== null;
    if (isClipped) this.backend.vectors.clipNorm(this.gradients, this.#maxGradientNorm, this.#norm);
    this.#metrics.requireFinite();
    // A gradient may overflow where the loss does not; without clipping the next update's loss shows it.
    if (isClipped) this.#metrics.requireFiniteNumber(this.#normName, this.#norm, 0);
    this.optimizer.step(this.parameters, this.gradients, learningRate);
  }

  /** Returns the acting weights in canonical layout, trained arrays first. Fingerprints are computed from them. */
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

  /** Reads the optimizer's scalars. Old files without model names hold "optimizer" (replay) or a list "optimizers" (rollouts). */
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

/** Target networks: copies of a model's networks that follow it slowly, or are renewed at intervals (Mnih et al. 2015). */
export class Targets<M extends Modules = Modules> implements CheckpointPart {
  /** The target networks, by name. */
  readonly networks: NetworksOf<M>;
  readonly #model: Model<M>;
  readonly #name: string;
  readonly #copy: WeightCopy<M>;

  /** @param name name in files; several copies of one model need different names. Default: "target". */
  constructor(model: Model<M>, name: string = "target") {
    this.#model = model;
    this.#name = name;
    this.#copy = model.copy();
    this.networks = this.#copy.networks;
    this.become();
  }

  /** Moves the trained arrays towards the model: target += tau (online - target). @param tau 0 .. 1; 1 copies */
  track(tau: number): void {
    const { backend, parameters } = this.#model;
    backend.vectors.polyak(this.#copy.parameters, parameters, tau);
  }

  /** Copies all weights of the model, with its kept arrays. */
  become(): void {
    const { backend, parameters, kept } = this.#model;
    backend.vectors.copy(this.#copy.parameters, parameters);
    if (kept.specs.length > 0) backend.vectors.copy(this.#copy.kept, kept);
  }

  /** Trained arrays of the target networks. */
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
