import { defineConfig, type ViteUserConfig } from "vitest/config";

/** Tests that train for long, or run other programs: the command line, and races against other libraries. */
const SLOW = ["test/**/*.slow.test.ts", "test/cli/**/*.test.ts", "test/versus/**/*.test.ts"];
// test/webgpu needs an adapter: npm run test:webgpu.
const EXCLUDED = ["**/node_modules/**", "test/webgpu/**"];

const config: ViteUserConfig = defineConfig({
  test: {
    pool: "forks",
    maxWorkers: 2,
    passWithNoTests: false,
    projects: [
      {
        extends: true,
        test: {
          name: "fast",
          include: ["test/**/*.test.ts"],
          exclude: [...EXCLUDED, ...SLOW],
          testTimeout: 5000,
        },
      },
      { extends: true, test: { name: "slow", include: SLOW, exclude: EXCLUDED, testTimeout: 120_000 } },
    ],
  },
});
export default config;
