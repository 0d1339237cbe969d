import { expect, test } from "vitest";

interface Result {
  readonly library: string;
  readonly missing?: string;
  readonly agreement?: number;
  readonly times?: readonly (number | undefined)[];
}

/** Not compiled with the rest; see bench/versus.ts. */
const { inTurns } = (await import(new URL("../../bench/versus/turns.mjs", import.meta.url).href)) as {
  inTurns(thing: string, task: unknown, options: Record<string, unknown>): Promise<Result[]>;
};

const RACE = new URL("race.mjs", import.meta.url).href;
const OPTIONS = { rounds: 12, budgetMs: 150, warmupMs: 5 };
const race = (...libraries: string[]): Promise<Result[]> => inTurns(RACE, { from: 5 }, { ...OPTIONS, libraries });

test("all libraries take part where none are named", async () => {
  const results = await inTurns(RACE, { from: 5 }, { ...OPTIONS, rounds: 1 });
  expect(results.map(({ library }) => library)).toEqual(["ours", "slow", "promising", "absent"]);
});

test("every library is timed in its own process, and says what it has in common with ours", async () => {
  const [ours, slow] = await race("ours", "slow");
  expect(ours).toMatchObject({ library: "ours", agreement: 2 });
  expect(slow).toMatchObject({ library: "slow", agreement: 2 });
  expect(ours.times).toHaveLength(12);
  for (const time of ours.times!) expect(time).toBeLessThan(1000);
});

test("a library too slow for its budget sits out rounds, spread evenly", async () => {
  const [ours, slow] = await race("ours", "slow");
  const present = slow.times!.flatMap((time, round) => (time === undefined ? [] : [round]));
  expect(slow.times).toHaveLength(ours.times!.length);
  expect(present).toEqual([3, 7, 11]);
  for (const round of present) expect(slow.times![round]).toBeGreaterThan(39_000);
});

test("a promise is waited for", async () => {
  const [, promising] = await race("ours", "promising");
  for (const time of promising.times!) if (time !== undefined) expect(time).toBeGreaterThan(19_000);
});

test("time in which the processor was others' does not count", async () => {
  const [, waiting] = await race("ours", "waiting");
  for (const time of waiting.times!) if (time !== undefined) expect(time).toBeLessThan(30_000);
});

test("a library that does not run here is told with its reason, and the others are measured", async () => {
  const [ours, absent] = await race("ours", "absent");
  expect(absent).toEqual({ library: "absent", missing: "it is only a name" });
  expect(ours.times).toHaveLength(12);
});

test("a library that does something else ends the run", async () => {
  await expect(race("ours", "wrong")).rejects.toThrow("race: the count of wrong expected 6, got 7");
});

test("a library that fails ends the run with its own error", async () => {
  await expect(race("ours", "throwing")).rejects.toThrow("throwing: Error: no more numbers");
});

test("a library whose process ends, ends the run", async () => {
  await expect(race("ours", "dying")).rejects.toThrow("dying: its process ended with code 7");
});

test("a library that cannot be imported ends the run", async () => {
  await expect(race("ours", "nonexistent")).rejects.toThrow("nonexistent: Error");
});
