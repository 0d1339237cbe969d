// Commands for operations on handles: the offsets of tensors and blocks for a kernel, uploads of numbers that the host wrote
// before, and versions of the handles that a kernel writes.

import type { Parameters, Tensor } from "../../operations/handles.ts";
import type { CommandStream } from "./command-stream.ts";
import type { DeviceMemory } from "./device-memory.ts";
import type { GpuParameters, GpuTensor } from "./handles.ts";
import type { Kernel } from "./kernel.ts";

export class Commands {
  readonly stream: CommandStream;
  readonly #memory: DeviceMemory;

  constructor(stream: CommandStream, memory: DeviceMemory) {
    this.stream = stream;
    this.#memory = memory;
  }

  /**
   * Returns the offset of a tensor that an operation reads. Rows that the host wrote are uploaded first, after the waiting
   * operations, which read the old rows.
   */
  input(tensor: Tensor): number {
    const t = tensor as GpuTensor;
    if (t.dirtyTo > t.dirtyFrom) {
      this.submitWaiting();
      const from = t.dirtyFrom * t.columns;
      this.#memory.write(t.offset + from, t.host!, from, t.dirtyTo * t.columns - from);
      t.dirtyFrom = 0;
      t.dirtyTo = 0;
    }
    return t.offset;
  }

  /** Returns the offset of a tensor that an operation writes. */
  output(tensor: Tensor): number {
    const offset = this.input(tensor);
    const t = tensor as GpuTensor;
    t.isHost = false;
    t.version++;
    return offset;
  }

  /** Returns a block that an operation writes, and counts its version up. */
  written(parameters: Parameters): GpuParameters {
    const p = parameters as GpuParameters;
    p.version++;
    return p;
  }

  /** Keeps rows on the host. They are uploaded when an operation needs them. */
  write(tensor: Tensor, values: ArrayLike<number>, firstRow: number): void {
    const t = tensor as GpuTensor;
    const lastRow = firstRow + values.length / t.columns;
    const isClean = t.dirtyTo === t.dirtyFrom;
    t.host ??= new Float32Array(t.rows * t.columns);
    // Rows between two written ranges may hold numbers that only the device has.
    if (!isClean && !t.isHost && (firstRow > t.dirtyTo || lastRow < t.dirtyFrom)) {
      this.input(t);
      this.write(t, values, firstRow);
      return;
    }
    t.host.set(values, firstRow * t.columns);
    t.dirtyFrom = isClean ? firstRow : Math.min(t.dirtyFrom, firstRow);
    t.dirtyTo = isClean ? lastRow : Math.max(t.dirtyTo, lastRow);
    t.isHost ||= firstRow === 0 && lastRow === t.rows;
    t.version++;
  }

  /** Begins a kernel over n numbers. */
  linear(kernel: Kernel, n: number): CommandStream {
    return this.stream.begin(kernel).u32(n);
  }

  /** Submits the waiting operations: they must see the memory as it is before the host changes it. */
  submitWaiting(): void {
    if (this.stream.isWaiting) this.stream.submit();
  }
}
