// What is decided and from what: the only file to change for another product.

import { type Box, box, type Discrete, type DQNOptions, discrete } from "bellwether";

/** Action i shows offer i. Appending, removing or reordering starts a new agent. */
export const OFFERS = ["free-shipping", "app-discount", "bundle", "loyalty-points"] as const;

/** What is known of a visitor, each scaled to 0 .. 1 by the caller. */
export const FEATURES = ["returning", "mobile", "cartValue", "pagesSeen", "hourOfDay", "daysSinceVisit"] as const;

/** A click is 1, a sale could be 1 and a click 0.2, a complaint -1. */
export const REWARD_RANGE: { readonly min: number; readonly max: number } = { min: -1, max: 1 };

export const SPACES: { readonly observationSpace: Box; readonly actionSpace: Discrete } = {
  observationSpace: box(0, 1, [FEATURES.length]),
  actionSpace: discrete(OFFERS.length),
};

/** Exploration that never ends: preferences drift, and what is not shown is not learned about. */
const LASTING_EPSILON = 0.05;

/**
 * An agent that starts from nothing. `nStep` must stay 1: the feedback of many visitors arrives interleaved. `capacity`
 * is also how far back the agent remembers, and decides the size of a checkpoint.
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

/** An agent that starts from a trained policy: no warm-up, and no more exploration than it will need for good. */
export const TRAINED_AGENT_OPTIONS: DQNOptions = { ...AGENT_OPTIONS, warmupSteps: 0, epsilon: LASTING_EPSILON };
