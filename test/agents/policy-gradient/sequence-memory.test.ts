// The recurrent layer while it learns: sequences from the states that acting remembered, what follows a step, and gradients.

import { expect, test } from "vitest";
import { SequenceMemory } from "../../../src/agents/policy-gradient/sequence-memory.ts";
import { WasmBackend } from "../../../src/backends/wasm/wasm-backend.ts";
import { ActionEncoder } from "../../../src/experience/action-encoder.ts";
import { Rollout } from "../../../src/experience/rollout.ts";
import { RolloutOrder } from "../../../src/experience/rollout-order.ts";
import { RunningNormalizer } from "../../../src/experience/running-normalizer.ts";
import { Gru, type GruNetwork } from "../../../src/nn/gru.ts";
import { discrete } from "../../../src/space.ts";
import { tensorOf } from "../../conformance/pair.ts";
import { stepOf } from "../../experience/step-rows.ts";
import { blockNumbers, stage } from "../../nn/module-contract.ts";

const [T, E, UNITS, L, ROWS] = [4, 2, 3, 2, 4];

/** A rollout of four steps of two environments, acted on by the layer itself; environment 1's episode ends with its second step. */
function made() {
  const backend = new WasmBackend();
  const { network, weights } = stage(backend, new Gru(1, UNITS, "pytorch-linear"), true);
  const memory = network as GruNetwork;
  const step = memory.plan({ rows: 1, x: backend.tensor(1, 1) });
  const stepped = (state: readonly number[], x: number): number[] => {
    backend.write(step.x, [x]);
    backend.write(step.state, state);
    return Array.from(backend.read(step.forward()) as Float32Array);
  };
  const normalize = { normalizeObservations: false, normalizeRewards: false } as const;
  const rollout = new Rollout<"state">(backend, {
    ...{ steps: T, environments: E, observationSize: 1, remembered: { state: UNITS } },
    actions: new ActionEncoder(discrete(2)),
    normalizer: new RunningNormalizer(1, { ...normalize, discount: 1, environments: E }),
    present: () => {},
  });
  let states = [
    [0.5, -0.5, 1],
    [0, 0, 0],
  ];
  const befores: number[][] = [];
  const observed = (k: number): number => Math.fround(k / 4 - 0.6);
  for (let t = 0; t < T; t++) {
    const numbers = [0, 1].map((e) => observed(t * E + e));
    befores.push(...states);
    const action = new Float32Array(E);
    const rows = {
      rows: E,
      first: 0,
      observation: Float32Array.from(numbers),
      mask: null,
      starts: null,
      streams: null,
    };
    rollout.expect(rows, { action, given: action, remembered: { state: Float32Array.from(states.flat()) } });
    const ends = (e: number): boolean => t === 1 && e === 1;
    rollout.add(stepOf([0, 1].map((e) => ({ observation: [numbers[e]], next: [9 + e], truncated: ends(e) }))));
    states = states.map((state, e) => (ends(e) ? [0, 0, 0] : stepped(state, numbers[e])));
  }
  rollout.upload();
  const gradients = backend.parameters(weights.block.specs);
  const observation = backend.tensor(ROWS, 1);
  const sequence = new SequenceMemory(backend, memory, rollout, {
    rows: ROWS,
    sequenceSteps: L,
    observation,
    gradients,
  });
  sequence.prepare();
  const order = new RolloutOrder(backend, T * E, E, ROWS, L);
  return { backend, befores, gradients, memory, observation, observed, order, rollout, sequence, stepped };
}

const rowsOf = (flat: Float32Array, rows: number): number[][] =>
  Array.from({ length: rows }, (_, row) => Array.from(flat.subarray(row * UNITS, (row + 1) * UNITS)));

test("episodes start where the one before ended, but never in the first row of the rollout", () => {
  const { backend, sequence } = made();
  expect(Array.from(backend.read(sequence.start) as Float32Array)).toEqual([0, 0, 0, 0, 0, 1, 0, 0]);
});

test("sequences are stepped through from the states that acting remembered, and begin anew where episodes start", () => {
  const { backend, befores, observation, observed, order, rollout, sequence, stepped } = made();
  order.shuffle(backend.random.stream(2, "order"), rollout);
  const slots = Array.from(backend.read(order.tensor) as Float32Array);
  for (const first of [0, ROWS]) {
    backend.rows.gather(ROWS, order.tensor, first, rollout.tensors.observation, observation);
    sequence.forward(order.tensor, first, ROWS);
    const found = rowsOf(backend.read(sequence.output) as Float32Array, ROWS);
    for (let row = 0; row < ROWS; row++) {
      const slot = slots[first + row];
      // What acting saw there, whose states acting remembered step by step.
      const expected = stepped(befores[slot], observed(slot));
      for (const [u, value] of found[row].entries()) expect(value).toBeCloseTo(expected[u], 6);
    }
  }
});

test("what follows a step is seen from the state after it, within its own episode", () => {
  const { backend, befores, observed, order, sequence, stepped } = made();
  order.collect();
  sequence.lookAhead(order.tensor, 0, 3);
  const found = rowsOf(backend.read(sequence.output) as Float32Array, 3);
  for (let slot = 0; slot < 3; slot++) {
    const after = stepped(befores[slot], observed(slot));
    expect(found[slot]).toEqual(stepped(after, 9 + (slot % E)));
  }
  // Also of the step that ended its episode: its own last observation follows.
  sequence.lookAhead(order.tensor, 3, 1);
  const [last] = rowsOf(backend.read(sequence.output) as Float32Array, 1);
  expect(last).toEqual(stepped(stepped(befores[3], observed(3)), 10));
});

test("gradients go back through the steps of a sequence, for the pass that ran last", () => {
  const { backend, gradients, memory, observation, order, rollout, sequence } = made();
  order.reset(rollout);
  order.shuffle(backend.random.stream(2, "order"), rollout);
  backend.rows.gather(ROWS, order.tensor, 0, rollout.tensors.observation, observation);
  sequence.forward(order.tensor, 0, ROWS);
  const slopes = Float32Array.from({ length: ROWS * UNITS }, (_, k) => (k % 5) / 2 - 1);
  backend.write(sequence.dOutput, slopes);
  sequence.backward(ROWS);
  const found = blockNumbers(backend, gradients);
  // The layer by itself, on the same rows.
  const alone = backend.parameters(gradients.specs);
  const x = tensorOf(backend, ROWS, 1, backend.read(observation) as Float32Array);
  const pass = memory.plan({ rows: ROWS, x, gradients: alone, steps: L });
  backend.rows.gather(ROWS, order.tensor, 0, sequence.start, pass.start);
  backend.rows.gather(ROWS / L, order.tensor, 0, rollout.remembered.state.tensor, pass.state);
  pass.forward();
  backend.write(pass.dOutput!, slopes);
  pass.backward();
  expect(found).toEqual(blockNumbers(backend, alone));
  expect(found.some((slope) => slope !== 0)).toBe(true);
});
