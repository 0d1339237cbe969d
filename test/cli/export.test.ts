import { expect, test } from "vitest";
import { run, temporaryFolder } from "./run-cli.ts";

test.each([
  [["export"], /export: expected <run>, got nothing\. See bellwether export --help\.\n$/],
  [["export", "run"], /export: --onnx expected a file to write, got none\. See bellwether export --help\.\n$/],
  [["export", "run", "--onnx", "a.onnx"], /run expected a run folder or a \.safetensors file, got nothing there\./],
])("%j is refused, with the reason", async (words, message) => {
  const { code, stderr } = await run(words, temporaryFolder());
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
});
