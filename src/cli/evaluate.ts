// `bellwether evaluate`: greedy episodes of a trained policy.

import { CommandLine } from "./command-line.ts";
import { makeEvaluationEnv } from "./environments.ts";
import { grouped, short, spread } from "./number-text.ts";
import { shownPath } from "./run-folder.ts";
import { loadPolicy, POLICY_OPTIONS } from "./saved-policy.ts";
import { Terminal } from "./terminal.ts";

/** @returns the exit code */
export async function evaluate(args: readonly string[]): Promise<number> {
  const line = new CommandLine("evaluate", args, { ...POLICY_OPTIONS, episodes: "text", seed: "text", json: "flag" });
  line.requirePositionals(1, 1, "<run>");
  const episodes = line.count("episodes", 1) ?? 100;
  const seed = line.count("seed", 0) ?? 10_000;
  const { agent, env, file, which } = await loadPolicy(line, line.positionals[0]);
  const result = await agent.evaluate(() => makeEvaluationEnv(env), { episodes, seed });
  const { mean, std, min, max, envSteps, returns } = result;
  const { algorithm } = agent;
  if (line.has("json")) {
    const json = { algorithm, env: env.id, which, file, seed, episodes, mean, std, min, max, envSteps, returns };
    process.stdout.write(`${JSON.stringify(json)}\n`);
    return 0;
  }
  const terminal = new Terminal(process.stdout);
  const what = which === "file" ? "policy" : `${which} policy`;
  terminal.print(`${what} of ${algorithm} on ${env.id}, from step ${grouped(agent.envSteps)}  (${shownPath(file)})`);
  terminal.print(
    `${grouped(episodes)} greedy episodes, seeds ${seed} to ${seed + episodes - 1}, ${grouped(envSteps)} steps:`,
  );
  const numbers = `return ${short(mean)} ± ${spread(std)}`;
  terminal.print(`  ${terminal.style(numbers, "bold")}   lowest ${short(min)}   highest ${short(max)}`);
  const threshold = makeEvaluationEnv(env).spec?.rewardThreshold;
  if (threshold !== undefined) {
    terminal.print(`  ${mean >= threshold ? "solved" : "not solved"}: the threshold is ${short(threshold)}`);
  }
  return 0;
}
