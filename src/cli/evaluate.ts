// `bellwether evaluate`: plays greedy episodes of a trained policy and reports their returns.

import { CommandLine } from "./command-line.ts";
import { grouped, short, spread } from "./number-text.ts";
import { shownPath } from "./run-folder.ts";
import { loadPlayedPolicy, POLICY_OPTIONS } from "./saved-policy.ts";
import { Terminal } from "./terminal.ts";
import { blamed } from "./user-module.ts";

const OPTIONS = { ...POLICY_OPTIONS, episodes: "text", seed: "text", json: "flag" } as const;

/** Runs the command. @returns the exit code */
export async function evaluate(args: readonly string[]): Promise<number> {
  const line = new CommandLine("evaluate", args, OPTIONS);
  line.requirePositionals(1, 1, "<run>");
  const episodes = line.count("episodes", 1) ?? 100;
  const seed = line.count("seed", 0) ?? 10_000;
  const policy = await loadPlayedPolicy(line, line.positionals[0]);
  const { agent, algorithmName: algorithm, env, envName, file, notes, which } = policy;
  for (const note of notes) process.stderr.write(`${note}\n`);
  const threshold = env.spec?.rewardThreshold;
  const result = await agent
    .evaluate(() => env, { episodes, seed })
    .catch((error) => {
      throw blamed(error, policy.envModule);
    });
  const { mean, std, min, max, envSteps, returns } = result;
  if (line.has("json")) {
    const json = { algorithm, env: envName, which, file, seed, episodes, mean, std, min, max, envSteps, returns };
    process.stdout.write(`${JSON.stringify(json)}\n`);
    return 0;
  }
  const terminal = new Terminal(process.stdout);
  const what = which === "file" ? "policy" : `${which} policy`;
  terminal.print(`${what} of ${algorithm} on ${envName}, from step ${grouped(agent.envSteps)}  (${shownPath(file)})`);
  terminal.print(
    `${grouped(episodes)} greedy episodes, seeds ${seed} to ${seed + episodes - 1}, ${grouped(envSteps)} steps:`,
  );
  const numbers = `return ${short(mean)} ± ${spread(std)}`;
  terminal.print(`  ${terminal.style(numbers, "bold")}   lowest ${short(min)}   highest ${short(max)}`);
  if (threshold !== undefined) {
    terminal.print(`  ${mean >= threshold ? "solved" : "not solved"}: the threshold is ${short(threshold)}`);
  }
  return 0;
}
