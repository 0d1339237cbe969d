// The one buffer that all handles of a backend share. A handle is an offset in the buffer, counted in floats. Planning only
// moves the end. The buffer is made, or made larger with its contents kept, when it is next needed.

import { COPY_DST, COPY_SRC, type GpuBuffer, type GpuDevice, STORAGE } from "./gpu-types.ts";

/** Alignment of offsets in floats. */
const ALIGNMENT = 4;

export class DeviceMemory {
  readonly #device: GpuDevice;
  #floats = 0;
  #buffer: GpuBuffer | null = null;

  constructor(device: GpuDevice) {
    this.#device = device;
  }

  /** Planned bytes. */
  get bytes(): number {
    return this.#floats * 4;
  }

  /** Reserves `floats` zeros and returns their offset. @throws RangeError when the device binds no buffer of that size */
  allocate(floats: number): number {
    const offset = this.#floats;
    const end = offset + Math.ceil(floats / ALIGNMENT) * ALIGNMENT;
    requireRoom(this.#device, "tensors and parameters", end * 4);
    this.#floats = end;
    return offset;
  }

  /** Returns the buffer, large enough for all that is planned. Commands that were not submitted must not be encoded yet. */
  buffer(): GpuBuffer {
    const old = this.#buffer;
    if (old !== null && old.size >= this.bytes) return old;
    const { limits } = this.#device;
    const most = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
    // Doubled, so that planning little by little does not copy the whole buffer each time.
    const size = Math.max(this.bytes, old === null ? 256 : Math.min(2 * old.size, most));
    const usage = STORAGE | COPY_SRC | COPY_DST;
    const made = this.#device.createBuffer({ label: "bellwether memory", size, usage });
    if (old !== null) {
      const encoder = this.#device.createCommandEncoder();
      encoder.copyBufferToBuffer(old, 0, made, 0, old.size);
      this.#device.queue.submit([encoder.finish()]);
      old.destroy();
    }
    this.#buffer = made;
    return made;
  }

  /** Copies floats from the host, after the commands that were submitted before. */
  write(offset: number, values: Float32Array, from: number, count: number): void {
    const { queue } = this.#device;
    const data = values.buffer as ArrayBuffer;
    queue.writeBuffer(this.buffer(), offset * 4, data, values.byteOffset + from * 4, count * 4);
  }

  release(): void {
    this.#buffer?.destroy();
    this.#buffer = null;
  }
}

/** @throws RangeError when the device cannot bind `bytes` as one buffer */
export function requireRoom({ limits }: GpuDevice, what: string, bytes: number): void {
  const most = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
  if (bytes <= most) return;
  throw new RangeError(
    `webgpu: ${what} expected at most ${most} bytes, which the device binds, got ${bytes}. ` +
      "Lower capacity or the network's size, or request a device with larger limits.",
  );
}
