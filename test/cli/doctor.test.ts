import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { lastJson, runWell } from "./run-cli.ts";

test("reports the machine, and that engine and plain JavaScript agree in every bit", async () => {
  const report = lastJson(await runWell(["doctor", "--json"])) as unknown as Record<string, unknown>;
  expect(report).toMatchObject({
    runtime: `Node.js ${process.versions.node}`,
    webAssembly: true,
    simd: true,
    threads: true,
    relaxedSimd: expect.any(Boolean),
    webGpu: expect.any(Boolean),
    engineBytes: expect.any(Number),
    selfCheck: { passed: true, weightsSha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
  });
  expect((await runWell(["doctor"])).stdout).toContain("the same as without WebAssembly, bit for bit");
});

test("asks the processor whether relaxed multiply-add is fused", () => {
  // Node 20 has relaxed SIMD behind a flag that later versions drop.
  const flags =
    process.allowedNodeEnvironmentFlags.has("--experimental-wasm-relaxed-simd") || /^v20/.test(process.version);
  const args = flags ? ["--experimental-wasm-relaxed-simd"] : [];
  const { stdout } = spawnSync(process.execPath, [...args, "dist/cli/main.js", "doctor", "--json"], {
    encoding: "utf8",
  });
  const report = JSON.parse(stdout);
  expect(report.relaxedSimd).toBe(true);
  expect(report.fusedMultiplyAdd).toEqual(expect.any(Boolean));
});
