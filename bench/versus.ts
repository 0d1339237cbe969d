// `npm run bench:versus`: compares the speed of Bellwether with other libraries, in this run, on this machine. All libraries
// do the same work from the same start. Their results are compared first, then they are timed in turns (bench/versus).
// `--json` adds one line of JSON at the end; `--quick` takes few rounds; `--only NAME` measures tasks with NAME in their name.

import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { shapeName, UPDATE_SHAPES } from "./agents/dqn.bench.ts";
import { planUpdateTask } from "./agents/update-task.ts";
import { median, medianRatio } from "./measure.ts";

interface Measured {
  readonly library: string;
  /** Microseconds per call, one entry per round; undefined for a round that the library skipped. */
  readonly times: readonly (number | undefined)[];
  /** For update: largest difference from Bellwether, as a share of the update's change. For act: number of compared actions. */
  readonly agreement: number;
}

interface Options {
  readonly rounds: number;
  readonly budgetMs: number;
  readonly warmupMs: number;
}

interface Versus {
  inTurns(
    thing: string,
    task: unknown,
    options: Options,
  ): Promise<(Measured | { readonly library: string; readonly missing: string })[]>;
  makePolicy(): unknown;
}

/** Path from build/tools/bench. These files are not compiled: their packages are separate; type checks must not need them. */
const module = (name: string): string => new URL(`../../../bench/versus/${name}.mjs`, import.meta.url).href;
const { inTurns } = (await import(module("turns"))) as Pick<Versus, "inTurns">;
const { makePolicy } = (await import(module("policy"))) as Pick<Versus, "makePolicy">;

const { values } = parseArgs({
  options: {
    json: { type: "boolean" },
    quick: { type: "boolean" },
    only: { type: "string", multiple: true },
  },
});
const OPTIONS: Options = values.quick
  ? { rounds: 5, budgetMs: 100, warmupMs: 100 }
  : { rounds: 151, budgetMs: 3000, warmupMs: 2000 };

const THINGS = [
  ...UPDATE_SHAPES.map((shape) => ({
    name: `update/${shapeName(shape)}/b${shape.batchSize}`,
    thing: module("update"),
    task: () => planUpdateTask(shape) as unknown,
  })),
  { name: "act/4-64-64-2", thing: module("act"), task: makePolicy },
];

const chosen = THINGS.filter(({ name }) => values.only?.some((part) => name.includes(part)) ?? true);
if (chosen.length === 0) {
  const names = THINGS.map(({ name }) => name).join(", ");
  throw new RangeError(`bench:versus: --only expected part of one of ${names}, got ${values.only?.join(", ")}.`);
}

const results: Record<string, unknown>[] = [];
const significant = (value: number): number => Number(value.toPrecision(4));

/** Returns the ratio over the rounds in which both libraries took part. */
function ratio(theirs: Measured, ours: Measured): number {
  const rounds = theirs.times.flatMap((time, round) => {
    const own = ours.times[round];
    return time === undefined || own === undefined ? [] : [[time, own]];
  });
  return medianRatio(
    rounds.map(([time]) => time),
    rounds.map(([, own]) => own),
  );
}

const microsecondsOf = ({ times }: Measured): number => median(times.filter((time) => time !== undefined));

console.log(
  `Node ${process.versions.node} (V8 ${process.versions.v8}) on ${cpus()[0]?.model ?? "an unknown processor"}`,
);
for (const { name, thing, task } of chosen) {
  console.log(`\n${name} (median microseconds)`);
  const measured = await inTurns(thing, task(), OPTIONS);
  const ours = measured[0] as Measured;
  for (const contestant of measured) {
    const { library } = contestant;
    if ("missing" in contestant) {
      console.log(`  ${library}: not run, ${contestant.missing}`);
      results.push({ name, peer: library, missing: contestant.missing });
      continue;
    }
    const microseconds = significant(microsecondsOf(contestant));
    const rounds = contestant.times.filter((time) => time !== undefined).length;
    const line = `  ${library.padEnd(20)} ${microseconds.toLocaleString("en").padStart(12)}`;
    if (contestant === ours) {
      console.log(line);
      results.push({ name, microseconds });
      continue;
    }
    const times = significant(ratio(contestant, ours));
    const check = name.startsWith("act/")
      ? `${contestant.agreement} actions the same`
      : `differs by ${contestant.agreement.toExponential(0)}`;
    console.log(`${line}  ${times} times as long (${rounds} rounds; ${check})`);
    results.push({
      name,
      peer: library,
      ratio: times,
      microseconds,
      oursMicroseconds: significant(microsecondsOf(ours)),
      ...(name.startsWith("update/") ? { difference: significant(contestant.agreement) } : {}),
    });
  }
}

if (values.json) console.log(JSON.stringify({ results }));
