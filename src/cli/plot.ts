// `bellwether plot`: draws learning curves of runs as one SVG. Runs that differ only in their seed become one line, their
// mean, with a band from the lowest to the highest.

import { CommandLine } from "./command-line.ts";
import { findEnvironment } from "./environments.ts";
import { type Curve, curveSvg, readCurve, runSeries, seedsSeries } from "./learning-curve.ts";
import { isModuleWord, nameOf, seenFrom } from "./module-word.ts";
import { grouped } from "./number-text.ts";
import { writeOutput } from "./output-file.ts";
import { FILES, type RunConfig, RunFolder } from "./run-folder.ts";
import { isSame } from "./settings.ts";
import { UsageError } from "./usage-error.ts";

interface PlottedRun {
  readonly config: RunConfig;
  readonly curve: Curve;
}

/** Runs the command. @returns the exit code */
export async function plot(args: readonly string[]): Promise<number> {
  const line = new CommandLine("plot", args, { out: "text", title: "text" });
  line.requirePositionals(1, Number.POSITIVE_INFINITY, "<run> ...");
  const runs: PlottedRun[] = [];
  for (const path of new Set(line.positionals)) runs.push(await readRun(path));
  const groups = groupRuns(runs);
  const envs = [...new Set(runs.map(({ config }) => nameOf(config.env.id)))];
  const title = line.text("title") ?? (envs.length === 1 ? envs[0] : "Learning curves");
  const labels = labelGroups(groups);
  const series = groups.flatMap((group, i) => {
    if (group.length > 1)
      return [
        seedsSeries(
          group.map(({ curve }) => curve),
          labels[i],
        ),
      ];
    const alone = runSeries(group[0].curve, groups.length > 1 ? "" : `${labels[i]}: `);
    return groups.length > 1 ? [{ ...alone[0], label: labels[i] }] : alone;
  });
  const threshold = envs.length === 1 ? await thresholdOf(runs[0]) : undefined;
  const out =
    line.text("out") ?? (runs.length === 1 ? new RunFolder(line.positionals[0]).filePath(FILES.curve) : "curves.svg");
  const svg = curveSvg(title, series, threshold);
  if (out === "-") {
    process.stdout.write(svg);
    return 0;
  }
  await writeOutput(out, svg);
  const lines = groups.length === 1 ? "1 curve" : `${grouped(groups.length)} curves`;
  process.stdout.write(`${out}: ${lines} of ${runs.length === 1 ? "1 run" : `${grouped(runs.length)} runs`}\n`);
  return 0;
}

async function readRun(path: string): Promise<PlottedRun> {
  const folder = new RunFolder(path);
  if ((await folder.state()) === "absent")
    throw new UsageError(`${path} expected a run folder, got none there. Check the path.`);
  const config = await folder.readConfig();
  const curve = readCurve((await folder.readText(FILES.jsonl)) ?? "");
  if (curve.episodes.length === 0) {
    throw new UsageError(
      `${path} expected at least one finished episode, got none in ${FILES.jsonl}. Train it further.`,
    );
  }
  const { algorithm, env } = config;
  // Paths relative to the current folder: runs in different folders may name the same modules.
  const [own, id] = [algorithm, env.id].map((word) => seenFrom(word, path, process.cwd()));
  return { config: { ...config, algorithm: own, env: { ...env, id } }, curve };
}

/** Returns the mean return that counts as solved; undefined when the environment has none, or its module is gone. */
async function thresholdOf({ config }: PlottedRun): Promise<number | undefined> {
  try {
    const env = await (await findEnvironment(config.env, process.cwd())).make();
    env.close?.();
    return env.spec?.rewardThreshold;
  } catch (error) {
    if (!(error instanceof UsageError) || !isModuleWord(config.env.id)) throw error;
    process.stderr.write(`${error.message} The curve is without a threshold.\n`);
    return undefined;
  }
}

function groupRuns(runs: readonly PlottedRun[]): PlottedRun[][] {
  const groups: PlottedRun[][] = [];
  for (const run of runs) {
    const group = groups.find(([first]) => isSame(identity(first.config), identity(run.config)));
    if (group === undefined) groups.push([run]);
    else group.push(run);
  }
  return groups;
}

/** Returns the part of a configuration that two runs share if they repeat one experiment: everything but the seed. */
function identity({ algorithm, env, steps, settings }: RunConfig): unknown {
  const { seed: _seed, ...others } = settings;
  return { algorithm, env, steps, settings: others };
}

/** Returns a label per group: the algorithm, then the environment and settings in which the groups differ. */
function labelGroups(groups: readonly PlottedRun[][]): string[] {
  const configs = groups.map(([first]) => first.config);
  const facts = configs.map(({ algorithm, env, steps, settings }): Record<string, unknown> => {
    const { seed: _seed, totalSteps: _total, ...others } = settings;
    return { algorithm: nameOf(algorithm), env: nameOf(env.id), steps, ...others };
  });
  const keys = Object.keys(Object.assign({}, ...facts));
  return facts.map((own) => {
    const differing = keys.filter((key) => {
      const comparable = facts.filter((other) => key === "env" || other.algorithm === own.algorithm);
      return key !== "algorithm" && comparable.some((other) => !isSame(other[key], own[key]));
    });
    const parts = differing.map((key) => (key === "env" ? String(own.env) : `${key} ${plain(own[key])}`));
    return [own.algorithm, ...parts].join(", ");
  });
}

function plain(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value).replace(/["{}]/g, "").replaceAll(",", " ") : String(value);
}
