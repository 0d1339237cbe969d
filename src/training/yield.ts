// Letting the host's event loop run between slices of work, without the 4 ms that nested timers cost in browsers.

/** Time that one slice of work may take: half of a 60 Hz frame. */
export const SLICE_MS = 8;

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
