// Access control. One bearer token allows decisions and feedback, another the management of policies. Both tokens are
// secrets of the deployment.

import { Rejection } from "./rejection.ts";

export type Role = "decide" | "admin";

export interface Secrets {
  readonly DECIDE_TOKEN?: string;
  readonly ADMIN_TOKEN?: string;
}

const SHORTEST_TOKEN = 16;

/**
 * Lets a request through when its token belongs to one of `roles`.
 * @throws Rejection 401 without a valid token, 403 with the token of another role, 503 while the deployment has no usable secrets
 */
export async function requireRole(request: Request, secrets: Secrets, roles: readonly Role[]): Promise<void> {
  const { DECIDE_TOKEN = "", ADMIN_TOKEN = "" } = secrets;
  if (DECIDE_TOKEN.length < SHORTEST_TOKEN || ADMIN_TOKEN.length < SHORTEST_TOKEN || DECIDE_TOKEN === ADMIN_TOKEN) {
    throw new Rejection(
      503,
      "not_configured",
      `secrets DECIDE_TOKEN and ADMIN_TOKEN expected two different texts of at least ${SHORTEST_TOKEN} characters. Set them with wrangler secret put.`,
    );
  }
  const given = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  const [isDecide, isAdmin] = await Promise.all([isSameText(given, DECIDE_TOKEN), isSameText(given, ADMIN_TOKEN)]);
  if (!isDecide && !isAdmin) {
    throw new Rejection(
      401,
      "unauthorized",
      "authorization expected a valid token. Send Authorization: Bearer <token>.",
    );
  }
  if (!roles.includes(isAdmin ? "admin" : "decide")) {
    throw new Rejection(403, "forbidden", `this route is for the ${roles.join(" or ")} token. Use that one.`);
  }
}

/** Compares all bytes of two digests. The time does not reveal the first difference, nor a difference in length. */
async function isSameText(a: string, b: string): Promise<boolean> {
  const digest = async (text: string): Promise<Uint8Array> =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const [left, right] = await Promise.all([digest(a), digest(b)]);
  let difference = 0;
  for (let i = 0; i < left.length; i++) difference |= left[i] ^ right[i];
  return difference === 0;
}
