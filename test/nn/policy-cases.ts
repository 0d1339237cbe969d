// A policy for every kind of actions and distribution.

import {
  type ActionDistributionOptions,
  createPolicyHead,
  readActionDistribution,
} from "../../src/nn/action-distribution.ts";
import { DEFAULT_NETWORK } from "../../src/nn/network-options.ts";
import { type PolicyModule, policyModule } from "../../src/nn/policy.ts";
import { box, discrete, multiBinary, multiDiscrete, type Space } from "../../src/space.ts";

export const ROWS = 6;
export const INPUTS = 3;
export const UNITS = 4;

export interface Case {
  readonly space: Space;
  readonly options?: Partial<ActionDistributionOptions>;
  readonly masked?: boolean;
}

export const BOX: Space = box([-1, -1], [1, 1]);
export const CASES: Readonly<Record<string, Case>> = {
  categorical: { space: discrete(3) },
  "categorical, masked": { space: discrete(4), masked: true },
  "several choices": { space: multiDiscrete([2, 3]) },
  bits: { space: multiBinary(3) },
  "Gaussian with deviations of its own": { space: BOX },
  "Gaussian with deviations of the state": { space: BOX, options: { stateDependent: true } },
  "squashed Gaussian": { space: BOX, options: { squashed: true } },
  "Gaussian by a function of the state": { space: BOX, options: { type: "gsde" } },
  "the same, deviations shared": { space: BOX, options: { type: "gsde", sharedDeviations: true } },
};

export function policy({ space, options }: Case, values: boolean = false): PolicyModule {
  const given = space.kind === "box" ? ({ type: "gaussian", ...options } as ActionDistributionOptions) : null;
  const head = createPolicyHead(space, readActionDistribution("test", space, given), UNITS);
  const network = { ...DEFAULT_NETWORK, hidden: [UNITS], activation: "tanh" as const };
  return policyModule({ inputs: INPUTS, network, head, values });
}
