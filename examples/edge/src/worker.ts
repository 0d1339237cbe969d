// A Worker that decides which offer to show and learns from the feedback. This file checks every request: routes, tokens,
// sizes and schemas. The learner (learner.ts) receives checked data only.
//
//   POST /decide     decide token   { observation, offers? }    -> { decisionId, action, offer, expiresAt }
//   POST /feedback   decide token   { feedback: [{ decisionId, reward, nextObservation?, terminated? }] }
//   GET  /policy     admin token                                -> safetensors
//   PUT  /policy     admin token    safetensors
//   GET  /health     either token                               -> counters

import { type Role, requireRole } from "./access.ts";
import type { Busy, Env } from "./learner.ts";
import { type Limits, readLimits } from "./limits.ts";
import { readDecideRequest, readFeedbackRequest } from "./product-requests.ts";
import { Rejection } from "./rejection.ts";
import { readBytes, readJson } from "./request-body.ts";

export { OfferLearner } from "./learner.ts";

type Learner = ReturnType<Env["LEARNER"]["getByName"]>;

interface Route {
  readonly roles: readonly Role[];
  readonly answer: (request: Request, learner: Learner, limits: Limits) => Promise<Response>;
}

const ROUTES: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  "/decide": { POST: { roles: ["decide"], answer: decide } },
  "/feedback": { POST: { roles: ["decide"], answer: feedback } },
  "/policy": { GET: { roles: ["admin"], answer: downloadPolicy }, PUT: { roles: ["admin"], answer: uploadPolicy } },
  "/health": { GET: { roles: ["decide", "admin"], answer: health } },
};

const REFUSALS = {
  unknown: { status: 404, message: "decisionId expected one from /decide, got one that is not known (any more)." },
  expired: { status: 410, message: "decisionId expected one that waits for feedback, got one that waited too long." },
  replayed: { status: 409, message: "decisionId expected one that waits for feedback, got one that had it already." },
} as const;

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    try {
      const { pathname } = new URL(request.url);
      const methods = Object.hasOwn(ROUTES, pathname) ? ROUTES[pathname] : undefined;
      if (methods === undefined) throw new Rejection(404, "not_found", `no route ${pathname}.`);
      const route = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
      if (route === undefined) {
        const allow = Object.keys(methods).join(", ");
        throw new Rejection(405, "method_not_allowed", `${pathname} expected ${allow}.`, { allow });
      }
      await requireRole(request, env, route.roles);
      return await route.answer(request, env.LEARNER.getByName("offers"), readLimits(env.LIMITS));
    } catch (error) {
      if (error instanceof Rejection) return reject(error);
      console.error(error);
      if ((error as { overloaded?: boolean }).overloaded) {
        return reject(new Rejection(503, "overloaded", "the learner is overloaded.", { "retry-after": "1" }));
      }
      return reject(new Rejection(500, "internal", "the service failed; its log says why."));
    }
  },
};

async function decide(request: Request, learner: Learner, limits: Limits): Promise<Response> {
  return json(notBusy(await learner.decide(readDecideRequest(await readJson(request, limits.jsonBytes)))));
}

/** Answers 200 when at least one item was accepted, otherwise the status of the first refusal. */
async function feedback(request: Request, learner: Learner, limits: Limits): Promise<Response> {
  const items = readFeedbackRequest(await readJson(request, limits.jsonBytes), limits.feedbackBatch);
  const result = notBusy(await learner.feedback(items));
  const first = result.results[0].status;
  if (result.accepted > 0 || first === "accepted") return json(result);
  const { status, message } = REFUSALS[first];
  return json({ error: { code: `decision_${first}`, message }, ...result }, status);
}

async function downloadPolicy(_request: Request, learner: Learner): Promise<Response> {
  return new Response((await learner.downloadPolicy()) as Uint8Array<ArrayBuffer>, {
    headers: {
      "content-type": "application/octet-stream",
      "content-disposition": 'attachment; filename="offers.safetensors"',
      "cache-control": "no-store",
    },
  });
}

async function uploadPolicy(request: Request, learner: Learner, limits: Limits): Promise<Response> {
  const problem = await learner.uploadPolicy(await readBytes(request, "application/octet-stream", limits.policyBytes));
  if (problem !== undefined) throw new Rejection(400, "bad_policy", problem);
  return json(await learner.health());
}

async function health(_request: Request, learner: Learner): Promise<Response> {
  return json(await learner.health());
}

function notBusy<T extends object>(result: T | Busy): T {
  if (!("retryAfterSeconds" in result)) return result;
  const seconds = String(result.retryAfterSeconds);
  throw new Rejection(429, "rate_limited", `too many requests. Try again in ${seconds} s.`, { "retry-after": seconds });
}

function reject({ status, code, message, headers }: Rejection): Response {
  return json({ error: { code, message } }, status, headers);
}

function json(body: unknown, status: number = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store", ...headers } });
}
