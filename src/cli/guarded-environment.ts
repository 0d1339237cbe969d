// Stands between a user's environment and the library: every error out of the environment names the user's file.

import type { Env } from "../env.ts";
import { isPromise } from "../training/yield.ts";
import { described } from "./module-export.ts";
import { watchPromise } from "./stray-failure.ts";
import type { UserModule } from "./user-module.ts";

type Method = (...args: unknown[]) => unknown;

/** Parts of a result without which the library cannot go on. Their values are checked where they are used. */
const RESULTS: Readonly<Record<string, string>> = {
  reset: "{ observation, info }",
  step: "{ observation, reward, terminated, truncated, info }",
};

/**
 * Returns the environment with guarded methods and getters. Everything else passes through. `this` stays the user's own object,
 * so private fields work.
 */
export function guarded(env: Env, module: UserModule): Env {
  const methods = new Map<PropertyKey, { readonly own: unknown; readonly safe: Method }>();
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw module.failure(error);
    }
  };
  const safeMethod = (key: PropertyKey, own: Method): Method => {
    const rule = RESULTS[String(key)];
    const checked = (answer: unknown): unknown => {
      if (rule !== undefined) requireResult(module, String(key), rule, answer);
      return answer;
    };
    return (...args) => {
      const answer = attempt(() => own.apply(env, args));
      if (!isPromise(answer)) return checked(answer);
      watchPromise(module.shown, String(key), answer);
      return answer.then(checked, (error) => {
        throw module.failure(error);
      });
    };
  };
  // The target is another object than `env`: a frozen environment would forbid to answer with guarded methods.
  return new Proxy(Object.create(Object.getPrototypeOf(env)), {
    get: (_, key) => {
      const own: unknown = attempt(() => Reflect.get(env, key));
      if (typeof own !== "function" || key === "constructor") return own;
      let method = methods.get(key);
      if (method?.own !== own) {
        method = { own, safe: safeMethod(key, own as Method) };
        methods.set(key, method);
      }
      return method.safe;
    },
    set: (_, key, value) => attempt(() => Reflect.set(env, key, value)),
    has: (_, key) => key in env,
  });
}

function requireResult(module: UserModule, method: string, rule: string, answer: unknown): void {
  if (typeof answer === "object" && answer !== null && (answer as { observation?: unknown }).observation != null)
    return;
  const isObject = typeof answer === "object" && answer !== null;
  const got = isObject ? "one without observation" : described(answer);
  throw module.wrong(`${method} expected to return ${rule}, got ${got}. Return it from every call.`);
}
