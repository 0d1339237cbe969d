// A token bucket: `perSecond` items on average, at most `burst` at once. The caller passes the time, which may stand still.

export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  #left: number;
  #atMs: number;

  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#left = burst;
    this.#atMs = nowMs;
  }

  /** Takes `items` (at most the burst) and returns 0. If too few are left, takes nothing and returns the seconds to wait. */
  take(items: number, nowMs: number): number {
    const count = Math.min(items, this.#burst);
    const elapsed = Math.max(0, nowMs - this.#atMs) / 1000;
    this.#left = Math.min(this.#burst, this.#left + elapsed * this.#perSecond);
    this.#atMs = nowMs;
    if (count > this.#left) return Math.max(1, Math.ceil((count - this.#left) / this.#perSecond));
    this.#left -= count;
    return 0;
  }
}
