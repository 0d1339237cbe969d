// Types of the part of WebGPU (https://www.w3.org/TR/webgpu/) that the backend uses. TypeScript's own types differ between
// versions and runtimes; the objects of every browser, of Deno and of the package `webgpu` fit these.

export interface GpuBuffer {
  readonly size: number;
  mapAsync(mode: number, offset?: number, size?: number): Promise<unknown>;
  getMappedRange(offset?: number, size?: number): ArrayBuffer;
  unmap(): void;
  destroy(): void;
}

/** An object that is only passed back to the device. Each type system marks such objects in its own way. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type GpuOpaque = any;

export interface GpuComputePass {
  setPipeline(pipeline: GpuOpaque): void;
  setBindGroup(index: number, group: GpuOpaque, offsets: Uint32Array, start: number, length: number): void;
  dispatchWorkgroups(x: number, y?: number, z?: number): void;
  end(): void;
}

export interface GpuCommandEncoder {
  beginComputePass(): GpuComputePass;
  copyBufferToBuffer(source: GpuBuffer, sourceOffset: number, to: GpuBuffer, offset: number, size: number): void;
  finish(): GpuOpaque;
}

export interface GpuQueue {
  writeBuffer(buffer: GpuBuffer, offset: number, data: ArrayBuffer, dataOffset: number, size: number): void;
  submit(commands: GpuOpaque[]): void;
}

export interface GpuLimits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
}

/** A GPU device (WebGPU's GPUDevice). */
export interface GpuDevice {
  readonly limits: GpuLimits;
  readonly queue: GpuQueue;
  /** Resolves when the device is lost. */
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  createBuffer(descriptor: { size: number; usage: number; label?: string }): GpuBuffer;
  createShaderModule(descriptor: { code: string; label?: string }): GpuOpaque;
  createBindGroupLayout(descriptor: { entries: GpuLayoutEntry[] }): GpuOpaque;
  createPipelineLayout(descriptor: { bindGroupLayouts: GpuOpaque[] }): GpuOpaque;
  createBindGroup(descriptor: { layout: GpuOpaque; entries: GpuOpaque[] }): GpuOpaque;
  createComputePipeline(descriptor: {
    layout: GpuOpaque;
    compute: { module: GpuOpaque; entryPoint: string };
    label?: string;
  }): GpuOpaque;
  createCommandEncoder(): GpuCommandEncoder;
  addEventListener(type: "uncapturederror", listener: (event: GpuErrorEvent) => void): void;
  destroy(): void;
}

export interface GpuLayoutEntry {
  binding: number;
  visibility: number;
  buffer: { type: "uniform" | "storage" | "read-only-storage"; hasDynamicOffset?: boolean };
}

export interface GpuErrorEvent {
  readonly error: { readonly message: string };
}

/** A GPU of the machine (WebGPU's GPUAdapter). Adapters with `isFallbackAdapter` compute in software. */
export interface GpuAdapter {
  readonly limits: GpuLimits;
  readonly info?: { readonly vendor?: string; readonly description?: string; readonly isFallbackAdapter?: boolean };
  requestDevice(descriptor?: { requiredLimits?: Record<string, number> }): Promise<GpuDevice>;
}

/** Source of GPU adapters: `navigator.gpu`, or the result of `create` of the package `webgpu`. */
export interface Gpu {
  requestAdapter(options?: { powerPreference?: "low-power" | "high-performance" }): Promise<GpuAdapter | null>;
}

/** Bits of GPUBufferUsage, GPUMapMode and GPUShaderStage. */
export const MAP_READ = 0x1;
export const COPY_SRC = 0x4;
export const COPY_DST = 0x8;
export const UNIFORM = 0x40;
export const STORAGE = 0x80;
export const MODE_READ = 0x1;
export const COMPUTE = 0x4;
