// Numbers on their way back: copied out of the device memory in line with the operations, then mapped when the device is
// through with them. Buffers that were mapped before are used again.

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

  /** The numbers that the ranges hold after everything submitted so far. @throws DeviceError when the device is gone */
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
      // A map that fails is the first sign of a lost device; what the device says of it is told better.
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

  /** A buffer of at least `size` bytes that nobody waits for. */
  #take(size: number): GpuBuffer {
    const place = this.#idle.findIndex((buffer) => buffer.size >= size);
    if (place >= 0) return this.#idle.splice(place, 1)[0];
    return this.#device.createBuffer({ label: "bellwether readback", size, usage: MAP_READ | COPY_DST });
  }
}
