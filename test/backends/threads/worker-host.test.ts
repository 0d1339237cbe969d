import { describe, expect, test, vi } from "vitest";
import { orElse } from "../../../src/backends/threads/worker-host.ts";

type Page = ReturnType<Parameters<typeof orElse>[0]>;

/** A page's worker that tells what was done with it. */
class FakeWorker extends EventTarget {
  readonly posted: unknown[] = [];
  isTerminated = false;

  postMessage(message: unknown): void {
    this.posted.push(message);
  }

  terminate(): void {
    this.isTerminated = true;
  }
}

const failure = (message?: string): Event => Object.assign(new Event("error", { cancelable: true }), { message });
const ORDERS = { block: 64 } as never;

describe("a worker whose file may be missing", () => {
  test("is replaced where it does not load, with its orders and listeners", () => {
    const [first, second] = [new FakeWorker(), new FakeWorker()];
    const worker = orElse(
      () => first as unknown as Page,
      () => second as unknown as Page,
    );
    const [heard, failed] = [vi.fn(), vi.fn()];
    worker.addEventListener?.("message", heard);
    worker.addEventListener?.("error", failed);
    worker.postMessage(ORDERS);
    first.dispatchEvent(failure());
    expect(second.posted).toEqual([ORDERS]);
    expect(failed).not.toHaveBeenCalled();
    second.dispatchEvent(new Event("message"));
    expect(heard).toHaveBeenCalledTimes(1);
    worker.terminate();
    expect(second.isTerminated).toBe(true);
    second.dispatchEvent(failure());
    expect(failed).toHaveBeenCalledTimes(1);
  });

  test("is replaced where a page refuses its address at once", () => {
    const second = new FakeWorker();
    const refuse = (): never => {
      throw new DOMException("another origin", "SecurityError");
    };
    expect(orElse(refuse, () => second as unknown as Page)).toBe(second);
  });

  test("stays where it loaded and threw, or has answered before it failed", () => {
    for (const [answers, event] of [
      [false, failure("out of memory")],
      [true, failure()],
    ] as const) {
      const first = new FakeWorker();
      const spare = vi.fn();
      const failed = vi.fn();
      orElse(() => first as unknown as Page, spare).addEventListener?.("error", failed);
      if (answers) first.dispatchEvent(new Event("message"));
      first.dispatchEvent(event);
      expect(spare).not.toHaveBeenCalled();
      expect(failed).toHaveBeenCalledTimes(1);
    }
  });

  test("fails where a policy refuses the second one, too", () => {
    const first = new FakeWorker();
    const failed = vi.fn();
    const refuse = (): never => {
      throw new DOMException("policy", "SecurityError");
    };
    orElse(() => first as unknown as Page, refuse).addEventListener?.("error", failed);
    first.dispatchEvent(failure());
    expect(failed).toHaveBeenCalledTimes(1);
  });
});
