// Runs tasks in worker threads, a few at a time. Each task has its own thread: its memory is freed with the thread, and a
// task that crashes does not harm the others.

import { parentPort, Worker, workerData } from "node:worker_threads";

/** A message of a worker: any number of progress messages, then one result. */
type Message = { readonly progress: unknown } | { readonly result: unknown };

/** Thrown for a task that had not finished when the pool was closed. */
export class PoolClosedError extends Error {
  override readonly name = "PoolClosedError";
}

export class WorkerPool {
  readonly #file: URL;
  readonly #places: number;
  readonly #running = new Set<Worker>();
  readonly #waiting: (() => void)[] = [];
  #taken = 0;
  #closed = false;

  /**
   * @param file module of the worker, which calls `serveTask`
   * @param places number of tasks at a time, at least 1
   */
  constructor(file: URL, places: number) {
    this.#file = file;
    this.#places = places;
  }

  /**
   * Waits until a thread is free, then runs the task to its end.
   * @throws PoolClosedError after `close`; otherwise the error of the task, or an Error when its thread died
   */
  async run<Result>(
    task: unknown,
    hooks: { readonly onStart?: () => void; readonly onProgress?: (progress: never) => void } = {},
  ): Promise<Result> {
    if (this.#taken >= this.#places) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#taken++;
    try {
      if (this.#closed) throw closed();
      hooks.onStart?.();
      return await this.#runInThread<Result>(task, hooks.onProgress);
    } finally {
      // The task that has waited longest gets the free place.
      const next = this.#waiting.shift();
      if (next !== undefined) next();
      else this.#taken--;
    }
  }

  /** Ends running tasks at once. Waiting tasks never start. */
  close(): void {
    this.#closed = true;
    for (const worker of this.#running) void worker.terminate();
  }

  #runInThread<Result>(task: unknown, onProgress: ((progress: never) => void) | undefined): Promise<Result> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(this.#file, { workerData: task });
      this.#running.add(worker);
      let done = false;
      worker.on("message", (message: Message) => {
        if ("progress" in message) return onProgress?.(message.progress as never);
        done = true;
        resolve(message.result as Result);
      });
      worker.on("error", (error) => {
        done = true;
        reject(this.#closed ? closed() : error);
      });
      worker.on("exit", (code) => {
        this.#running.delete(worker);
        if (done) return;
        reject(this.#closed ? closed() : new Error(`worker expected to send a result, got its end (code ${code}).`));
      });
    });
  }
}

/** Does the one task of this worker thread. The worker's module calls this function. */
export async function serveTask<Task, Result>(
  work: (task: Task, report: (progress: unknown) => void) => Promise<Result>,
): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error("serveTask: expected to run in a worker thread, got the main one.");
  const result = await work(workerData as Task, (progress) => port.postMessage({ progress }));
  port.postMessage({ result });
}

function closed(): PoolClosedError {
  return new PoolClosedError("The work was stopped before this task came to its end.");
}
