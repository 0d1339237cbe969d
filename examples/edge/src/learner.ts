// The single learner: a Durable Object that decides, learns within a budget, and saves itself in a Storage. worker.ts has
// checked all data before. Between two awaits no other code runs, so a decision or a feedback request is atomic.

import { DurableObject } from "cloudflare:workers";
import { CheckpointError, DivergenceError, DQN, type Storage } from "bellwether";
import type { Secrets } from "./access.ts";
import { DecisionLedger, type Refusal } from "./decision-ledger.ts";
import { DurableObjectStorage } from "./durable-object-storage.ts";
import { type KvNamespace, KvStorage } from "./kv-storage.ts";
import { type Counters, decodeLearnerState, encodeLearnerState } from "./learner-file.ts";
import { type Limits, readLimits } from "./limits.ts";
import { AGENT_OPTIONS, FEATURES, OFFERS, SPACES, TRAINED_AGENT_OPTIONS } from "./product.ts";
import type { DecideRequest, FeedbackItem } from "./product-requests.ts";
import { RateLimit } from "./rate-limit.ts";

export interface Env extends Secrets {
  readonly LEARNER: DurableObjectNamespace<OfferLearner>;
  /** If bound, checkpoints go to this KV namespace instead of the Durable Object's own storage. */
  readonly CHECKPOINTS?: KvNamespace;
  readonly LIMITS?: unknown;
}

/** The answer to too many requests. Such a request changes nothing. */
export interface Busy {
  readonly retryAfterSeconds: number;
}

export interface MadeDecision {
  readonly decisionId: string;
  readonly action: number;
  readonly offer: string;
  readonly expiresAt: string;
}

export interface FeedbackResult {
  readonly accepted: number;
  readonly updates: number;
  readonly results: readonly { readonly decisionId: string; readonly status: "accepted" | Refusal }[];
}

export interface Health {
  /** "halted": learning diverged and waits for the upload of a good policy. Decisions go on with the last finite weights. */
  readonly status: "ok" | "halted";
  readonly reason?: string;
  /** Source of the learner's state. "damaged": a new start, because the saved blob was unreadable; the blob is kept aside. */
  readonly origin: "new" | "checkpoint" | "damaged";
  readonly envSteps: number;
  readonly updates: number;
  readonly epsilon: number;
  readonly pendingDecisions: number;
  readonly weightsSha256: string;
  readonly memoryBytes: number;
  readonly checkpointBytes: number;
  /** True when something changed since the last checkpoint. */
  readonly unsaved: boolean;
  readonly counters: Readonly<Counters>;
}

const BLOB = "learner";
const DAMAGED_BLOB = "learner.damaged";

export class OfferLearner extends DurableObject<Env> {
  readonly #limits: Limits;
  readonly #storage: Storage;
  readonly #rate: RateLimit;
  #agent = new DQN(SPACES, AGENT_OPTIONS);
  #ledger: DecisionLedger;
  #counters: Counters = {
    decisions: 0,
    feedback: 0,
    refusedFeedback: 0,
    lostDecisions: 0,
    policyUploads: 0,
    checkpoints: 0,
  };
  #origin: Health["origin"] = "new";
  #halted: string | undefined;
  #isUnsaved = false;
  #isSaving = false;
  #isAlarmSet = false;
  #savedUpdates = 0;
  #savedAtMs = 0;
  #checkpointBytes = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#limits = readLimits(env.LIMITS);
    this.#storage =
      env.CHECKPOINTS === undefined ? new DurableObjectStorage(ctx.storage) : new KvStorage(env.CHECKPOINTS);
    this.#rate = new RateLimit(this.#limits.itemsPerSecond, this.#limits.itemsBurst, Date.now());
    this.#ledger = new DecisionLedger(this.#limits.pendingDecisions);
    ctx.blockConcurrencyWhile(() => this.#restore());
  }

  /** Chooses an offer. With probability epsilon the offer is random. */
  async decide({ observation, mask }: DecideRequest): Promise<MadeDecision | Busy> {
    const nowMs = Date.now();
    const retryAfterSeconds = this.#rate.take(1, nowMs);
    if (retryAfterSeconds > 0) return { retryAfterSeconds };
    this.#ledger.expire(nowMs);
    const action = this.#agent.act(observation, { explore: true, mask });
    const id = crypto.randomUUID();
    const expiresAtMs = nowMs + this.#limits.decisionTtlMs;
    this.#ledger.add({ id, observation, action, expiresAtMs });
    this.#counters.decisions++;
    await this.#markUnsaved();
    return { decisionId: id, action, offer: OFFERS[action], expiresAt: new Date(expiresAtMs).toISOString() };
  }

  /** Learns from the rewards of earlier decisions. Each decision counts once. */
  async feedback(items: readonly FeedbackItem[]): Promise<FeedbackResult | Busy> {
    const nowMs = Date.now();
    const retryAfterSeconds = this.#rate.take(items.length, nowMs);
    if (retryAfterSeconds > 0) return { retryAfterSeconds };
    const results = items.map((item) => ({ decisionId: item.decisionId, status: this.#takeIn(item, nowMs) }));
    const accepted = results.filter(({ status }) => status === "accepted").length;
    this.#counters.feedback += accepted;
    this.#counters.refusedFeedback += items.length - accepted;
    const updates = this.#learn(accepted);
    if (accepted > 0) await this.#markUnsaved();
    if (this.#isCheckpointDue(nowMs)) await this.#save();
    return { accepted, updates, results };
  }

  /** Returns the policy, all that acting needs, as a safetensors file. */
  async downloadPolicy(): Promise<Uint8Array> {
    return this.#agent.save({ contents: "policy" });
  }

  /**
   * Continues from a policy that was trained elsewhere. Only numbers are taken from the file; sizes, options and limits are those
   * of this service. So a hostile file cannot decide how much memory is allocated.
   * @returns undefined when the file was accepted; otherwise the reason why it was refused, and nothing has changed
   */
  async uploadPolicy(bytes: Uint8Array): Promise<string | undefined> {
    const candidate = new DQN(SPACES, TRAINED_AGENT_OPTIONS);
    try {
      candidate.importWeights(bytes);
      requireFinitePolicy(candidate);
    } catch (error) {
      candidate.dispose();
      if (error instanceof CheckpointError) return error.message;
      throw error;
    }
    this.#agent.dispose();
    this.#agent = candidate;
    this.#halted = undefined;
    this.#counters.policyUploads++;
    this.#isUnsaved = true;
    await this.#save();
    return undefined;
  }

  async health(): Promise<Health> {
    const agent = this.#agent;
    this.#ledger.expire(Date.now());
    return {
      status: this.#halted === undefined ? "ok" : "halted",
      ...(this.#halted === undefined ? {} : { reason: this.#halted }),
      origin: this.#origin,
      envSteps: agent.envSteps,
      updates: agent.updates,
      epsilon: agent.epsilon,
      pendingDecisions: this.#ledger.size,
      weightsSha256: await agent.weightsSha256(),
      memoryBytes: agent.memory().total,
      checkpointBytes: this.#checkpointBytes,
      unsaved: this.#isUnsaved || this.#isSaving,
      counters: this.#countersNow(),
    };
  }

  /** Saves the changes since the last checkpoint, before the platform removes an idle object from memory. */
  override async alarm(): Promise<void> {
    this.#isAlarmSet = false;
    this.#ledger.expire(Date.now());
    if (this.#isUnsaved) await this.#save();
  }

  #takeIn(item: FeedbackItem, nowMs: number): "accepted" | Refusal {
    const decision = this.#ledger.settle(item.decisionId, nowMs);
    if (typeof decision === "string") return decision;
    const { observation, action } = decision;
    const { reward, nextObservation } = item;
    this.#agent.observe({
      observation,
      action,
      reward,
      nextObservation: nextObservation ?? observation,
      terminated: nextObservation === undefined,
      truncated: false,
    });
    return "accepted";
  }

  #learn(accepted: number): number {
    if (this.#halted !== undefined) return 0;
    const { updatesPerFeedback, updatesPerRequest, updateBudgetMs } = this.#limits;
    const maxUpdates = Math.min(Math.floor(accepted * updatesPerFeedback), updatesPerRequest);
    try {
      return this.#agent.update({ maxUpdates, budgetMs: updateBudgetMs });
    } catch (error) {
      if (!(error instanceof DivergenceError)) throw error;
      console.error(error.message);
      this.#halted = error.message;
      return 0;
    }
  }

  async #restore(): Promise<void> {
    const blob = await this.#storage.read(BLOB);
    if (blob === undefined) return;
    try {
      const state = decodeLearnerState(blob);
      const agent = DQN.load(state.agent, { env: SPACES });
      this.#agent.dispose();
      this.#agent = agent;
      this.#ledger = new DecisionLedger(this.#limits.pendingDecisions, state.decisions);
      this.#counters = { ...this.#counters, ...state.counters };
      this.#savedUpdates = agent.updates;
      this.#checkpointBytes = blob.length;
      this.#origin = "checkpoint";
    } catch (error) {
      // The blob is of another product (changed spaces) or damaged. A new agent decides; the blob stays for inspection.
      if (!(error instanceof CheckpointError)) throw error;
      console.error(error.message);
      await this.#storage.write(DAMAGED_BLOB, blob);
      this.#origin = "damaged";
    }
  }

  #isCheckpointDue(nowMs: number): boolean {
    const { checkpointUpdates, checkpointIntervalMs } = this.#limits;
    const updates = this.#agent.updates - this.#savedUpdates;
    return this.#isUnsaved && updates >= checkpointUpdates && nowMs - this.#savedAtMs >= checkpointIntervalMs;
  }

  async #markUnsaved(): Promise<void> {
    this.#isUnsaved = true;
    if (this.#isAlarmSet) return;
    this.#isAlarmSet = true;
    await this.ctx.storage.setAlarm(Date.now() + this.#limits.checkpointDelayMs);
  }

  /** Saves a checkpoint. After a failed write the alarm tries again; decisions and updates so far stay in memory. */
  async #save(): Promise<void> {
    if (this.#isSaving) return this.#markUnsaved();
    this.#isSaving = true;
    this.#isUnsaved = false;
    this.#counters.checkpoints++;
    this.#savedUpdates = this.#agent.updates;
    this.#savedAtMs = Date.now();
    try {
      const blob = encodeLearnerState({
        counters: this.#countersNow(),
        decisions: this.#ledger.open(),
        agent: this.#agent.save(),
      });
      await this.#storage.write(BLOB, blob);
      this.#checkpointBytes = blob.length;
    } catch (error) {
      console.error(error);
      this.#counters.checkpoints--;
      await this.#markUnsaved();
    } finally {
      this.#isSaving = false;
    }
  }

  #countersNow(): Counters {
    return { ...this.#counters, lostDecisions: this.#counters.lostDecisions + this.#ledger.lost };
  }
}

/** Checks that all weights are finite, and that the Q-values of two opposite corner observations are finite. */
function requireFinitePolicy(agent: DQN): void {
  const corners = [0, 1].map((value) => agent.qValues(FEATURES.map(() => value)));
  if (agent.hasFiniteWeights() && corners.every((q) => q.every(Number.isFinite))) return;
  throw new CheckpointError("policy: weights expected finite numbers and Q-values, got others. Train it again.");
}
