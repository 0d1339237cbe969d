// DQN as its user sees it: one update against the roofline, acting, and how much of an update is the host's.

import { DQN, type DQNOptions, type EngineBinary } from "../../src/index.ts";
import { box, discrete } from "../../src/space.ts";

export interface UpdateShape {
  readonly inputs: number;
  readonly hidden: readonly number[];
  readonly actions: number;
  readonly batchSize: number;
}

export const UPDATE_SHAPES: readonly UpdateShape[] = [
  { inputs: 4, hidden: [64, 64], actions: 2, batchSize: 64 },
  { inputs: 8, hidden: [256, 256], actions: 4, batchSize: 128 },
  { inputs: 64, hidden: [512, 512], actions: 8, batchSize: 256 },
];

export function shapeName({ inputs, hidden, actions }: UpdateShape): string {
  return [inputs, ...hidden, actions].join("-");
}

/** 8 per weight and transition: two forward passes, and backward the products for weights and inputs, 2 each. */
export function updateFlops({ inputs, hidden, actions, batchSize }: UpdateShape): number {
  const widths = [inputs, ...hidden, actions];
  let weights = 0;
  for (let i = 1; i < widths.length; i++) weights += widths[i - 1] * widths[i];
  return 8 * weights * batchSize;
}

/** An agent with a filled replay and `updates` updates behind it: subnormal numbers show only after thousands. */
export function trainedAgent(shape: UpdateShape, updates: number, engine?: EngineBinary, more: DQNOptions = {}): DQN {
  const { inputs, hidden, actions, batchSize } = shape;
  const spaces = { observationSpace: box(-10, 10, [inputs]), actionSpace: discrete(actions) };
  const agent = new DQN(spaces, {
    network: { hidden },
    batchSize,
    capacity: 10_000,
    warmupSteps: 0,
    learningRate: 1e-4,
    targetIntervalUpdates: 1,
    tau: 0.005,
    maxGradientNorm: null,
    ...(engine === undefined ? {} : { engine }),
    ...more,
  });
  const next = generator(1);
  const row = (): Float32Array => Float32Array.from({ length: inputs }, () => 2 * next() - 1);
  for (let i = 0; i < 10_000; i++) {
    const action = Math.floor(next() * actions);
    const terminated = next() < 0.05;
    agent.observe({ observation: row(), action, reward: 1, nextObservation: row(), terminated, truncated: false });
  }
  agent.update({ maxUpdates: updates });
  return agent;
}

/** Uniform numbers for made-up data (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
