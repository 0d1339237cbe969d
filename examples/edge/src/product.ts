// The product: its offers, the features of a visitor, the reward. Change only this file for another product.

import { type Box, box, type Discrete, type DQNOptions, discrete } from "bellwether";

/** Action i shows offer i. If you append, remove or reorder offers, the service starts with a new agent. */
export const OFFERS = ["free-shipping", "app-discount", "bundle", "loyalty-points"] as const;

/** Features of a visitor. The caller scales each of them to 0 .. 1. */
export const FEATURES = ["returning", "mobile", "cartValue", "pagesSeen", "hourOfDay", "daysSinceVisit"] as const;

/** Range of rewards. Here a click is 1. Another product may give 1 for a sale, 0.2 for a click and -1 for a complaint. */
export const REWARD_RANGE: { readonly min: number; readonly max: number } = { min: -1, max: 1 };

export const SPACES: { readonly observationSpace: Box; readonly actionSpace: Discrete } = {
  observationSpace: box(0, 1, [FEATURES.length]),
  actionSpace: discrete(OFFERS.length),
};

/** Share of random actions that remains for ever: preferences change, and the agent learns only about offers that it shows. */
const LASTING_EPSILON = 0.05;

/**
 * Options of an agent that starts untrained. `nStep` must stay 1, because the feedback of many visitors arrives interleaved.
 * `capacity` sets how far back the agent remembers, and the size of a checkpoint.
 */
export const AGENT_OPTIONS: DQNOptions = {
  seed: 1,
  discount: 0.9,
  learningRate: 2e-3,
  batchSize: 32,
  capacity: 4096,
  warmupSteps: 100,
  targetIntervalUpdates: 50,
  double: true,
  epsilon: { type: "linear", from: 1, to: LASTING_EPSILON, steps: 600 },
  network: { hidden: [32, 32], activation: "relu" },
};

/** Options of an agent that starts from a trained policy: no warm-up, and only the exploration that remains for ever. */
export const TRAINED_AGENT_OPTIONS: DQNOptions = { ...AGENT_OPTIONS, warmupSteps: 0, epsilon: LASTING_EPSILON };
