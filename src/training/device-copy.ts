// Where a device learns, the agent acts on the CPU with a copy of the weights, which is renewed every so many updates. This brings
// weights here: for the acting copy, and, when a run is saved, everything else that lies on the device.

import type { Backend } from "../backend.ts";
import type { Model } from "../nn/model.ts";
import type { DeviceOperations } from "../operations/device.ts";
import type { Parameters, Tensor } from "../operations/handles.ts";

/** Updates between two renewals of the acting copy; a renewal then costs a few percent of them. */
const RENEWAL_INTERVAL_UPDATES = 20;

export class DeviceCopy {
  readonly #device: DeviceOperations;
  readonly #models: readonly Model[];
  readonly #metrics: () => readonly Tensor[];
  #renewal: Promise<void> | undefined;
  /** Updates behind the acting copy, and behind what the last `bring` brought here; -1 before the first. */
  #renewedUpdates = -1;
  #syncedUpdates = -1;
  /** How often weights were changed from here: what was asked for before is out of date. */
  #changes = 0;

  constructor(device: DeviceOperations, models: readonly Model[], metrics: () => readonly Tensor[]) {
    this.#device = device;
    this.#models = models;
    this.#metrics = metrics;
  }

  /** Updates behind the acting copy; -1: it was never renewed. */
  get renewedUpdates(): number {
    return this.#renewedUpdates;
  }

  /** Whether everything here is as it is after so many updates. */
  isSynced(updates: number): boolean {
    return this.#syncedUpdates === updates;
  }

  /** Weights were changed from here, and the device has taken them over: what it had is gone. */
  invalidate(): void {
    this.#changes++;
    this.#syncedUpdates = -1;
  }

  /** After an update: starts the work, and now and then a renewal. */
  updated(updates: number): void {
    this.#device.submit();
    if (updates % RENEWAL_INTERVAL_UPDATES === 0) this.#startRenewal(updates);
  }

  /** The renewal that is under way. */
  get renewal(): Promise<void> | undefined {
    return this.#renewal;
  }

  /** One at a time; whoever owns the loop need not wait for it. */
  #startRenewal(updates: number): void {
    if (this.#renewal !== undefined) return;
    const done = (): void => {
      this.#renewal = undefined;
    };
    this.#renewal = this.#renew(updates, [])
      .then(() => {})
      .finally(done);
    // What went wrong shows in the next operation, too.
    this.#renewal.catch(() => {});
  }

  /** Brings all that a run's file holds. @param others blocks beside those of models */
  async bring(updates: number, others: readonly Parameters[]): Promise<void> {
    const optimizers = this.#models.flatMap(({ optimizer }) => Object.values(optimizer.blocks));
    if (await this.#renew(updates, [...optimizers, ...others])) this.#syncedUpdates = updates;
  }

  /**
   * The acting copy becomes what the device has now; `others` come along.
   * @returns false where weights were changed from here meanwhile: they stay
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

/** Null where an agent acts with the weights that it trains. */
export function createDeviceCopy(
  { device }: Backend,
  models: readonly Model[],
  metrics: () => readonly Tensor[],
): DeviceCopy | null {
  return device === null ? null : new DeviceCopy(device, models, metrics);
}
