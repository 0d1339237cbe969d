// Yielding to the host's event loop between slices of work, without the 4 ms that nested timers cost in browsers.

/** Planned time of a slice of work. The aim is at most 8 ms, half of a 60 Hz frame; browsers' clocks tick in up to 1 ms. */
export const SLICE_MS = 6;

/** Share of the longest unit of work that the next slice remembers: a single pause of the host must not count for long. */
const MEMORY = 0.98;

/**
 * Decides when a slice of work must end: when another unit of work, as long as the longest recent one, would end too late. A
 * slice has at least one unit. It is too long only if a unit is too long, or longer than expected.
 */
export class Slice {
  readonly #ms: number;
  #startedAt = 0;
  #unitAt = 0;
  #longest = 0;

  /** @param ms length of the slice in milliseconds; Infinity: the slice never ends */
  constructor(ms: number) {
    this.#ms = ms;
    this.begin();
  }

  begin(): void {
    this.#startedAt = this.#unitAt = performance.now();
    this.#longest = Math.min(this.#ms, this.#longest) * MEMORY;
  }

  /** Call after each unit of work. @param now the time, `performance.now()` @returns true when the slice must end */
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
