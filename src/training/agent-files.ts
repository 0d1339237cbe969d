// Files, exported weights and memory use of an agent. A file of a run or a policy consists of parts; each part checks, loads and
// saves itself. Weights alone can be exchanged with PyTorch.

import type { MemoryReport, SaveOptions } from "../agent.ts";
import { rejectUnknownOptions, StateError, show, UnsupportedError } from "../errors.ts";
import { type Checkpoint, encodeCheckpoint } from "../formats/checkpoint.ts";
import { type CheckpointPart, CheckpointReader, CheckpointWriter } from "../formats/checkpoint-part.ts";
import { encodeSafetensors } from "../formats/safetensors.ts";
import type { Model } from "../nn/model.ts";
import type { GraphWriter } from "../nn/module.ts";
import { matchWeights, readStateDict, type WeightImportOptions } from "../nn/state-dict.ts";
import type { AgentContext } from "./context.ts";
import type { DeviceCopy } from "./device-copy.ts";
import type { Composition, Learner, Trained } from "./learner.ts";
import type { SavedSession, Session } from "./session.ts";

/** Returns the contents to save. @throws RangeError for unknown options or contents */
export function contentsToSave(options: SaveOptions): "run" | "policy" {
  rejectUnknownOptions("save", options, ["contents"]);
  const { contents = "run" } = options;
  if (contents === "run" || contents === "policy") return contents;
  throw new RangeError(`save: contents expected "run" or "policy", got ${show(contents)}. Leave it out for "run".`);
}

/** Saves and restores an agent. */
export class AgentFiles {
  readonly #context: AgentContext;
  readonly #composition: Composition;
  readonly #session: Session;
  readonly #device: DeviceCopy | null;

  constructor(context: AgentContext, composition: Composition, session: Session, device: DeviceCopy | null) {
    this.#context = context;
    this.#composition = composition;
    this.#session = session;
    this.#device = device;
  }

  /**
   * Returns the bytes of a file.
   * @param learner learner of a run; null: a policy is saved
   * @throws StateError for a run on a device with updates after the last sync
   */
  save(learner: Learner | null): Uint8Array {
    const { about, actionSpace, counters, observationSpace, settings } = this.#context;
    if (learner !== null) this.#requireSynced("save");
    const contents = learner === null ? "policy" : "run";
    const writer = new CheckpointWriter(contents);
    writer.put("settings", settings);
    for (const part of this.#parts(learner)) part.save(writer);
    return encodeCheckpoint({
      algorithm: about.algorithm,
      contents,
      observationSpace,
      actionSpace,
      counters: { ...counters },
      session: learner === null ? undefined : this.#session.save(),
      data: writer.data,
      tensors: writer.tensors,
    });
  }

  /**
   * Restores an agent. All parts check the file before the first one loads.
   * @param learner learner of a run; null: the file contains a policy
   * @returns the reason why the running episodes cannot go on; undefined when they can
   * @throws CheckpointError when the file does not fit
   */
  restore(checkpoint: Checkpoint, learner: Learner | null): string | undefined {
    const reader = new CheckpointReader(checkpoint);
    const session = learner === null ? undefined : (checkpoint.session as SavedSession);
    const parts = this.#parts(learner);
    for (const part of parts) part.check(reader);
    if (session !== undefined) this.#session.check(session, learner?.mostDue ?? 0);
    for (const part of parts) part.load(reader);
    Object.assign(this.#context.counters, checkpoint.counters);
    return session === undefined ? undefined : this.#session.restore(session);
  }

  /** Returns all parts in the order in which they are loaded. */
  #parts(learner: Learner | null): CheckpointPart[] {
    const { actor, parts = [] } = this.#composition;
    const { metrics, streams } = this.#context;
    return [...this.#trained(), ...parts, streams, actor, metrics, ...(learner?.parts ?? [])];
  }

  #requireSynced(where: string): void {
    const { updates } = this.#context.counters;
    if (this.#device === null || this.#device.isSynced(updates)) return;
    throw new StateError(
      `${where}: run expected as the device has it, got updates since the last sync (${updates} made). Call await agent.sync() first.`,
    );
  }

  /**
   * Adds greedy acting to a graph, with the actor's own outputs.
   * @param observation name of the input, [rows, numbers] as environments give them
   * @returns name of the actions; null when the actor or the encoder has no description
   * @throws StateError for a device with updates after the last sync
   */
  describe(graph: GraphWriter, observation: string): string | null {
    this.#requireSynced("describe");
    const { actor } = this.#composition;
    const seen = this.#context.encoder.describe?.(graph, observation);
    return seen === undefined ? null : (actor.describe?.(graph, seen) ?? null);
  }

  // --- weights alone ---------------------------------------------------------------------------------------------------

  /** @throws UnsupportedError for an agent without networks */
  exportWeights(): Uint8Array {
    const writer = new CheckpointWriter("policy");
    for (const model of this.#requireModels("exportWeights")) model.save(writer);
    return encodeSafetensors(writer.tensors, {});
  }

  /** @throws CheckpointError when names or shapes do not fit; nothing changes then */
  importWeights(bytes: Uint8Array, options: WeightImportOptions, learner: Learner | null): void {
    const models = this.#requireModels("importWeights");
    const specs = models.flatMap((model) => model.specsInFile);
    const values = matchWeights(specs, readStateDict(bytes), options);
    for (const model of models) model.setWeights(values.splice(0, model.specsInFile.length));
    learner?.weightsReplaced?.();
    this.#device?.invalidate();
  }

  #requireModels(where: string): readonly Model[] {
    const { models } = this.#composition;
    if (models.length > 0) return models;
    throw new UnsupportedError(
      `${where}: agent expected networks, got ${this.#context.name}, which has none. Use save and load.`,
    );
  }

  /** Returns all trained numbers in canonical layout, as a fingerprint covers them. */
  numbers(): (Float32Array | Float64Array)[] {
    return this.#trained().flatMap((trained) => trained.numbers());
  }

  areFinite(): boolean {
    // x - x is 0 for finite numbers only.
    return this.numbers().every((numbers: Float32Array | Float64Array) => numbers.every((x: number) => x - x === 0));
  }

  memory(learner: Learner | null): MemoryReport {
    const { acting, backend } = this.#context;
    const { models, tables = [] } = this.#composition;
    const { bytes: replay = 0, capacity = 0 } = learner?.experience ?? {};
    const sizes = (trained: readonly Trained[]): number => trained.reduce((sum, { bytes }) => sum + bytes, 0);
    return {
      total: backend.bytes + (acting === backend ? 0 : acting.bytes) + sizes(tables),
      parameters: sizes([...models, ...tables]),
      replay,
      bytesPerTransition: capacity === 0 ? 0 : replay / capacity,
      capacity,
    };
  }

  #trained(): readonly Trained[] {
    const { models, tables = [] } = this.#composition;
    return [...models, ...tables];
  }
}
