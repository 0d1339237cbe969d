#!/usr/bin/env node
// The command line: finds the command, and turns what it throws into one line and an exit code.
// 0: done. 1: something failed. 2: wrong words. 130: interrupted.

import { ALGORITHM_LIST, COMMAND_HELP, PROGRAM_HELP } from "./help.ts";
import { libraryVersion } from "./version.ts";

type Command = (args: readonly string[]) => Promise<number>;

/** Loaded when called: `--help` answers without compiling the library. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  train: async () => (await import("./train.ts")).train,
  evaluate: async () => (await import("./evaluate.ts")).evaluate,
  play: async () => (await import("./play.ts")).play,
  plot: async () => (await import("./plot.ts")).plot,
  export: async () => (await import("./export.ts")).exportPolicy,
  compare: async () => (await import("./compare.ts")).compare,
  tune: async () => (await import("./tune.ts")).tune,
  envs: async () => (await import("./envs.ts")).envs,
  doctor: async () => (await import("./doctor.ts")).doctor,
};

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === "--version" || name === "-v") {
    process.stdout.write(`${libraryVersion()}\n`);
    return 0;
  }
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const topic = rest[0];
    const isCommand = topic !== undefined && Object.hasOwn(COMMAND_HELP, topic);
    process.stdout.write(isCommand ? await commandHelp(topic) : PROGRAM_HELP);
    return 0;
  }
  if (!Object.hasOwn(COMMANDS, name)) {
    const { unknownCommand } = await import("./unknown-command.ts");
    throw unknownCommand(name, Object.keys(COMMANDS));
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(await commandHelp(name));
    return 0;
  }
  const command = await COMMANDS[name]();
  return command(rest);
}

/** The library is loaded where the algorithms are to be listed. */
async function commandHelp(name: string): Promise<string> {
  const text = COMMAND_HELP[name];
  if (!text.includes(ALGORITHM_LIST)) return text;
  const { algorithmList } = await import("./algorithm-list.ts");
  return text.replace(ALGORITHM_LIST, algorithmList());
}

function report(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`bellwether: ${message.replace(/\s*\n\s*/g, " ")}\n`);
  if (process.env.BELLWETHER_DEBUG === "1" && error instanceof Error) {
    process.stderr.write(`${error.stack}\n`);
    if (error.cause instanceof Error) process.stderr.write(`caused by ${error.cause.stack}\n`);
  }
  // By its name: its class comes with the commands.
  return error instanceof Error && error.name === "UsageError" ? 2 : 1;
}

// `bellwether envs | head -1` closes the pipe early: that is the reader's right, and no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}
// Not process.exit: what was written must reach a pipe first.
process.exitCode = await main(process.argv.slice(2)).catch(report);
