// Letting the host's event loop run between slices of work, without the 4 ms that nested timers cost in browsers.

/** Time that a slice of work aims at. At most 8 ms, half of a 60 Hz frame, are wanted; browsers' clocks tick in up to 1 ms. */
export const SLICE_MS = 6;

/** How much of the longest unit of work a slice hands on to the next: one pause of the host must not count for long. */
const MEMORY = 0.98;

/**
 * Says when a slice of work must end: before a unit of work as long as the longest lately would end past its time. A
 * slice has at least one unit, so it is too long only where a unit is, or where one is longer than was to be expected.
 */
export class Slice {
  readonly #ms: number;
  #startedAt = 0;
  #unitAt = 0;
  #longest = 0;

  /** @param ms its length; Infinity never ends */
  constructor(ms: number) {
    this.#ms = ms;
    this.begin();
  }

  begin(): void {
    this.#startedAt = this.#unitAt = performance.now();
    this.#longest = Math.min(this.#ms, this.#longest) * MEMORY;
  }

  /** Call after each unit of work. @returns whether the slice must end here; ask with the time it is, `performance.now()` */
  isOver(now: number): boolean {
    this.#longest = Math.max(this.#longest, now - this.#unitAt);
    this.#unitAt = now;
    return now + this.#longest > this.#startedAt + this.#ms;
  }
}

export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Promise<T> | undefined)?.then === "function";
}

const waiting: (() => void)[] = [];
let channel: MessageChannel | undefined;

/** Resolves in a later task, after pending input, timers and messages had their turn. */
export function yieldToHost(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => void };
  if (setImmediate !== undefined) return new Promise((resolve) => setImmediate(resolve));
  if (typeof MessageChannel === "undefined") return new Promise((resolve) => setTimeout(resolve, 0));
  if (channel === undefined) {
    channel = new MessageChannel();
    channel.port1.onmessage = () => waiting.shift()?.();
  }
  return new Promise((resolve) => {
    waiting.push(resolve);
    channel!.port2.postMessage(0);
  });
}
