// One seed of one bar: train with the shipped preset, keep the best evaluated policy, judge final and kept weights.

import { serveTask } from "../../src/cli/worker-pool.ts";
import { registerArcade } from "../../src/envs/arcade/index.ts";
import { registerDiagnostics } from "../../src/envs/diagnostics/index.ts";
import { type Callback, type Evaluation, make } from "../../src/index.ts";
import { AGENTS } from "./agents.ts";
import { type Bar, JUDGE, KEEP } from "./bars.ts";

interface Judged {
  readonly mean: number;
  readonly min: number;
  /** Share of the episodes that were a success, where the bar says what one is. */
  readonly success?: number;
}

export interface SeedResult {
  readonly seed: number;
  readonly final: Judged;
  readonly kept: Judged & { readonly envSteps: number };
  readonly envSteps: number;
  readonly evaluationEnvSteps: number;
  /** Of training with its evaluations: the clock's, or the processor's where that is less, beside other work. */
  readonly seconds: number;
  /** Where the seconds were measured. */
  readonly machine: string;
  readonly weightsSha256: string;
  /** (environment step, mean return) of the evaluations during training. */
  readonly curve: readonly (readonly [number, number])[];
}

function judged({ successAbove }: Bar, { mean, min, returns }: Evaluation): Judged {
  if (successAbove === undefined) return { mean, min };
  return { mean, min, success: returns.filter((value) => value > successAbove).length / returns.length };
}

async function runSeed(bar: Bar, seed: number, machine: string): Promise<SeedResult> {
  const { create, load } = AGENTS[bar.algorithm];
  const agent = create(make(bar.env, bar.envOptions), {
    seed,
    totalSteps: bar.steps,
    ...(bar.preset === undefined ? {} : { preset: bar.preset }),
    ...bar.options,
  });
  const curve: [number, number][] = [];
  let evaluationEnvSteps = 0;
  let best: { mean: number; envSteps: number; policy: Uint8Array } = {
    mean: Number.NEGATIVE_INFINITY,
    envSteps: 0,
    policy: new Uint8Array(),
  };
  const keepBest: Callback = {
    name: "keep the best",
    everySteps: bar.keepEverySteps ?? KEEP.everySteps,
    onStep: () => {
      const evaluation = agent.evaluateSync(() => make(bar.env, bar.envOptions), {
        episodes: KEEP.episodes,
        seed: KEEP.seed,
      });
      evaluationEnvSteps += evaluation.envSteps;
      curve.push([agent.envSteps, evaluation.mean]);
      if (evaluation.mean < best.mean) return;
      best = { mean: evaluation.mean, envSteps: agent.envSteps, policy: agent.save({ contents: "policy" }) };
    },
  };
  const before = process.cpuUsage();
  const run = agent.learnSync(bar.steps, { callbacks: [keepBest] });
  // Of the whole process: with several seeds at a time it is more than the clock's.
  const { user, system } = process.cpuUsage(before);
  const final = agent.evaluateSync(() => make(bar.env, bar.envOptions), JUDGE);
  const kept = load(best.policy).evaluateSync(() => make(bar.env, bar.envOptions), JUDGE);
  return {
    seed,
    final: judged(bar, final),
    kept: { ...judged(bar, kept), envSteps: best.envSteps },
    envSteps: run.envSteps,
    evaluationEnvSteps,
    seconds: Math.min(run.seconds, (user + system) / 1e6),
    machine,
    weightsSha256: await agent.weightsSha256(),
    curve,
  };
}

registerDiagnostics();
registerArcade();
await serveTask(({ bar, seed, machine }: { bar: Bar; seed: number; machine: string }) => runSeed(bar, seed, machine));
