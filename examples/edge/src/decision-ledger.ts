// Decisions that wait for their feedback. Each is settled at most once: ids leave the ledger when feedback arrives, when
// they expire, or when too many wait. Ids that left are remembered for a while, to say why a late one is refused.

export interface Decision {
  readonly id: string;
  readonly observation: readonly number[];
  readonly action: number;
  readonly expiresAtMs: number;
}

export type Refusal = "unknown" | "expired" | "replayed";

export class DecisionLedger {
  /** In the order of decisions, which is also the order of expiry. */
  readonly #open = new Map<string, Decision>();
  readonly #closed = new Map<string, "expired" | "replayed">();
  readonly #capacity: number;
  /** Decisions that expired or were dropped without feedback. */
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

  /** Beyond the capacity the oldest decision makes room: it is the least likely to hear of its visitor again. */
  add(decision: Decision): void {
    this.#open.set(decision.id, decision);
    if (this.#open.size > this.#capacity) this.#lose(this.#open.values().next().value as Decision);
  }

  /** Takes the decision out, or says why there is none. */
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
