// What test/webgpu/open-device.mjs left for the tests.

import type { Gpu } from "../../src/backends/webgpu/gpu-types.ts";

export const gpu: Gpu = (globalThis as unknown as { readonly gpu: Gpu }).gpu;
