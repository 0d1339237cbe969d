// Libraries side by side: each in a process of its own (contestant.mjs), where no other one is loaded, and all timed in
// turns, round by round, so that a drift of the processor's clock hits all of them.

import { fork } from "node:child_process";
import { join } from "node:path";

/** Long enough for the garbage of a library to be collected in it, short enough for an interruption to spoil few. */
const ROUND_MS = 10;

/** Calls up to here are preceded by one that is not counted: other libraries' turns have emptied the caches. */
const REHEARSED_MICROSECONDS = 500_000;

/** Rounds of a library too slow for its budget. */
const FEWEST_ROUNDS = 3;

/**
 * @param thing URL of the module of what is measured: LIBRARIES (ours first), FOLDER (where their modules are, beside it),
 *   `open(library, task)`, called in the library's process, and `agree(ours, theirs, task, library)`
 * @param task what every library is given; travels by structured clone
 * @param options.rounds most rounds that a library takes part in; slow ones take part in fewer, spread evenly
 * @param options.budgetMs counted milliseconds of each library, above which it takes part in fewer, but FEWEST_ROUNDS
 * @param options.warmupMs milliseconds of the processor for each library before its first round
 * @param options.libraries which ones, the one to compare with first [LIBRARIES]
 * @returns for each library `{ library, missing }` with the reason, or `{ library, agreement, times }`: what `agree` says
 *   of it beside ours, and microseconds per call, one entry per round, undefined where it sat out
 * @throws Error when a library does not agree with ours, or fails
 */
export async function inTurns(thing, task, { rounds, budgetMs, warmupMs, libraries }) {
  const { LIBRARIES, FOLDER, agree } = await import(thing);
  const contestants = (libraries ?? LIBRARIES).map((library) => new Contestant(thing, library, FOLDER));
  try {
    let expected;
    for (const contestant of contestants) {
      const { missing, answer } = await contestant.ask("open", task);
      contestant.missing = missing;
      if (missing !== undefined) continue;
      expected ??= answer;
      contestant.agreement = agree(expected, answer, task, contestant.library);
    }
    const present = contestants.filter(({ missing }) => missing === undefined);
    for (const contestant of present) await contestant.warmUp(warmupMs, rounds, budgetMs);
    await timeInTurns(present);
    return contestants.map(({ library, missing, agreement, times }) =>
      missing === undefined ? { library, agreement, times } : { library, missing },
    );
  } finally {
    for (const contestant of contestants) contestant.stop();
  }
}

async function timeInTurns(contestants) {
  const most = Math.max(...contestants.map(({ rounds }) => rounds));
  for (let round = 0; round < most; round++) {
    for (const contestant of contestants) {
      const share = contestant.rounds / most;
      const takesPart = Math.floor((round + 1) * share) > Math.floor(round * share);
      contestant.times.push(takesPart ? await contestant.timeRound() : undefined);
    }
  }
}

class Contestant {
  times = [];
  rounds = 0;
  #child;
  #calls = 1;
  #isRehearsed = false;

  constructor(thing, library, folder) {
    this.library = library;
    const { href: module } = new URL(`${folder}/${library}.mjs`, thing);
    this.#child = fork(join(import.meta.dirname, "contestant.mjs"), [thing, module], { serialization: "advanced" });
  }

  async warmUp(warmupMs, rounds, budgetMs) {
    const { microseconds } = await this.ask("warmUp", warmupMs);
    this.#calls = Math.max(1, Math.round((ROUND_MS * 1000) / microseconds));
    this.#isRehearsed = microseconds <= REHEARSED_MICROSECONDS;
    const affordable = Math.floor((budgetMs * 1000) / (this.#calls * microseconds));
    this.rounds = Math.min(rounds, Math.max(FEWEST_ROUNDS, affordable));
  }

  async timeRound() {
    if (this.#isRehearsed) await this.ask("time", 1);
    return (await this.ask("time", this.#calls)).microseconds;
  }

  /** @throws Error when the process fails, or ends without an answer */
  ask(question, about) {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`${this.library}: ${why}`));
      const onMessage = ({ error, ...answer }) => {
        child.off("exit", onExit);
        if (error === undefined) resolve(answer);
        else fail(error);
      };
      const onExit = (code, signal) => {
        child.off("message", onMessage);
        fail(`its process ended with ${signal ?? `code ${code}`}`);
      };
      child.once("message", onMessage);
      child.once("exit", onExit);
      if (child.connected) child.send({ question, about });
      else onExit(child.exitCode, child.signalCode);
    });
  }

  stop() {
    this.#child.kill();
  }
}
