// The state that all backends on one device share: its compiled kernels (each compiled at first use), and its failure, if
// any.

import { DeviceError } from "../../errors.ts";
import { COMPUTE, type GpuBuffer, type GpuDevice, type GpuOpaque } from "./gpu-types.ts";
import type { Kernel } from "./kernel.ts";

/** Largest size of a kernel's params in bytes. */
const PARAMS_BYTES = 128;

const known = new WeakMap<GpuDevice, SharedDevice>();

export class SharedDevice {
  readonly #device: GpuDevice;
  /** Object that made the device. Outside browsers WebGPU ends when that object is garbage-collected. */
  origin: object | undefined;
  #failure: string | null = null;
  readonly #layout: GpuOpaque;
  readonly #recordsLayout: GpuOpaque;
  readonly #pipelineLayout: GpuOpaque;
  readonly #recordsPipelineLayout: GpuOpaque;
  readonly #pipelines = new Map<Kernel, GpuOpaque>();

  private constructor(device: GpuDevice) {
    const entries = [
      { binding: 0, visibility: COMPUTE, buffer: { type: "storage" as const } },
      { binding: 1, visibility: COMPUTE, buffer: { type: "uniform" as const, hasDynamicOffset: true } },
    ];
    const records = { binding: 2, visibility: COMPUTE, buffer: { type: "read-only-storage" as const } };
    this.#device = device;
    this.#layout = device.createBindGroupLayout({ entries });
    this.#recordsLayout = device.createBindGroupLayout({ entries: [...entries, records] });
    this.#pipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [this.#layout] });
    this.#recordsPipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [this.#recordsLayout] });
    device.lost.then(({ reason, message }) => {
      this.#failure = `one that is lost (${reason || "unknown"}): ${message}`;
    });
    device.addEventListener("uncapturederror", ({ error }) => {
      this.#failure ??= `an error: ${error.message}`;
    });
  }

  static of(device: GpuDevice): SharedDevice {
    let own = known.get(device);
    if (own === undefined) {
      own = new SharedDevice(device);
      known.set(device, own);
    }
    return own;
  }

  /** @throws DeviceError once the device was lost or reported an error */
  requireWorking(): void {
    if (this.#failure === null) return;
    throw new DeviceError(
      `webgpu: device expected to work on, got ${this.#failure.trimEnd()} ` +
        "What was retrieved last stays: act on it, save the policy, or go on from the last checkpoint with a new agent.",
    );
  }

  pipeline(kernel: Kernel): GpuOpaque {
    let pipeline = this.#pipelines.get(kernel);
    if (pipeline === undefined) {
      pipeline = this.#device.createComputePipeline({
        label: kernel.name,
        layout: kernel.readsRecords ? this.#recordsPipelineLayout : this.#pipelineLayout,
        compute: {
          module: this.#device.createShaderModule({ label: kernel.name, code: kernel.code }),
          entryPoint: "main",
        },
      });
      this.#pipelines.set(kernel, pipeline);
    }
    return pipeline;
  }

  /** Makes a bind group. @param records null for kernels that read no records */
  bindGroup(memory: GpuBuffer, params: GpuBuffer, records: GpuBuffer | null): GpuOpaque {
    const entries = [
      { binding: 0, resource: { buffer: memory } },
      { binding: 1, resource: { buffer: params, size: PARAMS_BYTES } },
      ...(records === null ? [] : [{ binding: 2, resource: { buffer: records } }]),
    ];
    return this.#device.createBindGroup({ layout: records === null ? this.#layout : this.#recordsLayout, entries });
  }
}
