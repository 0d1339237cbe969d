// Asking another process: JSON on its standard input, the answer as the last line of its standard output.

import { spawn } from "node:child_process";

export const TIMEOUT_MS = 120_000;

/** @throws Error with the end of what the process wrote, when it fails or takes too long */
export async function askProcess(command, args, task, cwd) {
  const child = spawn(command, args, { cwd, timeout: TIMEOUT_MS });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  child.stdin.on("error", () => {}).end(JSON.stringify(task));
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (code !== 0) throw new Error(`exit code ${code}: ${(stderr || stdout).trim().slice(-600)}`);
  return JSON.parse(stdout.trim().split("\n").at(-1));
}
