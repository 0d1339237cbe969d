import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { PoolClosedError, WorkerPool } from "../../src/cli/worker-pool.ts";
import { temporaryFolder } from "./run-cli.ts";

/** A pool whose threads do what the text says with the `task`, and `post` what they have to say. */
function poolOf(text: string, places: number): WorkerPool {
  const file = join(temporaryFolder(), "worker.mjs");
  writeFileSync(
    file,
    `import { parentPort, workerData as task } from "node:worker_threads";
     import { setTimeout as sleep } from "node:timers/promises";
     const post = (message) => parentPort.postMessage(message);
     ${text}`,
  );
  return new WorkerPool(pathToFileURL(file), places);
}

describe("a pool of threads", () => {
  test("gives each task's result, and tells of its progress", async () => {
    const pool = poolOf("post({ progress: task / 2 }); post({ result: task * task });", 2);
    const told: number[] = [];
    const hooks = { onProgress: (value: number) => told.push(value) };
    const results = await Promise.all([2, 4, 6].map((task) => pool.run<number>(task, hooks)));
    expect(results).toEqual([4, 16, 36]);
    expect(told.sort()).toEqual([1, 2, 3]);
  });

  test("has no more tasks going than places, in the order in which they came", async () => {
    const text = "post({ progress: 1 }); await sleep(60); post({ progress: -1 }); post({ result: null });";
    const pool = poolOf(text, 2);
    const started: number[] = [];
    let going = 0;
    let most = 0;
    await Promise.all(
      [1, 2, 3, 4, 5].map(async (task) => {
        const onProgress = (change: number): void => {
          going += change;
          most = Math.max(most, going);
        };
        await pool.run(task, { onStart: () => started.push(task), onProgress });
      }),
    );
    expect(started).toEqual([1, 2, 3, 4, 5]);
    expect(most).toBe(2);
  });

  test("passes on what a task threw, and says when a thread died; others go on", async () => {
    const pool = poolOf(
      "if (task === 1) throw new Error('a mistake'); if (task === 2) process.exit(3); post({ result: task });",
      1,
    );
    const [error, death, result] = await Promise.allSettled([1, 2, 3].map((task) => pool.run(task)));
    expect(error).toMatchObject({ reason: { message: "a mistake" } });
    expect(death).toMatchObject({ reason: { message: expect.stringMatching(/got its end \(code 3\)/) } });
    expect(result).toMatchObject({ value: 3 });
  });

  test("that is closed ends what runs and starts nothing more", async () => {
    const pool = poolOf("await sleep(60_000); post({ result: null });", 1);
    const begun = new Promise<void>((resolve) => {
      pool.run(1, { onStart: resolve }).catch(() => {});
    });
    const waiting = pool.run(2);
    await begun;
    pool.close();
    await expect(waiting).rejects.toThrow(PoolClosedError);
  });
});
