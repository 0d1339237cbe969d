// NChain: walk to the far end of a chain for a large reward. Turning back at any link gives a small reward.
//
//   observation  the link, 0 .. n - 1
//   action       0 forward by one link, 1 back to link 0
//   slip         with probability `slip` the other action happens
//   reward       `large` for a step forward in the last link (which stays there), `small` for every step back, 0 otherwise
//   start        link 0
//   end          none of its own; `make` truncates NChain-v0 after 1000 steps
//   info         prob: probability of the drawn outcome
//
// For n = 5 and a discount near 1, always going forward is best: 0.8^5 * 10 + 0.2 * 2 = 3.6768 per step in the long run.
//
// Source: Strens 2000, "A Bayesian framework for reinforcement learning", section 5; Dearden et al. 1998, "Bayesian
// Q-learning", with n = 5, rewards 10 and 2, and slip 0.2. The order of random draws is that of TableDrivenEnv.

import { rejectUnknownOptions, requireNumber } from "../../errors.ts";
import { type Discrete, discrete } from "../../space.ts";
import { boardSvg } from "../grid-picture.ts";
import { TableDrivenEnv, type TransitionTable } from "../tabular.ts";

/** Options of NChain. */
export interface NChainOptions {
  /** Links of the chain, at least 2. @defaultValue 5 */
  readonly n?: number;
  /** Probability that the other action happens instead, 0 .. 1. @defaultValue 0.2 */
  readonly slip?: number;
  /** Reward of a step back. @defaultValue 2 */
  readonly small?: number;
  /** Reward of a step forward in the last link. @defaultValue 10 */
  readonly large?: number;
}

/**
 * Walks along a chain to a large reward at its far end, past small rewards for turning back.
 *
 * Observation: the link, 0 .. n - 1. Action: 0 forward, 1 back to link 0. Id: "NChain-v0".
 */
export class NChain extends TableDrivenEnv {
  /** Names of the options that the constructor accepts. */
  static readonly optionNames: readonly string[] = ["n", "slip", "small", "large"];
  readonly observationSpace: Discrete;
  readonly actionSpace: Discrete = discrete(2);

  /** @throws TypeError, RangeError for an option that is unknown or out of range */
  constructor(options: NChainOptions = {}) {
    rejectUnknownOptions("NChain", options, NChain.optionNames);
    const n = requireNumber("NChain", "n", options.n ?? 5, { min: 2, integer: true }, "Default: 5.");
    const slip = requireNumber("NChain", "slip", options.slip ?? 0.2, { min: 0, max: 1 }, "It is a probability.");
    const small = requireNumber("NChain", "small", options.small ?? 2, {}, "Default: 2.");
    const large = requireNumber("NChain", "large", options.large ?? 10, {}, "Default: 10.");
    super(
      "NChain",
      chainTable(n, slip, small, large),
      Array.from({ length: n }, (_, link) => (link === 0 ? 1 : 0)),
    );
    this.observationSpace = discrete(n);
  }

  renderText(): string {
    return Array.from(this.table, (_, link) => (this.begun && link === this.current ? `[${link}]` : ` ${link} `)).join(
      "-",
    );
  }

  renderSvg(): string {
    const last = this.table.length - 1;
    return boardSvg(1, this.table.length, (_, link) => {
      if (this.begun && link === this.current) return "#d9534f";
      return link === last ? "#f0c419" : link === 0 ? "#f2d5a3" : "#d9edf7";
    });
  }
}

function chainTable(n: number, slip: number, small: number, large: number): TransitionTable {
  return Array.from({ length: n }, (_, link) => {
    const ways = (forward: number) => [
      {
        probability: forward,
        nextState: Math.min(link + 1, n - 1),
        reward: link === n - 1 ? large : 0,
        terminated: false,
      },
      { probability: 1 - forward, nextState: 0, reward: small, terminated: false },
    ];
    return [ways(1 - slip), ways(slip)];
  });
}
