// `npm run bench`: compares the engine with this core's limit, and times its parts. Ratios compare code that is timed in turns
// in this run; absolute figures are valid for this machine and moment only. `--json` adds one line of JSON at the end.
// `--webgpu` measures only from which size a GPU is faster; `--first-action` measures only the time to the first action.

import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import relaxed from "bellwether/relaxed";
import sharedRelaxed from "bellwether/threads/relaxed";
import { Bench } from "tinybench";
import strict from "#engine";
import sharedStrict from "#threads-engine";
import { unpackEngine } from "../src/engine/packed.ts";
import { supportsEngine } from "../src/index.ts";
import { measureEnvSteps, measurePpoSeconds, solveCartPole } from "./agents/cart-pole.bench.ts";
import { shapeName, trainedAgent, UPDATE_SHAPES, updateFlops } from "./agents/dqn.bench.ts";
import { measureHostOverhead } from "./agents/host-overhead.ts";
import { reportCrossover } from "./backends/webgpu-crossover.ts";
import { compilePeak } from "./engine/peak.ts";
import { measureSpeedup } from "./engine/versus-one-thread.ts";
import { type Job, measureVersusPeak, type Share } from "./engine/versus-peak.ts";
import { environmentTasks, VECTOR_COUNT, vectorTasks } from "./envs/environments.bench.ts";
import { reportFirstActions } from "./first-action.ts";
import { kernelTasks } from "./kernels/kernels.bench.ts";
import { median, medianRatio, takeTurns, undisturbed } from "./measure.ts";
import { replayTasks } from "./replay/replay-buffer.bench.ts";

const { values } = parseArgs({
  options: {
    "first-action": { type: "boolean" },
    json: { type: "boolean" },
    quick: { type: "boolean" },
    threads: { type: "string", default: "2" },
    webgpu: { type: "boolean" },
  },
});
const results: Record<string, unknown>[] = [];
const ROUNDS = values.quick ? 31 : 301;
/** Number of fresh starts of each library in each runtime. */
const FIRST_ACTIONS = 15;

function report(text: string, result: Record<string, unknown>): void {
  console.log(text);
  results.push(result);
}

if (values["first-action"]) {
  await reportFirstActions(values.quick ? 1 : FIRST_ACTIONS, report);
  if (values.json) console.log(JSON.stringify({ results }));
  process.exit();
}

if (values.webgpu) {
  await reportCrossover(values.quick ? 1 : 5, report);
  if (values.json) console.log(JSON.stringify({ results }));
  // Adapters outside browsers keep the process alive.
  process.exit();
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

console.log(
  `Node ${process.versions.node} (V8 ${process.versions.v8}) on ${cpus()[0]?.model ?? "an unknown processor"}`,
);
console.log(`strict engine: ${unpackEngine(strict.packed).length.toLocaleString("en")} bytes\n`);

for (const engine of [strict, relaxed]) {
  if (!supportsEngine(engine)) {
    console.log(`${engine.name} engine: not run, this runtime does not compile relaxed SIMD\n`);
    continue;
  }
  const peak = await compilePeak(engine === relaxed);
  const versusPeak = (task: Job["task"], rounds: number = ROUNDS): Promise<Share> =>
    measureVersusPeak({ engine, peak, rounds, task });
  const shares = ({ share, medianShare }: Share, of: string): string =>
    `${percent(share)} of ${of}, in the median round ${percent(medianShare)}`;

  for (const size of [64, 256, 512]) {
    const measured = await versusPeak({ gemm: size });
    const { gflops, share, medianShare, peakGflops, peakLoop } = measured;
    if (size === 64) {
      report(`${engine.name}: peak ${peakGflops.toFixed(1)} GFLOP/s (${peakLoop})`, {
        name: `peak/${engine.name}`,
        gflops: round(peakGflops, 1),
      });
    }
    report(`  gemm ${size}^3  ${gflops.toFixed(1)} GFLOP/s, ${shares(measured, "peak")}`, {
      name: `gemm/${size}/${engine.name}`,
      gflops: round(gflops, 1),
      ofPeak: round(share, 3),
      ofPeakMedian: round(medianShare, 3),
    });
  }
  for (const rows of [1, 32]) {
    for (const pass of ["forward", "backward"] as const) {
      const measured = await versusPeak({ convolution: { rows, pass } });
      const name = `convolution/4x10x10-16-3x3/b${rows}/${pass}/${engine.name}`;
      report(`  ${name}  ${measured.microseconds.toFixed(1)} us, ${shares(measured, "peak")}`, {
        name,
        microseconds: round(measured.microseconds, 1),
        ofPeak: round(measured.share, 3),
        ofPeakMedian: round(measured.medianShare, 3),
      });
    }
  }
  const updates: readonly { name: string; flops: number; task: Job["task"] }[] = [
    { name: "4x10x10-16-3x3-128-6/b32", flops: 0, task: { imageUpdate: 32 } },
    ...UPDATE_SHAPES.map((shape) => ({
      name: `${shapeName(shape)}/b${shape.batchSize}`,
      flops: updateFlops(shape),
      task: { update: shape },
    })),
  ];
  for (const { name, flops, task } of updates) {
    // The largest update takes a tenth of a second, so it gets fewer rounds.
    const measured = await versusPeak(task, flops < 1e9 ? ROUNDS : Math.ceil(ROUNDS / 5));
    report(
      `  update/${name}/${engine.name}  ${measured.microseconds.toFixed(1)} us, ${shares(measured, "the roofline")}`,
      {
        name: `update/${name}/${engine.name}`,
        microseconds: round(measured.microseconds, 1),
        ofRoofline: round(measured.share, 3),
        ofRooflineMedian: round(measured.medianShare, 3),
      },
    );
  }
}

const threads = Number(values.threads);
if (threads > availableParallelism()) console.log(`\nthreads: not run, ${threads} need as many processors`);
else {
  console.log(`\n${threads} threads`);
  for (const [engine, sharedEngine] of [
    [strict, sharedStrict],
    [relaxed, sharedRelaxed],
  ] as const) {
    if (!supportsEngine(engine)) continue;
    for (const shape of UPDATE_SHAPES) {
      const { microseconds, aloneMicroseconds, ratio } = await measureSpeedup({
        engine,
        sharedEngine,
        threads,
        shape,
        rounds: ROUNDS,
      });
      const name = `threads/${shapeName(shape)}/b${shape.batchSize}/${engine.name}`;
      report(
        `  ${name}  ${microseconds.toFixed(1)} us, ${aloneMicroseconds.toFixed(1)} us on one: ${ratio.toFixed(2)} times as fast`,
        {
          name,
          threads,
          microseconds: round(microseconds, 1),
          aloneMicroseconds: round(aloneMicroseconds, 1),
          ratio: round(ratio, 2),
        },
      );
    }
  }
}

console.log("\nacting");
for (const shape of UPDATE_SHAPES) {
  const agent = trainedAgent(shape, 0);
  const observation = new Float32Array(shape.inputs).fill(0.1);
  const many = Array.from({ length: 64 }, () => observation);
  const actions = new Int32Array(64);
  const [single, batch] = takeTurns(
    [
      { name: "one", run: () => agent.act(observation) },
      { name: "batch", run: () => agent.actBatch(many, {}, actions) },
    ],
    ROUNDS,
  ).map(undisturbed);
  const name = `act/${shapeName(shape)}`;
  const perSecond = Math.round(1e6 / single);
  const batchPerSecond = Math.round(64e6 / batch);
  report(
    `  ${name}  ${perSecond.toLocaleString("en")} per second; in batches of 64 ${batchPerSecond.toLocaleString("en")}`,
    {
      name,
      perSecond,
      batchPerSecond,
    },
  );
}

console.log("\nlearning");
{
  const [shape] = UPDATE_SHAPES;
  const { update, kernels, fraction } = await measureHostOverhead(shape, values.quick ? 1000 : 20_000, ROUNDS);
  const name = `host-overhead/${shapeName(shape)}/b${shape.batchSize}`;
  report(`  ${name}  ${percent(fraction)} (update ${update.toFixed(1)} us, its kernels ${kernels.toFixed(1)} us)`, {
    name,
    fraction: round(fraction, 4),
  });
}
for (const [name, preset, parts, stepsPerPart] of [
  ["dqn-cartpole/env-steps", "CartPole-v1/polyak", 9, 5000],
  ["dqn-cartpole-preset/env-steps", "CartPole-v1", 5, 2000],
] as const) {
  const perSecond = Math.round(measureEnvSteps(preset, values.quick ? 1 : parts, stepsPerPart));
  report(`  ${name}  ${perSecond.toLocaleString("en")} environment steps per second, learning included (${preset})`, {
    name,
    perSecond,
  });
}
{
  const [runs, steps] = values.quick ? [1, 10_000] : [5, 100_000];
  const seconds = measurePpoSeconds(runs, steps);
  const perSecond = Math.round(steps / seconds);
  const name = "ppo-cartpole/env-steps";
  report(
    `  ${name}  ${perSecond.toLocaleString("en")} environment steps per second, learning included (CartPole-v1): ${round(seconds, 2)} seconds for ${steps.toLocaleString("en")} steps`,
    { name, perSecond, seconds: round(seconds, 2), steps },
  );
}
{
  const seeds = values.quick ? [4] : [0, 1, 2, 3, 4];
  const solutions = [];
  for (const seed of seeds) solutions.push(await solveCartPole("CartPole-v1", seed));
  const solved = solutions.filter(({ steps }) => steps !== null);
  const middle = (values: number[]): number | null => (values.length === 0 ? null : round(median(values), 2));
  const steps = middle(solved.map((solution) => solution.steps!));
  const seconds = middle(solved.map((solution) => solution.seconds));
  report(
    `  dqn-cartpole/solve  ${solved.length} of ${seeds.length} seeds solve it; median ${steps} steps, ${seconds} seconds`,
    { name: "dqn-cartpole/solve", steps, seconds, seeds: seeds.length, solved: solved.length },
  );
}

for (const [title, tasks] of [
  ["kernels", kernelTasks()],
  ["replay", replayTasks()],
  ["environments", environmentTasks()],
] as const) {
  console.log(`\n${title} (median nanoseconds per call)`);
  const bench = new Bench({ time: values.quick ? 20 : 200, warmupTime: 50 });
  for (const { name, run } of tasks) bench.add(name, run);
  await bench.run();
  for (const task of bench.tasks) {
    const { result } = task;
    if (!("latency" in result)) throw new Error(`${task.name}: did not run`);
    const nanoseconds = result.latency.p50 * 1e6;
    report(`  ${task.name.padEnd(44)} ${Math.round(nanoseconds).toLocaleString("en").padStart(12)}`, {
      name: `${title}/${task.name}`,
      nanoseconds: Math.round(nanoseconds),
    });
  }
}

console.log("\nvector environments");
{
  const { batched, single } = vectorTasks();
  const [ours, theirs] = takeTurns([batched, single], ROUNDS);
  const perSecond = Math.round((VECTOR_COUNT * 1e6) / undisturbed(ours));
  const ratio = medianRatio(theirs, ours);
  report(
    `  ${VECTOR_COUNT} CartPoles in one array: ${perSecond.toLocaleString("en")} steps per second, ` +
      `${ratio.toFixed(1)} times as fast as single ones`,
    { name: "vector/cartpole", perSecond, timesSingle: round(ratio, 2) },
  );
}

await reportFirstActions(values.quick ? 1 : FIRST_ACTIONS, report);

if (values.json) console.log(JSON.stringify({ results }));
