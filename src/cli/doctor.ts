// `bellwether doctor`: reports what this machine and runtime offer, and checks that the library computes correctly here.

import { cpus } from "node:os";
import { gzipSync } from "node:zlib";
import relaxed from "bellwether/relaxed";
import strict from "#engine";
import { DQN } from "../agents/deep-q/dqn.ts";
import { reference } from "../backends/reference/index.ts";
import type { BackendChoice } from "../backends/select.ts";
import { supportsEngine } from "../engine/engine.ts";
import { unpackEngine } from "../engine/packed.ts";
import { make } from "../envs/registry.ts";
import { CommandLine } from "./command-line.ts";
import { isMultiplyAddFused } from "./fused-probe.ts";
import { byteSize } from "./number-text.ts";
import { Terminal } from "./terminal.ts";
import { libraryVersion } from "./version.ts";

interface SelfCheck {
  readonly steps: number;
  readonly milliseconds: number;
  readonly weightsSha256: string;
  readonly referenceSha256: string;
  readonly passed: boolean;
}

/** Runs the command. @returns the exit code: 1 when the library cannot work here */
export async function doctor(args: readonly string[]): Promise<number> {
  const line = new CommandLine("doctor", args, { json: "flag" });
  line.requirePositionals(0, 0, "");
  const strictBytes = unpackEngine(strict.packed);
  const simd = supportsEngine(strict);
  const fused = isMultiplyAddFused();
  const processors = cpus();
  const report = {
    bellwether: libraryVersion(),
    runtime: runtimeName(),
    platform: `${process.platform} ${process.arch}`,
    cpu: processors[0]?.model.trim() ?? "unknown",
    cpus: processors.length,
    webAssembly: typeof WebAssembly === "object",
    simd,
    relaxedSimd: supportsEngine(relaxed),
    fusedMultiplyAdd: fused ?? null,
    threads: typeof SharedArrayBuffer === "function",
    webGpu: typeof navigator === "object" && "gpu" in navigator,
    engineBytes: strictBytes.length,
    engineGzipBytes: gzipSync(strictBytes, { level: 9 }).length,
    selfCheck: simd ? await checkItself() : null,
  };
  if (line.has("json")) process.stdout.write(`${JSON.stringify(report)}\n`);
  else print(report);
  return report.selfCheck?.passed ? 0 : 1;

  function print({ selfCheck }: typeof report): void {
    const terminal = new Terminal(process.stdout);
    const mark = (good: boolean): string => (good ? terminal.style("yes", "green") : terminal.style("no ", "yellow"));
    const row = (name: string, value: string): void => terminal.print(`  ${name.padEnd(20)} ${value}`);
    terminal.print(terminal.style(`bellwether ${report.bellwether}`, "bold"));
    row("runtime", `${report.runtime} on ${report.platform}`);
    row("processors", `${report.cpus} x ${report.cpu}`);
    row("engine", `${byteSize(report.engineBytes)}, ${byteSize(report.engineGzipBytes)} compressed`);
    row("WebAssembly", mark(report.webAssembly));
    row("SIMD", `${mark(simd)}  ${simd ? "the default engine runs" : "the engine cannot run: use a newer runtime"}`);
    row(
      "relaxed SIMD",
      `${mark(report.relaxedSimd)}  ${report.relaxedSimd ? "--engine relaxed runs" : "--engine relaxed does not run"}`,
    );
    row("fused multiply-add", `${mark(fused === true)}  ${fusedText(fused)}`);
    row("threads", `${mark(report.threads)}  SharedArrayBuffer`);
    row("WebGPU", `${mark(report.webGpu)}  navigator.gpu`);
    if (selfCheck === null) return;
    const { steps, milliseconds, weightsSha256, referenceSha256, passed } = selfCheck;
    const verdict = passed ? terminal.style("passed", "green", "bold") : terminal.style("FAILED", "yellow", "bold");
    row("self-check", `${verdict}  ${steps} steps of training in ${milliseconds.toFixed(0)} ms`);
    row("", `weights sha256 ${weightsSha256}`);
    row("", passed ? "the same as without WebAssembly, bit for bit" : `without WebAssembly: ${referenceSha256}`);
  }
}

/** Trains for a moment on the engine and again in plain JavaScript. Both must end with the same weights, bit for bit. */
async function checkItself(): Promise<SelfCheck> {
  const steps = 200;
  const train = async (backend: BackendChoice): Promise<string> => {
    const agent = new DQN(make("CartPole-v1"), {
      seed: 1,
      preset: false,
      backend,
      network: { hidden: [32, 32] },
      capacity: 200,
      warmupSteps: 50,
      trainIntervalSteps: 1,
      double: true,
      nStep: 3,
    });
    agent.learnSync(steps);
    return agent.weightsSha256();
  };
  const begun = performance.now();
  const weightsSha256 = await train("wasm");
  const milliseconds = performance.now() - begun;
  const referenceSha256 = await train(reference);
  return { steps, milliseconds, weightsSha256, referenceSha256, passed: weightsSha256 === referenceSha256 };
}

function fusedText(fused: boolean | undefined): string {
  if (fused === undefined) return "cannot be asked without relaxed SIMD";
  return fused ? "relaxed multiply-add rounds once" : "relaxed multiply-add rounds twice here: no faster than strict";
}

function runtimeName(): string {
  const { bun, deno, node } = process.versions;
  if (bun !== undefined) return `Bun ${bun}`;
  if (deno !== undefined) return `Deno ${deno}`;
  return `Node.js ${node}`;
}
