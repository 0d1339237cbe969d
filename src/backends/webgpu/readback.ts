// Transfer of numbers to the host. They are copied out of the device memory after the operations submitted before, and
// mapped when the copy is over. Buffers that were mapped before are used again.

import type { DeviceMemory } from "./device-memory.ts";
import { COPY_DST, type GpuBuffer, type GpuDevice, MAP_READ, MODE_READ } from "./gpu-types.ts";
import { SharedDevice } from "./shared-device.ts";

/** A range of the device memory, in floats. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

export class Readback {
  readonly #device: GpuDevice;
  readonly #memory: DeviceMemory;
  readonly #shared: SharedDevice;
  readonly #idle: GpuBuffer[] = [];

  constructor(device: GpuDevice, memory: DeviceMemory) {
    this.#device = device;
    this.#memory = memory;
    this.#shared = SharedDevice.of(device);
  }

  /** Returns the numbers of the ranges after all operations submitted so far. @throws DeviceError when the device is lost */
  async read(ranges: readonly Range[]): Promise<Float32Array[]> {
    const size = 4 * ranges.reduce((sum, { length }) => sum + length, 0);
    const buffer = this.#take(size);
    const encoder = this.#device.createCommandEncoder();
    const memory = this.#memory.buffer();
    let at = 0;
    for (const { offset, length } of ranges) {
      encoder.copyBufferToBuffer(memory, offset * 4, buffer, at, length * 4);
      at += length * 4;
    }
    this.#device.queue.submit([encoder.finish()]);
    try {
      await buffer.mapAsync(MODE_READ, 0, size);
    } catch (error) {
      // A map that fails is the first sign of a lost device. The message of the device itself says more.
      await Promise.resolve();
      this.#shared.requireWorking();
      throw error;
    }
    const mapped = new Float32Array(buffer.getMappedRange(0, size));
    let from = 0;
    const values = ranges.map(({ length }) => {
      from += length;
      return mapped.slice(from - length, from);
    });
    buffer.unmap();
    this.#idle.push(buffer);
    return values;
  }

  release(): void {
    for (const buffer of this.#idle) buffer.destroy();
    this.#idle.length = 0;
  }

  /** Returns an unused buffer of at least `size` bytes. */
  #take(size: number): GpuBuffer {
    const place = this.#idle.findIndex((buffer) => buffer.size >= size);
    if (place >= 0) return this.#idle.splice(place, 1)[0];
    return this.#device.createBuffer({ label: "bellwether readback", size, usage: MAP_READ | COPY_DST });
  }
}
