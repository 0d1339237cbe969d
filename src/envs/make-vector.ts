// `makeVector`: several registered environments that step together, in the fastest form for their kind.

import type { AutoresetMode, SyncEnv, VectorEnv } from "../env.ts";
import { CartPole } from "./cart-pole.ts";
import { CartPoleVector } from "./cart-pole-vector.ts";
import { type EnvOptions, type MakeOptions, make } from "./registry.ts";
import { SyncVectorEnv } from "./vector-env.ts";
import { requireAutoresetMode, requireCount } from "./vector-episodes.ts";
import { TimeLimit } from "./wrappers/time-limit.ts";

/** Options of `makeVector`: those of `make`, and the autoreset mode. */
export interface MakeVectorOptions extends MakeOptions {
  /** Behaviour after the end of an episode; see AutoresetMode. @defaultValue "next-step", as in Gymnasium */
  readonly autoresetMode?: AutoresetMode;
}

/**
 * Builds `count` registered environments that step together: a CartPoleVector for CartPole, a SyncVectorEnv for all others.
 * Both classes give the same bits for the same seeds and actions. A saved state fits only the class that saved it.
 *
 * @param id      name of the environment, such as "CartPole-v1"
 * @param count   number of environments, at least 1
 * @param options options of `make`, and `autoresetMode`. Default: none.
 * @throws RangeError, TypeError for a bad count or mode, and every error of `make`
 */
export function makeVector(id: string, count: number, options: EnvOptions & MakeVectorOptions = {}): VectorEnv {
  const { autoresetMode: mode, ...own } = options;
  requireCount("makeVector", count);
  const autoresetMode = requireAutoresetMode("makeVector", mode);
  const first = make<SyncEnv>(id, own);
  const inner = first instanceof TimeLimit ? first.env : first;
  // Subclasses are excluded, because a subclass may behave differently.
  if (inner instanceof CartPole && inner.constructor === CartPole) {
    const { suttonBartoReward } = inner;
    const maxEpisodeSteps = first.spec?.maxEpisodeSteps ?? null;
    return new CartPoleVector({ count, autoresetMode, suttonBartoReward, maxEpisodeSteps, spec: first.spec });
  }
  return new SyncVectorEnv((index) => (index === 0 ? first : make<SyncEnv>(id, own)), { count, autoresetMode });
}
