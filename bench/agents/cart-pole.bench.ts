// DQN and PPO on CartPole-v1 as a user runs them: environment steps per second of whole runs, and the time until DQN solves
// the environment.

import { DQN, make, makeVector, PPO } from "../../src/index.ts";
import { median } from "../measure.ts";

/** Gymnasium's `reward_threshold` of CartPole-v1. */
const SOLVED = 475;
const CHECK_STEPS = 1000;
const EVALUATION = { episodes: 100, seed: 1000 };

export interface Solution {
  /** Environment steps until the greedy policy solved CartPole, checked every CHECK_STEPS steps; null when it never did. */
  readonly steps: number | null;
  /** Seconds of acting, stepping and learning, without evaluations. */
  readonly seconds: number;
}

/** Measures DQN. @returns environment steps per second: the median over equal parts of a run, without the first part */
export function measureEnvSteps(preset: string, parts: number, stepsPerPart: number): number {
  const agent = new DQN(make("CartPole-v1"), { seed: 1, preset, totalSteps: (parts + 1) * stepsPerPart });
  agent.learnSync(stepsPerPart);
  return median(
    Array.from({ length: parts }, () => {
      const { envSteps, seconds } = agent.learnSync(stepsPerPart);
      return envSteps / seconds;
    }),
  );
}

/** Measures PPO's preset with 8 environments. @returns seconds for `steps` environment steps: the median over whole runs */
export function measurePpoSeconds(runs: number, steps: number): number {
  return median(
    Array.from({ length: runs }, (_, seed) => {
      const env = makeVector("CartPole-v1", 8, { autoresetMode: "same-step" });
      return new PPO(env, { seed, totalSteps: steps }).learnSync(steps).seconds;
    }),
  );
}

/** Trains with a preset until the greedy policy averages SOLVED over 100 fresh episodes, or the preset's steps are over. */
export async function solveCartPole(preset: string, seed: number): Promise<Solution> {
  const agent = new DQN(make("CartPole-v1"), { seed, preset });
  let seconds = 0;
  for (let steps = CHECK_STEPS; steps <= agent.settings.totalSteps; steps += CHECK_STEPS) {
    seconds += agent.learnSync(CHECK_STEPS).seconds;
    const { mean } = await agent.evaluate(() => make("CartPole-v1"), EVALUATION);
    if (mean >= SOLVED) return { steps, seconds };
  }
  return { steps: null, seconds };
}
