#!/usr/bin/env node
// The command line: finds and runs the command, and turns an error into one line and an exit code.
// Exit codes: 0 done, 1 failed, 2 wrong input, 130 interrupted.

import { ALGORITHM_LIST, COMMAND_HELP, PROGRAM_HELP } from "./help.ts";
import { libraryVersion } from "./version.ts";

type Command = (args: readonly string[]) => Promise<number>;

/** Commands are imported when they are called, so that `--help` answers without loading the library. */
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
  const { catchingStrays } = await import("./stray-failure.ts");
  return catchingStrays(() => command(rest), onStray);
}

/** Returns the help of a command. The library is loaded only for a help text that lists the algorithms. */
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
  // Recognised by name, because the class UsageError is loaded together with the commands.
  return error instanceof Error && error.name === "UsageError" ? 2 : 1;
}

// `bellwether envs | head -1` closes the pipe early. That is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}
let isStray = false;
const onStray = (): void => {
  if (isStray) return;
  isStray = true;
  // One message is enough, though a file that fails in this way often fails again before the end.
  for (const event of ["uncaughtException", "unhandledRejection"]) process.on(event, () => {});
};
// No call of process.exit here: the output must reach a pipe first.
process.exitCode = await main(process.argv.slice(2)).catch(report);
if (isStray) {
  // The command may still be at work, and it would not end by itself.
  if (process.stdout.isTTY) process.stdout.write("\u001b[?25h");
  const written = [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write("", done)));
  Promise.all(written).then(() => process.exit());
}
