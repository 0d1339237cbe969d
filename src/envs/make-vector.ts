// `makeVector`: several registered environments at once, in the fastest form there is for their kind.

import type { AutoresetMode, SyncEnv, VectorEnv } from "../env.ts";
import { CartPole } from "./cart-pole.ts";
import { CartPoleVector } from "./cart-pole-vector.ts";
import { type EnvOptions, type MakeOptions, make } from "./registry.ts";
import { SyncVectorEnv } from "./vector-env.ts";
import { requireAutoresetMode, requireCount } from "./vector-episodes.ts";
import { TimeLimit } from "./wrappers/time-limit.ts";

export interface MakeVectorOptions extends MakeOptions {
  /** Default "next-step", as in Gymnasium. */
  readonly autoresetMode?: AutoresetMode;
}

/**
 * Builds `count` registered environments to be stepped together: CartPole in one array, all others one after the other in a
 * SyncVectorEnv. Either form gives the same bits for the same seeds and actions; saved states do not go from one to the other.
 *
 * @param options those of `make`, and `autoresetMode`
 * @throws RangeError, TypeError for a bad count or mode, and for what `make` refuses
 */
export function makeVector(id: string, count: number, options: EnvOptions & MakeVectorOptions = {}): VectorEnv {
  const { autoresetMode: mode, ...own } = options;
  requireCount("makeVector", count);
  const autoresetMode = requireAutoresetMode("makeVector", mode);
  const first = make<SyncEnv>(id, own);
  const inner = first instanceof TimeLimit ? first.env : first;
  // No subclass: it may have changed anything.
  if (inner instanceof CartPole && inner.constructor === CartPole) {
    const { suttonBartoReward } = inner;
    const maxEpisodeSteps = first.spec?.maxEpisodeSteps ?? null;
    return new CartPoleVector({ count, autoresetMode, suttonBartoReward, maxEpisodeSteps, spec: first.spec });
  }
  return new SyncVectorEnv((index) => (index === 0 ? first : make<SyncEnv>(id, own)), { count, autoresetMode });
}
