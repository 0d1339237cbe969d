import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // test/webgpu needs an adapter: npm run test:webgpu.
    exclude: ["**/node_modules/**", "test/webgpu/**"],
    testTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
    passWithNoTests: false,
  },
});
export default config;
