// Plays a fixed policy in a tabular environment and runs the library's advantage estimators on the experience. Measures
// the mean and variance of the estimates for every state and action. Their bias follows where the true advantages are known.

import { type AdvantageSettings, createAdvantageEstimator } from "../../../src/agents/policy-gradient/advantage.ts";
import type { Backend } from "../../../src/backend.ts";
import { WasmBackend } from "../../../src/backends/wasm/wasm-backend.ts";
import { Pcg64 } from "../../../src/engine/random.ts";
import type { SyncEnv } from "../../../src/env.ts";
import { expectation, type Table, type TabularPolicy } from "./exact.ts";

/** T steps of E environments. Arrays have the shape [T, E]; row t holds step t of each environment. */
export interface Experience {
  readonly steps: number;
  readonly environments: number;
  readonly state: Int32Array;
  readonly action: Int32Array;
  readonly reward: Float32Array;
  /** State after the step. For the last step of an episode: the state in which the episode ended. */
  readonly nextState: Int32Array;
  readonly terminated: Float32Array;
  readonly truncated: Float32Array;
}

/** Plays the policy. @param create makes an environment with Discrete observations and actions, both from 0 */
export function play(
  create: () => SyncEnv,
  policy: TabularPolicy,
  size: { readonly steps: number; readonly environments: number },
  seed: number,
): Experience {
  const { steps, environments } = size;
  const slots = steps * environments;
  const random = new Pcg64(seed);
  const experience = {
    ...size,
    state: new Int32Array(slots),
    action: new Int32Array(slots),
    reward: new Float32Array(slots),
    nextState: new Int32Array(slots),
    terminated: new Float32Array(slots),
    truncated: new Float32Array(slots),
  };
  for (let e = 0; e < environments; e++) {
    const env = create();
    let state = env.reset({ seed: seed + e }).observation as number;
    for (let k = e; k < slots; k += environments) {
      const action = draw(policy[state], random.random());
      const { observation, reward, terminated, truncated } = env.step(action);
      experience.state[k] = state;
      experience.action[k] = action;
      experience.reward[k] = reward;
      experience.nextState[k] = observation as number;
      experience.terminated[k] = terminated ? 1 : 0;
      experience.truncated[k] = truncated ? 1 : 0;
      state = (terminated || truncated ? env.reset().observation : observation) as number;
    }
  }
  return experience;
}

/** Learns the values of a policy by TD(0) in `episodes` episodes. All values start at 0. */
export function learnValues(
  create: () => SyncEnv,
  policy: TabularPolicy,
  discount: number,
  { episodes, stepSize }: { readonly episodes: number; readonly stepSize: number },
  seed: number,
): number[] {
  const env = create();
  const random = new Pcg64(seed);
  const values: number[] = new Array(policy.length).fill(0);
  for (let episode = 0; episode < episodes; episode++) {
    let state = env.reset(episode === 0 ? { seed } : {}).observation as number;
    for (let ended = false; !ended; ) {
      const { observation, reward, terminated, truncated } = env.step(draw(policy[state], random.random()));
      const next = observation as number;
      values[state] += stepSize * (reward + (terminated ? 0 : discount * values[next]) - values[state]);
      state = next;
      ended = terminated || truncated;
    }
  }
  return values;
}

function draw(probabilities: readonly number[], uniform: number): number {
  let total = 0;
  for (let a = 0; a < probabilities.length - 1; a++) {
    total += probabilities[a];
    if (uniform < total) return a;
  }
  return probabilities.length - 1;
}

/** Number, mean and variance of estimates by state and action. NaN where no step had this state and action. */
export interface Moments {
  readonly count: Table;
  readonly mean: Table;
  /** Variance of a single estimate. */
  readonly variance: Table;
}

/** Runs many estimators on the same experience. Memory is planned once. */
export class Laboratory {
  readonly #backend: Backend = new WasmBackend();
  readonly #experience: Experience;
  readonly #behaviour: TabularPolicy;
  readonly #plan: Parameters<typeof createAdvantageEstimator>[2];
  readonly #counted: number;
  readonly #row: Float32Array;

  /**
   * @param margin steps at the end of the rollout whose estimates are left out, because they need steps after the rollout
   * @param target the policy that learns, for V-trace. Default: the policy that acted.
   */
  constructor(
    experience: Experience,
    behaviour: TabularPolicy,
    discount: number,
    margin: number,
    target: TabularPolicy = behaviour,
  ) {
    const { steps, environments, state, action } = experience;
    const backend = this.#backend;
    const given = (values: ArrayLike<number>): ReturnType<Backend["tensor"]> => {
      const tensor = backend.tensor(steps, environments);
      backend.write(tensor, values);
      return tensor;
    };
    const logs = (policy: TabularPolicy): Float32Array =>
      Float32Array.from(state, (s, k) => Math.log(policy[s][action[k]]));
    const empty = (): ReturnType<Backend["tensor"]> => backend.tensor(steps, environments);
    this.#experience = experience;
    this.#row = new Float32Array(state.length);
    this.#behaviour = behaviour;
    this.#counted = (steps - margin) * environments;
    this.#plan = {
      discount,
      reward: given(experience.reward),
      terminated: given(experience.terminated),
      truncated: given(experience.truncated),
      value: empty(),
      nextValue: empty(),
      logProbability: given(logs(target)),
      behaviourLogProbability: given(logs(behaviour)),
      advantage: empty(),
      returns: empty(),
    };
  }

  /**
   * Runs one estimator.
   * @param values values of the states that the estimator is given
   * @param what the result that is measured
   */
  estimate(settings: AdvantageSettings, values: readonly number[], what: "advantage" | "returns"): Moments {
    const { state, nextState } = this.#experience;
    const backend = this.#backend;
    backend.write(this.#plan.value, pick(values, state, this.#row));
    backend.write(this.#plan.nextValue, pick(values, nextState, this.#row));
    const estimator = createAdvantageEstimator(backend, settings, this.#plan);
    estimator.estimate();
    return this.#moments(backend.read(estimator[what]) as Float32Array);
  }

  /** Computes mean and variance by Welford's updates. The pair (s, a) has index s A + a. */
  #moments(estimates: Float32Array): Moments {
    const { state, action } = this.#experience;
    const behaviour = this.#behaviour;
    const A = behaviour[0].length;
    const [count, mean, squares] = [0, 1, 2].map(() => new Float64Array(behaviour.length * A));
    for (let k = 0; k < this.#counted; k++) {
      const pair = state[k] * A + action[k];
      const before = estimates[k] - mean[pair];
      mean[pair] += before / ++count[pair];
      squares[pair] += before * (estimates[k] - mean[pair]);
    }
    const byPair = (of: (pair: number) => number): number[][] =>
      behaviour.map((row, s) => row.map((_, a) => of(s * A + a)));
    return {
      count: byPair((pair) => count[pair]),
      mean: byPair((pair) => (count[pair] > 0 ? mean[pair] : Number.NaN)),
      variance: byPair((pair) => (count[pair] > 1 ? squares[pair] / (count[pair] - 1) : Number.NaN)),
    };
  }
}

/** target[k] = values[state[k]] */
function pick(values: readonly number[], state: Int32Array, target: Float32Array): Float32Array {
  for (let k = 0; k < state.length; k++) target[k] = values[state[k]];
  return target;
}

export interface Quality {
  readonly squaredBias: number;
  readonly variance: number;
}

/**
 * Returns bias and variance of advantages: means over the steps that were made, in units of the mean squared advantage. At 1
 * the error is as large as the advantages themselves.
 *
 * An error that all actions of a state share does not count as bias: like a baseline, it does not change the expected gradient of
 * a policy. The squared bias of a mean of n estimates contains variance / n by chance; this part is subtracted.
 *
 * @param truth the advantages under `policy`, the policy that acted
 */
export function advantageQuality(moments: Moments, truth: Table, policy: TabularPolicy): Quality {
  const { count, mean, variance } = moments;
  const total = count.flat().reduce((sum, n) => sum + n, 0);
  const bias = mean.map((row, s) => row.map((value, a) => (count[s][a] === 0 ? 0 : value - truth[s][a])));
  const shared = expectation(policy, bias);
  let [squaredBias, spread, scale] = [0, 0, 0];
  count.forEach((row, s) => {
    row.forEach((n, a) => {
      if (n === 0) return;
      const share = n / total;
      squaredBias += share * (bias[s][a] - shared[s]) ** 2;
      // Independent x of variance v have sum p (x - sum p x)^2 = sum p (1 - p) v on average.
      squaredBias -= ((share * variance[s][a]) / n) * (1 - policy[s][a]);
      spread += share * variance[s][a];
      scale += share * truth[s][a] ** 2;
    });
  });
  return { squaredBias: squaredBias / scale, variance: spread / scale };
}

/**
 * Returns bias and variance of value targets: means over the visited states, in units of the mean squared error of the given
 * values. At bias 1 the targets correct nothing.
 * @param truth the true values
 * @param values the values that the estimator was given
 */
export function valueQuality(moments: Moments, truth: readonly number[], values: readonly number[]): Quality {
  const { count, mean, variance } = moments;
  let [squaredBias, spread, scale] = [0, 0, 0];
  count.forEach((row, s) => {
    const total = row.reduce((sum, n) => sum + n, 0);
    const met = row.flatMap((n, a) =>
      n === 0 ? [] : [{ share: n / total, mean: mean[s][a], variance: variance[s][a] }],
    );
    if (met.length === 0) return;
    const middle = met.reduce((sum, of) => sum + of.share * of.mean, 0);
    const within = met.reduce((sum, of) => sum + of.share * (of.variance + (of.mean - middle) ** 2), 0);
    squaredBias += total * (middle - truth[s]) ** 2 - within;
    spread += total * within;
    scale += total * (values[s] - truth[s]) ** 2;
  });
  return { squaredBias: squaredBias / scale, variance: spread / scale };
}
