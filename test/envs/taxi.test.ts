import { expect, test } from "vitest";
import { decodeTaxi, encodeTaxi, Taxi } from "../../src/envs/taxi.ts";

test("encodes and decodes all 500 states", () => {
  for (let state = 0; state < 500; state++) expect(encodeTaxi(decodeTaxi(state))).toBe(state);
  expect(decodeTaxi(314)).toEqual({ row: 3, column: 0, passenger: 3, destination: 2 });
});

test("starts in one of 300 states", () => {
  const start = new Taxi().startDistribution();
  expect(start.filter((probability) => probability > 0)).toHaveLength(300);
});

test("masks the actions that change nothing", () => {
  const env = new Taxi();
  const { observation, info } = env.reset({ seed: 0 });
  const mask = info.actionMask as Uint8Array;
  expect(mask).toHaveLength(6);
  env.transitions()[observation].forEach(([outcome], action) => {
    expect(mask[action]).toBe(outcome.nextState === observation ? 0 : 1);
  });
});

test("pays 20 for a delivery and -10 for false service", () => {
  const table = new Taxi().transitions();
  const at = (passenger: number): number => encodeTaxi({ row: 0, column: 0, passenger, destination: 0 });
  expect(table[at(4)][5]).toEqual([{ probability: 1, nextState: at(0), reward: 20, terminated: true }]);
  expect(table[at(1)][4]).toEqual([{ probability: 1, nextState: at(1), reward: -10, terminated: false }]);
  const elsewhere = encodeTaxi({ row: 0, column: 4, passenger: 4, destination: 0 });
  expect(table[elsewhere][5][0]).toMatchObject({ reward: -1, terminated: false });
});

test("slides aside in the rain, but not where the way is shut", () => {
  const table = new Taxi({ isRainy: true, rainyProbability: 0.6 }).transitions();
  const open = encodeTaxi({ row: 2, column: 2, passenger: 0, destination: 1 });
  expect(table[open][1].map(({ probability }) => probability)).toEqual([0.6, 0.2, 0.2]);
  expect(table[open][1].map(({ nextState }) => decodeTaxi(nextState))).toMatchObject([
    { row: 1, column: 2 },
    { row: 2, column: 1 },
    { row: 2, column: 3 },
  ]);
  const shut = encodeTaxi({ row: 4, column: 0, passenger: 0, destination: 1 });
  expect(table[shut][2].every(({ nextState }) => nextState === shut)).toBe(true);
});

test("a fickle passenger changes his mind at most once, on a move with him aboard", () => {
  const env = new Taxi({ ficklePassenger: true, fickleProbability: 1 });
  env.reset({ seed: 0 });
  const chosen = new Set<number>();
  for (let seed = 0; seed < 30; seed++) {
    env.reset({ seed });
    const aboard = encodeTaxi({ row: 2, column: 2, passenger: 4, destination: 1 });
    env.loadState({ ...(env.saveState() as object), episode: [aboard, -1, 1] });
    expect(decodeTaxi(env.step(4).observation).destination).toBe(1); // no move
    const { destination } = decodeTaxi(env.step(0).observation);
    expect(destination).not.toBe(1);
    chosen.add(destination);
    for (let i = 0; i < 50; i++) expect(decodeTaxi(env.step(i % 4).observation).destination).toBe(destination);
  }
  expect([...chosen].sort()).toEqual([0, 2, 3]);
});

test("shows taxi, passenger and destination", () => {
  const env = new Taxi();
  env.reset({ seed: 0 }); // state 314: row 3, column 0, passenger at blue, to yellow
  expect(env.renderText().split("\n")).toEqual([
    "+-------------------+",
    "| R :   |   :   : G |",
    "|   :   |   :   :   |",
    "|   :   :   :   :   |",
    "|[ ]|   :   |   :   |",
    "|(Y)|   :   | b :   |",
    "+-------------------+",
    "[ ] taxi, passenger waits at blue, ( ) destination yellow",
  ]);
});

test("refuses probabilities beyond 0 .. 1", () => {
  expect(() => new Taxi({ rainyProbability: 1.5 })).toThrow(
    new RangeError("Taxi: rainyProbability expected a number at least 0 and at most 1, got 1.5. Gymnasium's is 0.8."),
  );
  expect(() => new Taxi({ fickleProbability: -1 })).toThrow(
    new RangeError("Taxi: fickleProbability expected a number at least 0 and at most 1, got -1. Gymnasium's is 0.3."),
  );
});
