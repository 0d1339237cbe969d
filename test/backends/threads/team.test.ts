// A team at work: who does the parts, what it sees, and what is said when a member is lost.

import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Team, threadedExports } from "../../../src/backends/threads/team.ts";
import type { TeamWorker } from "../../../src/backends/threads/worker-host.ts";
import { DeviceError } from "../../../src/errors.ts";
import { openTeam, WORKER } from "./open-team.ts";

/** Words of the block, as assembly/threads/team.ts has them. */
const [OPEN, PENDING, SLEEPERS, STOP] = [0, 16, 32, 33];
/** One that nobody uses. */
const SPARE = 79;

const SIZE = 200;

/** y = x W + b of 200 x 200 x 200, at addresses that are planned for it. */
function planLayer(team: Team): { run: () => void; y: Float32Array } {
  const { engine } = team;
  const square = (): number => engine.allocate(SIZE * SIZE * 4);
  const [x, w, y, bias] = [square(), square(), square(), square()];
  engine.f32(x, SIZE * SIZE).fill(1);
  engine.f32(w, SIZE * SIZE).fill(0.5);
  const run = (): void => engine.exports.dense_forward(SIZE, SIZE, SIZE, x, SIZE * 4, w, bias, 0, y, 0, SIZE * 4);
  return { run, y: engine.f32(y, SIZE * SIZE) };
}

/** The words that a team talks through: the first memory that was planned. */
function wordsOf(team: Team): Int32Array {
  const block = Math.ceil(team.engine.exports.heap_base() / 64) * 64;
  return new Int32Array(team.engine.buffer, block, 80);
}

function failureOf(run: () => void): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(DeviceError);
    return (error as Error).message;
  }
  return "none";
}

async function waitUntil(holds: () => boolean): Promise<void> {
  for (let left = 2000; left > 0 && !holds(); left--) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(holds()).toBe(true);
}

/** A worker that, whenever it can, takes a part of an operation and does something else than that part. */
function thief(what: string): TeamWorker {
  return new Worker(
    `const { parentPort } = require("node:worker_threads");
    parentPort.once("message", ({ memory, block, lost }) => {
      const words = new Int32Array(memory.buffer);
      const [open, pending, stop] = [block / 4, block / 4 + ${PENDING}, block / 4 + ${STOP}];
      const take = () => {
        const left = Atomics.load(words, open);
        return left > 0 && Atomics.compareExchange(words, open, left, left - 1) === left;
      };
      parentPort.postMessage("ready");
      while (Atomics.load(words, stop) === 0) if (take()) { ${what} }
    });`,
    { eval: true },
  );
}

describe("members", () => {
  test("do the whole operation where the caller takes no part", async () => {
    const team = await openTeam(3);
    const { run, y } = planLayer(team);
    run();
    const expected = y.slice();
    expect(expected[SIZE * SIZE - 1]).toBe(SIZE / 2);
    y.fill(0);
    const words = wordsOf(team);
    const parts = 13; // as many as 200 outputs make, 16 each
    Atomics.store(words, PENDING, parts);
    Atomics.store(words, OPEN, parts);
    Atomics.notify(words, OPEN);
    await waitUntil(() => Atomics.load(words, PENDING) === 0);
    expect(y).toEqual(expected);
    team.release();
  });

  test("see memory that was planned after they started", async () => {
    const team = await openTeam(2);
    team.engine.allocate(100 << 20);
    const { run, y } = planLayer(team);
    run();
    y.fill(0);
    const words = wordsOf(team);
    Atomics.store(words, PENDING, 13);
    Atomics.store(words, OPEN, 13);
    Atomics.notify(words, OPEN);
    await waitUntil(() => Atomics.load(words, PENDING) === 0);
    expect(new Set(y)).toEqual(new Set([SIZE / 2]));
    team.release();
  });

  test("fall asleep when nothing is asked for, and wake for the next operation", async () => {
    const team = await openTeam(3);
    const { run, y } = planLayer(team);
    const words = wordsOf(team);
    await waitUntil(() => Atomics.load(words, SLEEPERS) === 2);
    run();
    expect(new Set(y)).toEqual(new Set([SIZE / 2]));
    await waitUntil(() => Atomics.load(words, SLEEPERS) === 2);
    team.release();
  });

  test("end when the team is released, and the caller goes on alone", async () => {
    const workers: Worker[] = [];
    const ended: Promise<unknown>[] = [];
    const startWorker = (): TeamWorker => {
      const worker = new Worker(WORKER);
      workers.push(worker);
      ended.push(new Promise((resolve) => worker.once("exit", resolve)));
      return worker;
    };
    const team = await openTeam(3, { startWorker });
    const { run, y } = planLayer(team);
    team.release();
    expect(await Promise.all(ended)).toEqual([0, 0]);
    run();
    expect(new Set(y)).toEqual(new Set([SIZE / 2]));
  });

  test("leave small operations to the caller", async () => {
    const team = await openTeam(2, { worth: SIZE * SIZE * SIZE + 1 });
    const { run } = planLayer(team);
    const words = wordsOf(team);
    run();
    expect(words[48]).toBe(0); // the function of a fork: there was none
    threadedExports(team.engine).team_open(words.byteOffset, 2, SIZE * SIZE * SIZE);
    run();
    expect(words[48]).not.toBe(0);
    team.release();
  });
});

describe("a measurement by which nothing pays", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test("holds up to the size that whoever asked for threads gave", async () => {
    // Alone and together take no time.
    vi.spyOn(performance, "now").mockReturnValue(0);
    const measured = await openTeam(2, { worth: undefined });
    expect(measured.worth).toBe(Infinity);
    measured.release();
    const asked = await openTeam(2, { worth: undefined, worthAtMost: SIZE * SIZE * SIZE });
    expect(asked.worth).toBe(SIZE * SIZE * SIZE);
    const { run } = planLayer(asked);
    run();
    expect(wordsOf(asked)[48]).not.toBe(0);
    asked.release();
  });
});

describe("a lost member", () => {
  test("is told of when it ends between two operations", async () => {
    let worker: Worker | undefined;
    const startWorker = (): TeamWorker => {
      worker = new Worker(WORKER);
      return worker;
    };
    const team = await openTeam(2, { startWorker });
    const { run } = planLayer(team);
    run();
    await worker!.terminate();
    expect(failureOf(run)).toBe(
      "threads: worker expected to go on, got one that ended with code 1. Go on from the last checkpoint with a new agent.",
    );
    expect(failureOf(run)).toMatch(/ended with code 1/);
    team.release();
  });

  /** Operations until the thief came to take a part of one. */
  const failureOfSome = (run: () => void): string => {
    for (let turn = 0; turn < 100_000; turn++) {
      const failure = failureOf(run);
      if (failure !== "none") return failure;
    }
    return "none";
  };

  test("is told of when it holds a part for too long", async () => {
    const team = await openTeam(2, { startWorker: () => thief("for (;;);"), patienceMs: 300 });
    const { run } = planLayer(team);
    expect(failureOfSome(run)).toBe(
      "threads: worker expected to go on, got one that held a part of an operation for 0.3 s. Go on from the last checkpoint with a new agent.",
    );
    expect(failureOf(run)).toMatch(/held a part/);
    team.release();
  });

  test("is told of at once when it throws while it holds a part", async () => {
    const team = await openTeam(2, { startWorker: () => thief("Atomics.store(words, lost, 1);") });
    const { run } = planLayer(team);
    const start = performance.now();
    expect(failureOfSome(run)).toMatch(/got one that threw an error\. /);
    expect(performance.now() - start).toBeLessThan(25_000);
    team.release();
  });

  test("is told of when it never starts", async () => {
    const broken = (): TeamWorker => new Worker("throw new Error('no such thing')", { eval: true });
    await expect(openTeam(2, { startWorker: broken })).rejects.toThrow(
      'threads: worker expected to start, got one that threw "no such thing". Use one thread.',
    );
    const refused = (): TeamWorker => {
      throw new Error("not here");
    };
    await expect(openTeam(2, { startWorker: refused })).rejects.toThrow(
      "threads: worker expected to start, got Error: not here. Use one thread.",
    );
  });
});

test("an operation that waits has the patience of one, not of all before it", async () => {
  const hold = `
    Atomics.wait(words, block / 4 + ${SPARE}, Atomics.load(words, block / 4 + ${SPARE}), 40);
    Atomics.add(words, block / 4 + ${SPARE}, 1);
    Atomics.sub(words, pending, 1);`;
  const slow = (): TeamWorker => thief(hold);
  const team = await openTeam(2, { startWorker: slow, patienceMs: 600 });
  const { run } = planLayer(team);
  const words = wordsOf(team);
  while (Atomics.load(words, SPARE) < 30) run();
  team.release();
});
