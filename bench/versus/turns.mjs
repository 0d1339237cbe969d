// Compares libraries. Each runs in its own process (contestant.mjs), where no other library is loaded. They are timed in
// turns, round by round, so that a drift of the processor's clock affects all of them.

import { fork } from "node:child_process";
import { join } from "node:path";

/** A round is long enough to include garbage collection, and short enough that an interruption spoils few calls. */
const ROUND_MS = 10;

/** Before a round of calls up to this long, one uncounted call refills the caches after the other libraries' turns. */
const REHEARSED_MICROSECONDS = 500_000;

/** Least number of rounds, for a library that is too slow for its budget. */
const FEWEST_ROUNDS = 3;

/**
 * Times the libraries.
 * @param thing URL of the module that defines the measurement. It exports LIBRARIES (Bellwether first), FOLDER (the folder of
 *   their modules, beside it), `open(library, task)`, called in the library's process, and `agree(ours, theirs, task, library)`
 * @param task data for every library, sent by structured clone
 * @param options.rounds largest number of rounds of a library; a slow library skips some, evenly spread
 * @param options.budgetMs milliseconds of all rounds of a library; a library above it takes part in fewer, at least FEWEST_ROUNDS
 * @param options.warmupMs milliseconds of processor time for each library before its first round
 * @param options.libraries names of the libraries; the others are compared with the first. Default: LIBRARIES.
 * @returns for each library `{ library, missing }` with the reason, or `{ library, agreement, times }`: the result of `agree`,
 *   and microseconds per call, one entry per round, undefined for a round that the library skipped
 * @throws Error when a library does not agree with the first one, or fails
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
