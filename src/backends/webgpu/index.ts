// The public entry "bellwether/webgpu": GPUs as a backend.

import type { Backend } from "../../backend.ts";
import { DeviceError } from "../../errors.ts";
import type { BackendChoice } from "../select.ts";
import type { Gpu, GpuAdapter, GpuDevice } from "./gpu-types.ts";
import { SharedDevice } from "./shared-device.ts";
import { WebGpuBackend } from "./webgpu-backend.ts";

export type { Gpu, GpuDevice } from "./gpu-types.ts";

/** Options of `webgpu` and `auto`. */
export interface WebGpuOptions {
  /** Source of GPU adapters. In Node and Bun: `create([])` of the package `webgpu`. @defaultValue navigator.gpu */
  readonly gpu?: Gpu | undefined;
  /** Your own device, with the limits that you requested. @defaultValue a device of the adapter, with its largest limits */
  readonly device?: GpuDevice | undefined;
  /** Kind of adapter to prefer. @defaultValue "high-performance" */
  readonly powerPreference?: "low-power" | "high-performance";
  /**
   * Floating-point operations of one update. `auto` takes the GPU for large updates; `create` passes the number.
   * @defaultValue Infinity
   */
  readonly updateFlops?: number;
}

/** Updates of fewer floating-point operations (8 x weights x batch) are faster on the CPU: see docs/webgpu.md. */
const WORTHWHILE_FLOPS = 1e8;

/**
 * Opens a GPU for the option `backend` of an agent: `await DQN.create(env, { backend: webgpu })`. With `new` or `load`, pass
 * `backend: await webgpu()`.
 * @returns a function that makes a backend for one agent; agents made from one call share the device
 * @throws DeviceError when there is no WebGPU, no adapter or no device
 */
export async function webgpu(options: WebGpuOptions = {}): Promise<() => Backend> {
  const { device = await openDevice(await requireAdapter(options)) } = options;
  SharedDevice.of(device).origin = options.gpu;
  return () => new WebGpuBackend(device);
}

/**
 * Chooses `webgpu` where that pays, else "wasm". The GPU pays for large updates (`updateFlops`) on a hardware adapter.
 * Agents whose settings ask for something that the GPU backend lacks get "wasm", too.
 */
export async function auto(options: WebGpuOptions = {}): Promise<BackendChoice> {
  const { updateFlops = Number.POSITIVE_INFINITY } = options;
  if (updateFlops < WORTHWHILE_FLOPS) return "wasm";
  try {
    if (options.device === undefined && (await requireAdapter(options)).info?.isFallbackAdapter === true) return "wasm";
    return Object.assign(await webgpu(options), { otherwise: "wasm" as const });
  } catch (error) {
    if (error instanceof DeviceError) return "wasm";
    throw error;
  }
}

async function requireAdapter({ gpu, powerPreference = "high-performance" }: WebGpuOptions): Promise<GpuAdapter> {
  const host = globalThis as { readonly navigator?: { readonly gpu?: Gpu } };
  const found = gpu ?? host.navigator?.gpu;
  if (found === undefined) {
    throw new DeviceError(
      "webgpu: gpu expected navigator.gpu or options.gpu, got neither. " +
        'In Node and Bun install the package "webgpu" and pass { gpu: create([]) }; elsewhere use another browser, or "wasm".',
    );
  }
  const adapter = await found.requestAdapter({ powerPreference });
  if (adapter !== null) return adapter;
  throw new DeviceError(
    'webgpu: adapter expected one that fits, got none. Install or enable a graphics driver, or use backend "wasm" or "auto".',
  );
}

async function openDevice(adapter: GpuAdapter): Promise<GpuDevice> {
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  try {
    return await adapter.requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } });
  } catch (error) {
    throw new DeviceError(
      `webgpu: device expected one of the adapter, got ${String(error)}. Try again, or use backend "wasm" or "auto".`,
      { cause: error },
    );
  }
}
