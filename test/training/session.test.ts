// A session: one step at a time in single, promised and several environments, its statistics, and going on from a file.

import { describe, expect, test, vi } from "vitest";
import type { AutoresetMode, VectorEnv } from "../../src/env.ts";
import { CheckpointError } from "../../src/errors.ts";
import { planChoice } from "../../src/experience/actor.ts";
import { type SavedSession, Session } from "../../src/training/session.ts";
import type { Workplace } from "../../src/workplace.ts";
import { type CountingOptions, countingEnv, countingVector, later } from "./counting-env.ts";
import { type ProbeContext, type ProbeOptions, probeContext, rowsOf, type TakenRow } from "./probe.ts";

const MODES: readonly AutoresetMode[] = ["same-step", "next-step", "disabled"];

interface Played {
  readonly context: ProbeContext;
  readonly session: Session;
  /** Rows that are steps, in the order in which they were taken in. */
  readonly taken: TakenRow[];
  /** How often running episodes ended unseen. */
  readonly forgotten: { count: number };
  /** Resets and steps until so many environment steps are made. */
  readonly play: (steps: number) => void;
}

/** A session whose player acts by the observation alone, so that it acts alike in every environment. */
function played(workplace: Workplace, options: ProbeOptions = {}): Played {
  const context = probeContext(workplace, options);
  const { actions, counters, encoder, environments } = context;
  const { action, given } = planChoice(environments, actions.size);
  const taken: TakenRow[] = [];
  const forgotten = { count: 0 };
  const session = new Session(context, {
    choose: ({ rows, observation }) => {
      for (let row = 0; row < rows; row++) {
        action[row] = observation[(row + 1) * encoder.size - 1] % actions.options;
        given[row] = action[row];
      }
      return { action, given, remembered: null };
    },
    take: (step) => {
      const rows = rowsOf(step, context).filter(({ skip }) => !skip);
      taken.push(...rows);
      counters.envSteps += rows.length;
    },
    forget: () => {
      forgotten.count++;
    },
  });
  const play = (steps: number): void => {
    while (counters.envSteps < steps) session.advance();
  };
  return { context, session, taken, forgotten, play };
}

/** Transitions of one environment. */
const ofEnvironment = (taken: readonly TakenRow[], e: number): object[] =>
  taken
    .filter(({ environment }) => environment === e)
    .map(({ environment: _, value, skip, ...transition }) => transition);

const LENGTHS = [2, 3, 5];
const ENDS: CountingOptions = { terminates: true };

describe("the same transitions come out", () => {
  const singles = LENGTHS.map((length, index) => {
    const { play, taken } = played(countingEnv(index, length, ENDS));
    play(20);
    return ofEnvironment(taken, 0);
  });

  test.each(MODES)("of several environments in mode %s as of each alone", (mode) => {
    const { play, taken } = played(countingVector(LENGTHS, mode, ENDS));
    play(60);
    for (const [e, single] of singles.entries()) {
      const transitions = ofEnvironment(taken, e);
      expect(transitions.length).toBeGreaterThan(12);
      const common = Math.min(transitions.length, single.length);
      expect(transitions.slice(0, common)).toEqual(single.slice(0, common));
    }
  });

  test("of an environment that answers with promises as of one that answers at once", async () => {
    const { context, session, taken } = played(later(countingEnv(1, 3, ENDS)));
    while (context.counters.envSteps < 20) {
      const advanced = session.advance();
      expect(advanced).toBeInstanceOf(Promise);
      await advanced;
    }
    expect(ofEnvironment(taken, 0)).toEqual(singles[1]);
  });
});

test("a call is a reset or a step, and says which", () => {
  const { session } = played(countingEnv(0, 2));
  const calls = Array.from({ length: 7 }, () => session.advance());
  expect(calls).toEqual([false, true, true, false, true, true, false]);
});

test("environments start with the agent's seed, and go on without", () => {
  const env = countingEnv(0, 2);
  played(env, { seed: 40 }).play(6);
  expect(env.resets).toEqual([{ seed: 40 }, undefined, undefined]);
  const vector = countingVector([3, 3], "same-step");
  const reset = vi.spyOn(vector, "reset");
  played(vector, { seed: 40 }).play(20);
  expect(reset.mock.calls).toEqual([[{ seed: 40 }]]);
});

describe("statistics", () => {
  test("are each episode's own: return, length, and the step at which it ended over all environments", () => {
    for (const mode of ["same-step", "disabled"] as const) {
      const { context, session } = played(countingVector([2, 3, 100], mode));
      const ended: number[][] = [];
      while (context.counters.envSteps < 18) {
        session.advance();
        ended.push(...session.endedReturns.map((r, i) => [r, session.endedLengths[i], session.endedAt[i]]));
      }
      // Step 2 ends environment 0, step 3 environment 1, step 4 environment 0, step 6 both; transition 3 t + e + 1 is that of
      // environment e in step t.
      expect(ended).toEqual([
        ...[
          [2, 2, 4],
          [6, 3, 8],
          [2, 2, 10],
        ],
        ...[
          [2, 2, 16],
          [6, 3, 17],
        ],
      ]);
      expect([session.lastReturn, session.lastLength]).toEqual([6, 3]);
      expect(session.meanReturn).toBeCloseTo(18 / 5, 12);
    }
  });

  test("count no reset as a step", () => {
    const { context, session, taken, play } = played(countingVector([1, 4], "next-step"));
    play(6);
    // Environment 0: step, reset, step, reset; environment 1: four steps.
    expect(taken.filter(({ environment }) => environment === 0)).toHaveLength(2);
    expect([context.counters.envSteps, session.endedAt, session.endedLengths]).toEqual([6, [6], [4]]);
  });

  test("are NaN before the first episode, and of the last hundred then", () => {
    const { session, play } = played(countingEnv(0, 2));
    expect([session.lastReturn, session.meanReturn, session.lastLength]).toEqual([Number.NaN, Number.NaN, 0]);
    play(500);
    expect((session.save() as SavedSession).recentReturns).toHaveLength(100);
    expect(session.meanReturn).toBe(2);
  });
});

describe("when something goes wrong", () => {
  test("running episodes end unseen, and the next call begins new ones", () => {
    let fails = false;
    const before = (): void => {
      if (fails) throw new Error("power cut");
    };
    for (const workplace of [countingEnv(0, 50, { before }), countingVector([50, 50], "next-step", { before })]) {
      const { play, session, forgotten } = played(workplace);
      play(6);
      fails = true;
      expect(() => session.advance()).toThrow("power cut");
      expect(forgotten.count).toBe(1);
      fails = false;
      expect(session.advance()).toBe(false);
      expect(session.advance()).toBe(true);
    }
  });

  test("by promise, it is a rejection, and the episode ends likewise", async () => {
    const env = later(
      countingEnv(0, 50, {
        before: () => {
          throw new Error("no connection");
        },
      }),
    );
    const { session, forgotten } = played(env);
    await session.advance();
    await expect(session.advance()).rejects.toThrow("no connection");
    expect(forgotten.count).toBe(1);
    expect(await session.advance()).toBe(false);
  });

  test("at a reset, nothing was running that could end", () => {
    const env = {
      ...countingEnv(0, 50),
      reset: () => {
        throw new Error("no track");
      },
    };
    const { session, forgotten } = played(env);
    expect(() => session.advance()).toThrow("no track");
    expect(forgotten.count).toBe(0);
  });
});

test("episodes that were observed elsewhere end unseen where a session begins its own", () => {
  const { context, session, forgotten } = played(countingEnv(0, 2));
  session.advance();
  expect(forgotten.count).toBe(0);
  session.advance();
  session.advance();
  session.advance();
  // Between its own episodes nothing is forgotten.
  expect(forgotten.count).toBe(0);
  session.advance();
  session.advance();
  context.counters.envSteps += 3;
  session.advance();
  expect(forgotten.count).toBe(1);
});

test("without an environment there is none", () => {
  const { observationSpace, actionSpace } = countingEnv(0, 2);
  const { session } = played({ observationSpace, actionSpace });
  expect(session.hasEnvironment).toBe(false);
  const saved = session.save();
  expect(saved).toMatchObject({ observation: null, envState: null });
  expect(session.restore(saved)).toBe(undefined);
  const { session: within } = played(countingEnv(0, 2));
  within.advance();
  expect(session.restore(within.save())).toBe("there is no environment");
});

describe("a file goes on between any two steps", () => {
  const make: Record<string, () => Workplace> = {
    "a single environment": () => countingEnv(1, 3, ENDS),
    ...Object.fromEntries(MODES.map((mode) => [mode, (): VectorEnv => countingVector(LENGTHS, mode, ENDS)])),
  };
  test.each(Object.keys(make))("%s", (name) => {
    const CALLS = 25;
    const whole = played(make[name]());
    for (let call = 0; call < CALLS; call++) whole.session.advance();
    for (let cut = 0; cut < CALLS; cut++) {
      const first = played(make[name]());
      for (let call = 0; call < cut; call++) first.session.advance();
      const saved = JSON.parse(JSON.stringify(first.session.save())) as SavedSession;
      const rest = played(make[name]());
      rest.session.check(saved, 0);
      rest.context.counters.envSteps = first.context.counters.envSteps;
      expect(rest.session.restore(saved)).toBe(undefined);
      for (let call = cut; call < CALLS; call++) rest.session.advance();
      expect([...first.taken, ...rest.taken], `cut before call ${cut}`).toEqual(whole.taken);
      expect(rest.session.save()).toEqual(whole.session.save());
      expect(rest.forgotten.count).toBe(0);
    }
  });

  test("in new episodes where the environment cannot save its state, or was another", () => {
    const single = played(countingEnv(0, 9));
    single.play(3);
    const vector = played(countingVector([9, 9]));
    vector.play(4);
    const forgetful = played(countingEnv(0, 9, { saves: false }));
    expect(forgetful.session.restore(single.session.save())).toBe("the environment has no saveState/loadState");
    expect(forgetful.session.advance()).toBe(false);
    const other = (session: Session, saved: SavedSession): unknown => {
      session.check(saved, 0);
      return session.restore(saved);
    };
    const inVector = played(countingVector([9, 9])).session;
    expect(other(inVector, single.session.save())).toBe("it was saved in a single environment");
    const inSingle = played(countingEnv(0, 9)).session;
    expect(other(inSingle, vector.session.save())).toBe("it was saved in a vector environment");
  });

  test("keeps updates that are still to be made", () => {
    const { session } = played(countingEnv(0, 9));
    session.pendingUpdates = 3;
    const again = played(countingEnv(0, 9)).session;
    again.restore(session.save());
    expect(again.pendingUpdates).toBe(3);
  });
});

describe("a file that does not fit", () => {
  const single = (): SavedSession => {
    const { play, session } = played(countingEnv(0, 9));
    play(3);
    return session.save();
  };
  test.each<[Partial<SavedSession> & object, string]>([
    [{ pendingUpdates: -1 }, "load: session.pendingUpdates expected a count, got -1."],
    [{ pendingUpdates: 6 }, "load: session.pendingUpdates expected at most 5, got 6."],
    [{ lastLength: 0.5 }, "load: session.lastLength expected a count, got 0.5."],
    [{ recentReturns: new Array(101).fill(0) }, "load: session.recentReturns expected at most 100 numbers, got ["],
    [{ recentReturns: ["1"] as never }, 'load: session.recentReturns expected at most 100 numbers, got ["1"].'],
    [{ lastReturn: "1" as never }, 'load: session.lastReturn expected a number, got "1".'],
    [{ seeded: 1 as never }, "load: session.seeded expected true or false, got 1."],
    [{ episodeReturn: "1" as never }, 'load: session.episodeReturns expected 1 numbers, got ["1"].'],
    [{ episodeLength: -1 }, "load: session.episodeLengths expected a count, got -1."],
    [{ observation: [1] }, "load: session.observation expected 2 numbers, got [1]."],
  ])("is refused with %o, and nothing changes", (changes, message) => {
    const { session } = played(countingEnv(0, 9));
    const before = session.save();
    const check = (): void => session.check({ ...single(), ...changes }, 5);
    expect(check).toThrow(CheckpointError);
    expect(check).toThrow(message);
    expect(session.save()).toEqual(before);
    session.check(single(), 5);
  });

  test("is refused with other numbers of episodes than there are environments", () => {
    const { play, session } = played(countingVector([9, 9]));
    play(4);
    const check = (changes: Partial<SavedSession>) => (): void =>
      played(countingVector([9, 9])).session.check({ ...session.save(), ...changes }, 0);
    expect(check({ episodeReturns: [1] })).toThrow("load: session.episodeReturns expected 2 numbers, got [1].");
    expect(check({ episodeLengths: [1, -1] })).toThrow("load: session.episodeLengths expected a count, got -1.");
    expect(check({})).not.toThrow();
  });

  test("is refused by the environment, whose message is told", () => {
    const loadState = (): void => {
      throw new RangeError("state expected a place on the map");
    };
    const { session } = played({ ...countingEnv(0, 9), loadState });
    expect(() => session.restore(single())).toThrow(
      new CheckpointError(
        "load: environment expected a state that it had saved, got one that it refuses: state expected a place on the map",
      ),
    );
  });
});
