// The conformance suite on the WebGPU backend, and the backend's own tests. Apart from the main suite: it needs an adapter.

import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ["test/webgpu/*.test.ts", "test/conformance/operations.test.ts"],
    setupFiles: ["test/webgpu/open-device.mjs"],
    testTimeout: 300_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 1,
    passWithNoTests: false,
  },
});
export default config;
