// The decisions that wait for feedback. Each is settled at most once: a decision leaves the ledger when its feedback arrives,
// when it expires, or when too many wait. Its id is remembered for a while, to explain why late feedback is refused.

export interface Decision {
  readonly id: string;
  readonly observation: readonly number[];
  readonly action: number;
  readonly expiresAtMs: number;
}

export type Refusal = "unknown" | "expired" | "replayed";

export class DecisionLedger {
  /** Open decisions by id, oldest first. The oldest also expires first. */
  readonly #open = new Map<string, Decision>();
  readonly #closed = new Map<string, "expired" | "replayed">();
  readonly #capacity: number;
  /** Number of decisions that expired or were dropped without feedback. */
  lost = 0;

  constructor(capacity: number, open: readonly Decision[] = []) {
    this.#capacity = capacity;
    for (const decision of open) this.add(decision);
  }

  get size(): number {
    return this.#open.size;
  }

  open(): Decision[] {
    return [...this.#open.values()];
  }

  /** Adds a decision. If the ledger is full, the oldest is dropped: its feedback is the least likely to come. */
  add(decision: Decision): void {
    this.#open.set(decision.id, decision);
    if (this.#open.size > this.#capacity) this.#lose(this.#open.values().next().value as Decision);
  }

  /** Removes and returns the decision, or returns the reason why it is not open. */
  settle(id: string, nowMs: number): Decision | Refusal {
    this.expire(nowMs);
    const decision = this.#open.get(id);
    if (decision === undefined) return this.#closed.get(id) ?? "unknown";
    this.#close(id, "replayed");
    return decision;
  }

  expire(nowMs: number): void {
    for (const decision of this.#open.values()) {
      if (decision.expiresAtMs > nowMs) return;
      this.#lose(decision);
    }
  }

  #lose(decision: Decision): void {
    this.#close(decision.id, "expired");
    this.lost++;
  }

  #close(id: string, reason: "expired" | "replayed"): void {
    this.#open.delete(id);
    this.#closed.set(id, reason);
    if (this.#closed.size > this.#capacity) this.#closed.delete(this.#closed.keys().next().value as string);
  }
}
