// `bellwether export`: writes a trained policy in the format of another program (ONNX).

import { CommandLine } from "./command-line.ts";
import { byteSize } from "./number-text.ts";
import { writeOutput } from "./output-file.ts";
import { loadPolicy, POLICY_OPTIONS } from "./saved-policy.ts";
import { asUsage } from "./usage-error.ts";

/** Runs the command. @returns the exit code */
export async function exportPolicy(args: readonly string[]): Promise<number> {
  const line = new CommandLine("export", args, { ...POLICY_OPTIONS, onnx: "text", mask: "flag", value: "flag" });
  line.requirePositionals(1, 1, "<run>");
  const file = line.text("onnx");
  if (file === undefined) throw line.wrong("--onnx expected a file to write, got none");
  const agent = await loadPolicy(line, line.positionals[0]);
  const { toOnnx } = await import("../onnx/index.ts");
  const bytes = asUsage(() => toOnnx(agent, { mask: line.has("mask"), value: line.has("value") }));
  await writeOutput(file, bytes);
  process.stdout.write(`${file}: ${byteSize(bytes.length)}\n`);
  return 0;
}
