// `bellwether envs`: lists the registered environments.

import type { Space } from "../space.ts";
import { ALGORITHMS } from "./algorithms.ts";
import { CommandLine } from "./command-line.ts";
import { environmentIds, makeEnv } from "./environments.ts";
import { short } from "./number-text.ts";
import { Terminal } from "./terminal.ts";

/** Runs the command. @returns the exit code */
export async function envs(args: readonly string[]): Promise<number> {
  const line = new CommandLine("envs", args, { json: "flag" });
  line.requirePositionals(0, 0, "");
  const found = environmentIds().map((id) => {
    const { observationSpace, actionSpace, spec } = makeEnv({ id, options: {} });
    return {
      id,
      observation: spaceText(observationSpace),
      action: spaceText(actionSpace),
      maxEpisodeSteps: spec?.maxEpisodeSteps ?? null,
      rewardThreshold: spec?.rewardThreshold ?? null,
      presets: presetsOf(id),
    };
  });
  if (line.has("json")) {
    process.stdout.write(`${JSON.stringify(found)}\n`);
    return 0;
  }
  const rows = found.map(({ id, observation, action, maxEpisodeSteps, rewardThreshold, presets }) => [
    id,
    observation,
    action,
    maxEpisodeSteps === null ? "none" : String(maxEpisodeSteps),
    rewardThreshold === null ? "none" : short(rewardThreshold),
    presets.map(({ algorithm, name }) => (name === id ? algorithm : `${algorithm} (${name})`)).join(", "),
  ]);
  const header = ["environment", "observation", "action", "step limit", "solved at", "presets"];
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const text = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell.padEnd(widths[i]))
      .join("  ")
      .trimEnd();
  const terminal = new Terminal(process.stdout);
  terminal.print(terminal.style(text(header), "bold"));
  for (const row of rows) terminal.print(text(row));
  return 0;
}

function presetsOf(id: string): { algorithm: string; name: string }[] {
  return Object.entries(ALGORITHMS).flatMap(
    ([
      algorithm,
      {
        about: { presets = {} },
      },
    ]) =>
      Object.keys(presets)
        .filter((name) => name === id || name.startsWith(`${id}/`))
        .map((name) => ({ algorithm, name })),
  );
}

/** Returns the space in short: "Discrete(2)", "Box(4)", "Box(84x84)". */
function spaceText(space: Space): string {
  switch (space.kind) {
    case "discrete":
      return `Discrete(${space.n}${space.start === 0 ? "" : `, from ${space.start}`})`;
    case "box":
      return `Box(${space.shape.join("x")})`;
    case "multi-discrete":
      return `MultiDiscrete(${space.nvec.join(", ")})`;
    case "multi-binary":
      return `MultiBinary(${space.n})`;
    case "dict":
      return `Dict(${Object.keys(space.spaces).join(", ")})`;
  }
}
