// Operations wait here until they are submitted together, as one command buffer with one compute pass. The params of a
// kernel lie in a slot of one uniform buffer, which is uploaded with one write. The bind group is the same every time, with
// the place of the slot as dynamic offset. So an update creates nothing on the device but its command buffer.

import type { DeviceMemory } from "./device-memory.ts";
import { COPY_DST, type GpuBuffer, type GpuDevice, type GpuOpaque, UNIFORM } from "./gpu-types.ts";
import { type Kernel, linearGroupsX, linearGroupsY } from "./kernel.ts";
import { SharedDevice } from "./shared-device.ts";

/** Largest number of commands in one submission; more commands are submitted in parts. */
const SLOTS = 256;
/** Bytes from one slot to the next: WebGPU's alignment of dynamic offsets. */
const SLOT_BYTES = 256;
const SLOT_WORDS = SLOT_BYTES / 4;

export class CommandStream {
  readonly #device: GpuDevice;
  readonly #memory: DeviceMemory;
  readonly #shared: SharedDevice;
  readonly #params: GpuBuffer;
  readonly #words = new Uint32Array(SLOTS * SLOT_WORDS);
  readonly #floats = new Float32Array(this.#words.buffer);
  readonly #offsets = Uint32Array.from({ length: SLOTS }, (_, slot) => slot * SLOT_BYTES);
  readonly #kernels: Kernel[] = [];
  readonly #records: (GpuBuffer | null)[] = [];
  readonly #groups = new Uint32Array(SLOTS * 2);
  #group: GpuOpaque | null = null;
  #recordGroups = new Map<GpuBuffer, GpuOpaque>();
  #boundMemory: GpuBuffer | null = null;
  #count = 0;
  #cursor = 0;

  constructor(device: GpuDevice, memory: DeviceMemory) {
    this.#device = device;
    this.#memory = memory;
    this.#shared = SharedDevice.of(device);
    const size = SLOTS * SLOT_BYTES;
    this.#params = device.createBuffer({ label: "bellwether params", size, usage: UNIFORM | COPY_DST });
  }

  /** True when operations wait to be submitted. */
  get isWaiting(): boolean {
    return this.#count > 0;
  }

  /** Begins a command; its params follow in order, then `dispatch`. @param records buffer for kernels that read records */
  begin(kernel: Kernel, records: GpuBuffer | null = null): this {
    if (this.#count === SLOTS) this.submit();
    this.#kernels[this.#count] = kernel;
    this.#records[this.#count] = records;
    this.#cursor = this.#count * SLOT_WORDS;
    return this;
  }

  u32(value: number): this {
    this.#words[this.#cursor++] = value;
    return this;
  }

  f32(value: number): this {
    this.#floats[this.#cursor++] = value;
    return this;
  }

  /** Ends a command: x times y workgroups. */
  dispatch(x: number, y: number = 1): void {
    this.#groups[2 * this.#count] = x;
    this.#groups[2 * this.#count + 1] = y;
    this.#count++;
  }

  /** Ends a command over n numbers. */
  dispatchLinear(n: number): void {
    this.dispatch(linearGroupsX(n), linearGroupsY(n));
  }

  /** Submits all waiting commands. @throws DeviceError when the device is lost */
  submit(): void {
    this.#shared.requireWorking();
    if (this.#count === 0) return;
    const memory = this.#memory.buffer();
    if (memory !== this.#boundMemory) {
      this.#boundMemory = memory;
      this.#group = this.#shared.bindGroup(memory, this.#params, null);
      this.#recordGroups = new Map();
    }
    const { queue } = this.#device;
    queue.writeBuffer(this.#params, 0, this.#words.buffer, 0, this.#count * SLOT_BYTES);
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let i = 0; i < this.#count; i++) {
      const kernel = this.#kernels[i];
      const records = this.#records[i];
      if (i === 0 || kernel !== this.#kernels[i - 1]) pass.setPipeline(this.#shared.pipeline(kernel));
      pass.setBindGroup(0, records === null ? this.#group! : this.#groupOf(records), this.#offsets, i, 1);
      pass.dispatchWorkgroups(this.#groups[2 * i], this.#groups[2 * i + 1]);
    }
    pass.end();
    this.#count = 0;
    queue.submit([encoder.finish()]);
  }

  release(): void {
    this.#count = 0;
    this.#params.destroy();
  }

  #groupOf(records: GpuBuffer): GpuOpaque {
    let group = this.#recordGroups.get(records);
    if (group === undefined) {
      group = this.#shared.bindGroup(this.#boundMemory!, this.#params, records);
      this.#recordGroups.set(records, group);
    }
    return group;
  }
}
