// Gated recurrent units: equal bits on every backend, PyTorch's numbers, and gradients through time.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import { Gru, type GruNetwork } from "../../src/nn/gru.ts";
import type { ParameterSpec, Parameters } from "../../src/operations/handles.ts";
import type { GruPass } from "../../src/operations/recurrent.ts";
import { stage } from "../nn/module-contract.ts";
import { BACKENDS } from "./backends.ts";
import { expectClose, now } from "./compare.ts";
import { type Outputs, output, Pair, parametersOf, SEED, tensorOf } from "./pair.ts";
import { readRecording } from "./recordings.ts";
import { Sampler, type Wildness } from "./sampler.ts";

/** Steps and sequences; units of every remainder of vectors, panels and tiles. */
const SHAPES: readonly (readonly [number, number])[] = [
  [1, 1],
  [1, 7],
  [2, 4],
  [3, 5],
  [4, 13],
  [7, 1],
];
const UNITS: readonly number[] = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 33, 64];

interface Numbers {
  readonly H: number;
  readonly start: Float32Array;
  readonly state: Float32Array;
  readonly input: Float32Array;
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  readonly dOutput: Float32Array;
}

function draw(sampler: Sampler, T: number, S: number, H: number, wildness: Wildness = "ordinary"): Numbers {
  return {
    H,
    start: Float32Array.from({ length: T * S }, () => (sampler.next() < 0.3 ? 1 : 0)),
    state: sampler.values(S * H, wildness),
    input: sampler.values(T * S * 3 * H, wildness),
    weight: sampler.values(3 * H * H, wildness),
    bias: sampler.values(3 * H, wildness),
    dOutput: sampler.values(T * S * H, wildness),
  };
}

const specsOf = (H: number): ParameterSpec[] => [
  { name: "weight", shape: [3 * H, H] },
  { name: "bias", shape: [3 * H] },
];

interface Planned {
  readonly pass: GruPass;
  readonly parameters: Parameters;
}

/** @param spare rows beyond those used, all sentinels */
function plan(backend: Backend, rows: number, numbers: Numbers, spare: number = 0): Planned {
  const { H, start, state, input, weight, bias } = numbers;
  const planned = output(backend, rows + spare, 3 * H);
  backend.write(planned, input);
  const pass = {
    start: tensorOf(backend, rows, 1, start),
    state: tensorOf(backend, state.length / H, H, state),
    input: planned,
    recurrent: output(backend, rows + spare, 3 * H),
    previous: output(backend, rows + spare, H),
    output: output(backend, rows + spare, H),
  };
  return { pass, parameters: parametersOf(backend, specsOf(H), [weight, bias]) };
}

function readPass(backend: Backend, name: string, { input, recurrent, previous, output: states }: GruPass): Outputs {
  const read = { input, recurrent, previous, output: states };
  return Object.fromEntries(
    Object.entries(read).map(([part, tensor]) => [`${name} ${part}`, now(backend.read(tensor))]),
  );
}

describe.each(BACKENDS.slice(1))("$name equals the reference bit for bit", ({ create }) => {
  test.each<Wildness>(["ordinary", "finite", "wild"])("on %s numbers, rows beyond untouched", (wildness) => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create);
    for (const [T, S] of SHAPES) {
      for (const H of UNITS) {
        const numbers = draw(sampler, T, S, H, wildness);
        const spare = sampler.index(3);
        pair.agree(`${T} steps, ${S} sequences, ${H} units`, (backend): Outputs => {
          const { pass, parameters } = plan(backend, T * S, numbers, spare);
          backend.recurrent.gruForward(T, S, pass, parameters, 0, 1);
          const forward = readPass(backend, "forward", pass);
          const dOutput = output(backend, T * S + spare, H);
          backend.write(dOutput, numbers.dOutput);
          backend.recurrent.gruBackward(T, S, pass, parameters, 0, dOutput);
          return { ...forward, ...readPass(backend, "backward", pass), passed: now(backend.read(dOutput)) };
        });
      }
    }
  });
});

/** Cho et al. 2014 in float64, one sequence, with the states before each step. */
function states(numbers: Numbers, T: number, S: number, s: number): number[][] {
  const { H, start, state, input, weight, bias } = numbers;
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  let h = Array.from(state.subarray(s * H, (s + 1) * H));
  const all: number[][] = [];
  for (let t = 0; t < T; t++) {
    const row = t * S + s;
    if (start[row] === 1) h = h.map(() => 0);
    const b = Array.from(bias, (c, k) => h.reduce((sum, x, j) => sum + weight[k * H + j] * x, c));
    h = h.map((before, j) => {
      const a = (gate: number): number => input[row * 3 * H + gate * H + j];
      const r = sigmoid(a(0) + b[j]);
      const z = sigmoid(a(1) + b[H + j]);
      const n = Math.tanh(a(2) + r * b[2 * H + j]);
      return (1 - z) * n + z * before;
    });
    all.push(h);
  }
  return all;
}

describe.each(BACKENDS)("$name", ({ create }) => {
  const [T, S, H] = [5, 3, 6];

  test("computes the equations, and forgets where an episode starts", () => {
    const numbers = draw(new Sampler(SEED), T, S, H);
    const backend = create();
    const { pass, parameters } = plan(backend, T * S, numbers);
    backend.recurrent.gruForward(T, S, pass, parameters, 0, 1);
    const expected = Array.from({ length: S }, (_, s) => states(numbers, T, S, s));
    const rows = Array.from({ length: T * S }, (_, row) => expected[row % S][Math.floor(row / S)]);
    expectClose(`seed ${SEED}`, now(backend.read(pass.output)), rows.flat(), 2e-6);
    expect(numbers.start.some((flag, row) => flag === 1 && row >= S)).toBe(true);
  });

  test("a step at a time, each from the state before, is the same to the bit", () => {
    const numbers = draw(new Sampler(SEED), T, S, H);
    const backend = create();
    const whole = plan(backend, T * S, numbers);
    backend.recurrent.gruForward(T, S, whole.pass, whole.parameters, 0, 1);
    let { state } = numbers;
    const rows: number[] = [];
    for (let t = 0; t < T; t++) {
      const start = numbers.start.slice(t * S, (t + 1) * S);
      const input = numbers.input.slice(t * S * 3 * H, (t + 1) * S * 3 * H);
      const { pass, parameters } = plan(backend, S, { ...numbers, start, input, state });
      backend.recurrent.gruForward(1, S, pass, parameters, 0, 1);
      state = now(backend.read(pass.output));
      rows.push(...state);
    }
    expect(Array.from(now(backend.read(whole.pass.output)))).toEqual(rows);
  });

  // L = sum of c h over all states; central differences in float64: h^2 |f'''| / 6 is far below.
  test("gradients of both products are the slopes of a loss on all states", () => {
    const numbers = draw(new Sampler(SEED), T, S, H);
    const backend = create();
    const { pass, parameters } = plan(backend, T * S, numbers);
    backend.recurrent.gruForward(T, S, pass, parameters, 0, 1);
    const previous = now(backend.read(pass.previous));
    backend.recurrent.gruBackward(T, S, pass, parameters, 0, tensorOf(backend, T * S, H, numbers.dOutput));
    const loss = (moved: Numbers): number => {
      let sum = 0;
      for (let s = 0; s < S; s++) {
        for (const [t, h] of states(moved, T, S, s).entries()) {
          for (let j = 0; j < H; j++) sum += numbers.dOutput[(t * S + s) * H + j] * h[j];
        }
      }
      return sum;
    };
    const step = 1e-4;
    const slopes = (name: "input" | "weight" | "bias"): number[] =>
      Array.from(numbers[name], (_, k) => {
        const at = (by: number): number => {
          const values = Float64Array.from(numbers[name]) as unknown as Float32Array;
          values[k] += by;
          return loss({ ...numbers, [name]: values });
        };
        return (at(step) - at(-step)) / (2 * step);
      });
    expectClose(`seed ${SEED}, input`, now(backend.read(pass.input)), slopes("input"), 2e-5);
    // Of weights and bias by the gradient of the product, as denseBackward sums them.
    const db = now(backend.read(pass.recurrent));
    const dBias = Array.from({ length: 3 * H }, (_, k) =>
      Array.from({ length: T * S }, (_, row) => db[row * 3 * H + k]).reduce((a, b) => a + b, 0),
    );
    const dWeight = Array.from({ length: 3 * H * H }, (_, at) => {
      const [k, j] = [Math.floor(at / H), at % H];
      let sum = 0;
      for (let row = 0; row < T * S; row++) sum += db[row * 3 * H + k] * previous[row * H + j];
      return sum;
    });
    expectClose(`seed ${SEED}, bias`, dBias, slopes("bias"), 2e-5);
    expectClose(`seed ${SEED}, weight`, dWeight, slopes("weight"), 2e-5);
  });
});

interface Recorded {
  readonly steps: number;
  readonly sequences: number;
  readonly inputs: number;
  readonly units: number;
  readonly x: number[];
  readonly state: number[];
  readonly start: number[];
  readonly parameters: Record<string, number[]>;
  readonly output: number[];
  readonly d_output: number[];
  readonly d_x: number[];
  readonly gradients: Record<string, number[]>;
}

/** Two float32 computations of numbers around 1, through seven steps. */
const PYTORCH_TOLERANCE = 5e-6;

describe.each(BACKENDS)("$name agrees with PyTorch's nn.GRU", ({ create }) => {
  test("in states and in all gradients, reset where an episode starts", () => {
    const { case: recorded } = readRecording<{ case: Recorded }>("pytorch-gru.json");
    const { steps, sequences, inputs, units } = recorded;
    const rows = steps * sequences;
    const backend = create();
    const layer = new Gru(inputs, units, "pytorch-linear");
    const names = layer.specs.map(({ name }) => name);
    expect(names).toEqual(Object.keys(recorded.parameters));
    const { network, weights } = stage(backend, layer, true);
    for (const [i, name] of names.entries()) backend.writeParameter(weights.block, i, recorded.parameters[name]);
    const x = tensorOf(backend, rows, inputs, recorded.x);
    const gradients = backend.parameters(layer.specs);
    const dX = backend.tensor(rows, inputs);
    const pass = (network as GruNetwork).plan({ rows, x, gradients, dX, steps });
    backend.write(pass.start, recorded.start);
    backend.write(pass.state, recorded.state);
    expectClose("output", now(backend.read(pass.forward())), recorded.output, PYTORCH_TOLERANCE);

    backend.write(pass.dOutput!, recorded.d_output);
    pass.backward();
    expectClose("dx", now(backend.read(dX)), recorded.d_x, PYTORCH_TOLERANCE);
    for (const [i, name] of names.entries()) {
      expectClose(name, now(backend.readParameter(gradients, i)), recorded.gradients[name], PYTORCH_TOLERANCE);
    }
  });
});
