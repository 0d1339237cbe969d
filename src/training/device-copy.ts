// When a device learns, the agent acts on the CPU with a copy of the weights, which is refreshed at intervals. This class copies
// weights from the device: for the acting copy, and, when a run is saved, everything else that lies on the device.

import type { Backend } from "../backend.ts";
import type { Model } from "../nn/model.ts";
import type { DeviceOperations } from "../operations/device.ts";
import type { Parameters, Tensor } from "../operations/handles.ts";

/** Updates between two refreshes of the acting copy; a refresh then costs a few percent of their time. */
const RENEWAL_INTERVAL_UPDATES = 20;

/** Copy of the weights of a device that learns. */
export class DeviceCopy {
  readonly #device: DeviceOperations;
  readonly #models: readonly Model[];
  readonly #metrics: () => readonly Tensor[];
  #renewal: Promise<void> | undefined;
  /** Number of updates contained in the acting copy, and in the copy of the last `bring`; -1 before the first. */
  #renewedUpdates = -1;
  #syncedUpdates = -1;
  /** Number of changes of the weights by the CPU. A copy that was requested before a change is out of date. */
  #changes = 0;

  constructor(device: DeviceOperations, models: readonly Model[], metrics: () => readonly Tensor[]) {
    this.#device = device;
    this.#models = models;
    this.#metrics = metrics;
  }

  /** Number of updates contained in the acting copy; -1 before the first refresh. */
  get renewedUpdates(): number {
    return this.#renewedUpdates;
  }

  /** Returns true when the copy on the CPU contains this number of updates. */
  isSynced(updates: number): boolean {
    return this.#syncedUpdates === updates;
  }

  /** Called when the CPU has changed the weights, on the device too: earlier copies are out of date. */
  invalidate(): void {
    this.#changes++;
    this.#syncedUpdates = -1;
  }

  /** Called after an update: starts the device's work and, at intervals, a refresh. */
  updated(updates: number): void {
    this.#device.submit();
    if (updates % RENEWAL_INTERVAL_UPDATES === 0) this.#startRenewal(updates);
  }

  /** The refresh that is under way; undefined without one. */
  get renewal(): Promise<void> | undefined {
    return this.#renewal;
  }

  /** Starts a refresh unless one is under way. Callers need not wait for the result. */
  #startRenewal(updates: number): void {
    if (this.#renewal !== undefined) return;
    const done = (): void => {
      this.#renewal = undefined;
    };
    this.#renewal = this.#renew(updates, [])
      .then(() => {})
      .finally(done);
    // An error shows in the next operation, too.
    this.#renewal.catch(() => {});
  }

  /** Copies everything that a run's file contains. @param others further blocks, beside those of models */
  async bring(updates: number, others: readonly Parameters[]): Promise<void> {
    const optimizers = this.#models.flatMap(({ optimizer }) => Object.values(optimizer.blocks));
    if (await this.#renew(updates, [...optimizers, ...others])) this.#syncedUpdates = updates;
  }

  /**
   * Refreshes the acting copy from the device, and copies the blocks `others`.
   * @returns false when the CPU changed the weights meanwhile; the changed weights stay
   */
  async #renew(updates: number, others: readonly Parameters[]): Promise<boolean> {
    const device = this.#device;
    const changes = this.#changes;
    await device.retrieve([...this.#models.map(({ parameters }) => parameters), ...others], this.#metrics());
    if (changes !== this.#changes) return false;
    for (const model of this.#models) model.renewActing((block, i) => device.retrieved(block, i));
    this.#renewedUpdates = updates;
    return true;
  }
}

/** Makes the copy; null for an agent that acts with the weights that it trains. */
export function createDeviceCopy(
  { device }: Backend,
  models: readonly Model[],
  metrics: () => readonly Tensor[],
): DeviceCopy | null {
  return device === null ? null : new DeviceCopy(device, models, metrics);
}
