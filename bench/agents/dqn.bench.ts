// Benchmarks of DQN through its public API: one update against the roofline, acting, and the host's share of an update.

import { decodeCheckpoint, encodeCheckpoint } from "../../src/formats/checkpoint.ts";
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
  { inputs: 256, hidden: [1024, 1024], actions: 16, batchSize: 512 },
];

export function shapeName({ inputs, hidden, actions }: UpdateShape): string {
  return [inputs, ...hidden, actions].join("-");
}

/**
 * Returns the operations of an update: 8 per weight and transition. Two forward passes take 2 each; in the backward pass, the
 * products for weights and for inputs take 2 each.
 */
export function updateFlops({ inputs, hidden, actions, batchSize }: UpdateShape): number {
  const widths = [inputs, ...hidden, actions];
  let weights = 0;
  for (let i = 1; i < widths.length; i++) weights += widths[i - 1] * widths[i];
  return 8 * weights * batchSize;
}

/** Returns an agent with a full replay after `updates` updates. */
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

/**
 * Returns an agent in the state of a long run, when subnormal numbers appear (in the moments of dead units). A small network
 * makes 20,000 updates, which take seconds. A larger one makes fewer, and some of its units get the moments of 20,000 updates.
 */
export function longTrainedAgent(shape: UpdateShape, engine?: EngineBinary): DQN {
  const flops = updateFlops(shape);
  if (flops < 5e6) return trainedAgent(shape, 20_000, engine);
  const agent = trainedAgent(shape, flops < 1e8 ? 1000 : flops < 1e9 ? 50 : 10, engine);
  return withDeadUnits(agent, shape.hidden.length, engine);
}

/** Share of dead units. Measured: 10 of 64 after 20,000 updates of 4-64-64-2, 6 of 256 after 3,000 of 8-256-256-4. */
const DEAD_UNITS = 1 / 16;
/** Smallest moments under a decay of 0.9 or 0.999 without gradient: in float32 the next product rounds to the same number. */
const [STUCK_M, STUCK_V] = [4 * 2 ** -149, 499 * 2 ** -149];

/** Makes some hidden units of an agent dead: their bias is too negative for any input, and their moments are subnormal. */
function withDeadUnits(agent: DQN, hiddenLayers: number, engine?: EngineBinary): DQN {
  const checkpoint = decodeCheckpoint(agent.save());
  const numbers = (name: string): Float32Array => checkpoint.tensors.get(name)!.data as Float32Array;
  for (let layer = 0; layer < hiddenLayers; layer++) {
    const [own, next] = [2 * layer, 2 * (layer + 1)];
    const units = numbers(`${own}.bias`).length;
    const inputs = numbers(`${own}.weight`).length / units;
    const isDead = (unit: number): boolean => unit % (1 / DEAD_UNITS) === 0;
    for (const prefix of ["", "target."]) {
      const bias = numbers(`${prefix}${own}.bias`);
      for (let unit = 0; unit < units; unit++) if (isDead(unit)) bias[unit] = -1000;
    }
    for (const [prefix, stuck] of [["optimizer.m.", STUCK_M] as const, ["optimizer.v.", STUCK_V] as const]) {
      const seed = (name: string, unitOf: (k: number) => number): void => {
        const moments = numbers(prefix + name);
        for (let k = 0; k < moments.length; k++) if (isDead(unitOf(k))) moments[k] = stuck;
      };
      seed(`${own}.weight`, (k) => Math.floor(k / inputs));
      seed(`${own}.bias`, (k) => k);
      seed(`${next}.weight`, (k) => k % units);
    }
  }
  const tensors = [...checkpoint.tensors].map(([name, tensor]) => ({ name, ...tensor }));
  return DQN.load(encodeCheckpoint({ ...checkpoint, tensors }), engine === undefined ? {} : { engine });
}

/** Returns a generator of uniform numbers for artificial data (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
