// Turns parsed JSON into requests for the learner. Every field is checked, and unknown fields are refused.

import { FEATURES, OFFERS, REWARD_RANGE } from "./product.ts";
import { Rejection } from "./rejection.ts";

export interface DecideRequest {
  readonly observation: readonly number[];
  /** True for each offer that may be shown; undefined when all may be shown. */
  readonly mask: readonly boolean[] | undefined;
}

export interface FeedbackItem {
  readonly decisionId: string;
  readonly reward: number;
  /** Observation of the visitor's next view; undefined when the session has ended. */
  readonly nextObservation: readonly number[] | undefined;
}

/** Reads `{ "observation": { feature: 0 .. 1, ... }, "offers"?: ["bundle", ...] }`. @throws Rejection 400 */
export function readDecideRequest(json: unknown): DecideRequest {
  const { observation, offers } = readObject("body", json, ["observation"], ["offers"]);
  return { observation: readObservation("observation", observation), mask: readOffers(offers) };
}

/**
 * Reads `{ "feedback": [{ "decisionId", "reward", "nextObservation"?, "terminated"? }, ...] }`. Without `nextObservation` the
 * session ended with the decision. With `nextObservation` the session went on, unless `terminated` is true.
 * @throws Rejection 400; one bad item refuses the whole batch
 */
export function readFeedbackRequest(json: unknown, most: number): FeedbackItem[] {
  const { feedback } = readObject("body", json, ["feedback"], []);
  if (!Array.isArray(feedback) || feedback.length < 1 || feedback.length > most) {
    throw invalid("feedback", `a list of 1 to ${most} items`, feedback);
  }
  return feedback.map((item, i) => readFeedbackItem(`feedback[${i}]`, item));
}

function readFeedbackItem(what: string, json: unknown): FeedbackItem {
  const item = readObject(what, json, ["decisionId", "reward"], ["nextObservation", "terminated"]);
  const { decisionId, reward, nextObservation, terminated = nextObservation === undefined } = item;
  if (typeof decisionId !== "string" || decisionId.length > 64) {
    throw invalid(`${what}.decisionId`, "a text from /decide", decisionId);
  }
  if (typeof terminated !== "boolean") throw invalid(`${what}.terminated`, "true or false", terminated);
  if (!terminated && nextObservation === undefined) {
    throw invalid(`${what}.nextObservation`, "an observation where terminated is false", nextObservation);
  }
  const next = nextObservation === undefined ? undefined : readObservation(`${what}.nextObservation`, nextObservation);
  return {
    decisionId,
    reward: readNumber(`${what}.reward`, reward, REWARD_RANGE.min, REWARD_RANGE.max),
    nextObservation: terminated ? undefined : next,
  };
}

function readObservation(what: string, json: unknown): number[] {
  const observation = readObject(what, json, FEATURES, []);
  return FEATURES.map((feature) => readNumber(`${what}.${feature}`, observation[feature], 0, 1));
}

function readOffers(json: unknown): boolean[] | undefined {
  if (json === undefined) return undefined;
  const known: readonly unknown[] = OFFERS;
  if (!Array.isArray(json) || json.length < 1 || json.length > OFFERS.length || !json.every((o) => known.includes(o))) {
    throw invalid("offers", `some of ${OFFERS.join(", ")}`, json);
  }
  return OFFERS.map((offer) => json.includes(offer));
}

/** Reads a number. A JSON number beyond the range of float64 parses to Infinity, so finite is checked too. */
function readNumber(what: string, json: unknown, min: number, max: number): number {
  if (typeof json !== "number" || !(json >= min && json <= max)) {
    throw invalid(what, `a number in ${min} .. ${max}`, json);
  }
  return json;
}

function readObject(
  what: string,
  json: unknown,
  required: readonly string[],
  optional: readonly string[],
): Readonly<Record<string, unknown>> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw invalid(what, "an object", json);
  const missing = required.find((name) => !Object.hasOwn(json, name));
  if (missing !== undefined) throw invalid(`${what}.${missing}`, "a value", undefined);
  const unknown = Object.keys(json).find((name) => !required.includes(name) && !optional.includes(name));
  if (unknown !== undefined) {
    throw invalid(what, `no other fields than ${[...required, ...optional].join(", ")}`, unknown);
  }
  return json as Readonly<Record<string, unknown>>;
}

function invalid(what: string, expected: string, got: unknown): Rejection {
  const shown = typeof got === "number" ? String(got) : (JSON.stringify(got) ?? "none");
  const short = shown.length > 60 ? `${shown.slice(0, 57)}...` : shown;
  return new Rejection(400, "invalid", `${what} expected ${expected}, got ${short}.`);
}
