// What every module promises (src/nn/module.ts), tested over odd sizes: gradients and tangents are slopes, fewer rows are the same
// rows, what nobody needs is not computed, and strict backends agree bit for bit.
//
// Slopes are central differences in float32. Rounding of sums of a few numbers, 2^-24 each, over two steps of 2^-8 leaves some
// 1e-5 of the size of the outputs; the third derivative, times the step squared over 6, less.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import { ReferenceBackend } from "../../src/backends/reference/reference-backend.ts";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import type { Module, Network, Pass, Site, Weights } from "../../src/nn/module.ts";
import type { ParameterSpec, Parameters, Tensor } from "../../src/operations/handles.ts";
import { expectSameBits, now } from "../conformance/compare.ts";
import { size as lengthOf, SEED, tensorOf } from "../conformance/pair.ts";
import { Sampler } from "../conformance/sampler.ts";

const STEP = 2 ** -8;
const TOLERANCE = 1e-3;
const ROUNDING = 3e-5;

/** Numbers that lie on a backend: read, and moved. */
interface Place {
  readonly values: Float32Array;
  write(values: Float32Array): void;
}

/** A module on random weights. */
export interface Stage {
  readonly backend: Backend;
  readonly module: Module;
  readonly network: Network;
  readonly weights: Weights;
  readonly sampler: Sampler;
}

/** How a module differs from plain layers. */
export interface Traits {
  /** Plans a pass that is not planned from a site alone, or whose tensors want to be filled. [network.plan(site)] */
  readonly plan?: (stage: Stage, site: Site) => Pass;
  /** Whether it stands alone in its block, as what goes over a block from its first array on asks for. [false] */
  readonly isAlone?: boolean;
  /** Rows: not those of any vector or panel. [5] */
  readonly rows?: number;
  /** Whether gradients of x are what a difference says. [true] */
  readonly movesWithInput?: boolean;
  /** Whether it has tangents. [true] */
  readonly hasTangent?: boolean;
  /** Whether the pass of fewer rows is a part of the whole one. [true] */
  readonly rowsAreApart?: boolean;
}

/** Random numbers in every array of a block. */
export function fill(backend: Backend, block: Parameters, sampler: Sampler): Parameters {
  for (const [i, spec] of block.specs.entries()) backend.writeParameter(block, i, sampler.values(lengthOf(spec)));
  return block;
}

/** A module with random trained and kept arrays, before and behind which lie arrays of others unless it is alone. */
export function stage(backend: Backend, module: Module, isAlone: boolean = false): Stage {
  const sampler = new Sampler(SEED);
  const others: ParameterSpec[] = isAlone ? [] : [{ name: "neighbour", shape: [3] }];
  const block = fill(backend, backend.parameters([...others, ...module.specs, ...others]), sampler);
  const kept = fill(backend, backend.parameters([...others, ...module.kept]), sampler);
  const weights: Weights = { block, first: others.length, kept, firstKept: others.length };
  const network = module.on(backend, weights);
  network.withoutNoise?.();
  return { backend, module, network, weights, sampler };
}

export const numbers = (backend: Backend, tensor: Tensor): Float32Array => now(backend.read(tensor));

/** Array i of a block. */
export const arrayOf = (backend: Backend, block: Parameters, i: number): Float32Array =>
  now(backend.readParameter(block, i));

/** All numbers of a block, array by array. */
export const blockNumbers = (backend: Backend, block: Parameters): number[] =>
  block.specs.flatMap((_, i) => Array.from(arrayOf(backend, block, i)));

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
};

/** Random parts are drawn anew, the same ones every time. */
function resample({ backend, network }: Stage): void {
  network.resample?.(backend.random.stream(9, "noise"));
}

/** A pass with everything that it can have. */
interface Planned {
  readonly pass: Pass;
  readonly x: Tensor;
  readonly gradients: Parameters;
  readonly dX: Tensor;
  readonly slopes: Float32Array;
}

function planned(on: Stage, traits: Traits, wants: { gradients?: boolean; dX?: boolean } = {}): Planned {
  const { backend, module, network, weights } = on;
  const { rows = 5 } = traits;
  const sampler = new Sampler(SEED + 1);
  const x = tensorOf(backend, rows, module.inputs, sampler.values(rows * module.inputs));
  const gradients = backend.parameters(weights.block.specs);
  const dX = backend.tensor(rows, module.inputs);
  const site: Site = {
    rows,
    x,
    gradients: (wants.gradients ?? true) ? gradients : null,
    dX: (wants.dX ?? true) ? dX : null,
  };
  const pass = traits.plan?.(on, site) ?? network.plan(site);
  return { pass, x, gradients, dX, slopes: sampler.values(rows * pass.output.columns) };
}

/** Forward and backward with the slopes as gradient of the output. @returns all that came of it */
function run(on: Stage, { pass, gradients, dX, slopes }: Planned): Record<string, ArrayLike<number>> {
  const { backend } = on;
  resample(on);
  const output = numbers(backend, pass.forward());
  if (pass.dOutput !== null) {
    backend.write(pass.dOutput, slopes);
    pass.backward();
  }
  return { output, gradients: blockNumbers(backend, gradients), dX: numbers(backend, dX) };
}

/** How far a kink, as a rectifier's, can move a central difference: half of what the slopes on both sides are apart. */
const bend = (up: number, middle: number, down: number, step: number): number =>
  Math.abs(up - 2 * middle + down) / (2 * step);

/** Numbers whose gradient is not the slope of the loss, and those that lie at a kink. */
function strangers(
  on: Stage,
  plan: Planned,
  places: readonly [Place, ArrayLike<number>][],
): { wrong: string[]; kinks: number } {
  const { backend } = on;
  const loss = (): number => {
    resample(on);
    return dot(numbers(backend, plan.pass.forward()), plan.slopes);
  };
  const middle = loss();
  const size = numbers(backend, plan.pass.output).reduce((sum, y, k) => sum + Math.abs(y * plan.slopes[k]), 0);
  const wrong: string[] = [];
  let kinks = 0;
  for (const [p, [place, gradient]] of places.entries()) {
    for (let i = 0; i < place.values.length; i++) {
      const at = (offset: number): number => {
        const moved = place.values.slice();
        moved[i] += offset;
        place.write(moved);
        return loss();
      };
      const [up, down] = [at(STEP), at(-STEP)];
      place.write(place.values);
      const slope = (up - down) / (2 * STEP);
      const error = Math.abs(slope - gradient[i]) - TOLERANCE * Math.max(1, Math.abs(slope)) - ROUNDING * size;
      if (error <= 0) continue;
      if (error <= bend(up, middle, down, STEP)) kinks++;
      else wrong.push(`array ${p}, number ${i}: slope ${slope}, gradient ${gradient[i]}`);
    }
  }
  return { wrong, kinks };
}

/** Registers the tests of the contract. @param made the module, or what makes one on a backend */
export function keepsContract(made: Module | ((backend: Backend) => Module), traits: Traits = {}): void {
  const { movesWithInput = true, hasTangent = true, rowsAreApart = true } = traits;
  const on = (backend: Backend): Stage =>
    stage(backend, typeof made === "function" ? made(backend) : made, traits.isAlone);

  test("gradients of weights and input are the slopes of the outputs", () => {
    const backend = new WasmBackend();
    const here = on(backend);
    const plan = planned(here, traits);
    const { gradients, dX } = run(here, plan);
    const { block, first } = here.weights;
    const places: [Place, ArrayLike<number>][] = [];
    let at = 0;
    for (const [i, spec] of block.specs.entries()) {
      const part = (gradients as number[]).slice(at, at + lengthOf(spec));
      at += lengthOf(spec);
      if (i < first || i >= first + here.module.specs.length) {
        expect(part, "an array of others").toEqual(part.map(() => 0));
        continue;
      }
      const write = (values: Float32Array): void => {
        backend.writeParameter(block, i, values);
      };
      places.push([{ values: arrayOf(backend, block, i), write }, part]);
    }
    const write = (values: Float32Array): void => backend.write(plan.x, values);
    if (movesWithInput) places.push([{ values: numbers(backend, plan.x), write }, dX]);
    const { wrong, kinks } = strangers(here, plan, places);
    expect(wrong, `seed ${SEED}`).toEqual([]);
    const count = places.reduce((sum, [{ values }]) => sum + values.length, 0);
    expect(kinks).toBeLessThan(0.25 * count);
  });

  test("a pass that somebody needs less of gives the same of the rest", () => {
    const backend = new WasmBackend();
    const here = on(backend);
    const all = run(here, planned(here, traits));
    const zeros = (list: ArrayLike<number>): number[] => new Array<number>(list.length).fill(0);
    if (here.module.specs.length > 0) {
      const ofWeights = run(here, planned(here, traits, { dX: false }));
      expectSameBits("gradients alone", ofWeights.gradients, all.gradients);
      expectSameBits("no dX", ofWeights.dX, zeros(all.dX));
    }
    const before = blockNumbers(backend, here.weights.block);
    const frozen = run(here, planned(here, traits, { gradients: false }));
    expectSameBits("dX alone", frozen.dX, all.dX);
    expectSameBits("no gradients", frozen.gradients, zeros(all.gradients));
    expectSameBits("weights", blockNumbers(backend, here.weights.block), before);
    const none = planned(here, traits, { gradients: false, dX: false });
    expect(none.pass.dOutput).toBe(null);
    expectSameBits("output alone", run(here, none).output, all.output);
  });

  test("strict backends agree bit for bit", () => {
    const [wasm, reference] = [new WasmBackend(), new ReferenceBackend()].map((backend) => {
      const here = on(backend);
      return run(here, planned(here, traits));
    });
    for (const name of Object.keys(wasm)) expectSameBits(`seed ${SEED}, ${name}`, wasm[name], reference[name]);
  });

  if (rowsAreApart) {
    test("fewer rows than planned give the same rows, forwards and backwards, and leave the others alone", () => {
      const backend = new WasmBackend();
      const here = on(backend);
      const plan = planned(here, traits);
      const { pass, dX, slopes } = plan;
      const { columns } = pass.output;
      const rows = 2;
      run(here, plan);
      const whole = numbers(backend, pass.output);
      const ofInput = numbers(backend, dX);
      const isInPlace = pass.output === plan.x;
      const marks = new Float32Array(pass.output.rows * columns).fill(7.25);
      if (!isInPlace) backend.write(pass.output, marks);
      backend.write(dX, new Float32Array(ofInput.length).fill(7.25));
      resample(here);
      pass.forward(rows);
      expectSameBits("rows", numbers(backend, pass.output).slice(0, rows * columns), whole.slice(0, rows * columns));
      if (!isInPlace) {
        expectSameBits("others", numbers(backend, pass.output).slice(rows * columns), marks.slice(rows * columns));
      }
      backend.write(pass.dOutput!, slopes.slice(0, rows * columns));
      pass.backward(rows);
      expectSameBits(
        "dX",
        numbers(backend, dX).slice(0, rows * plan.x.columns),
        ofInput.slice(0, rows * plan.x.columns),
      );
      if (pass.dOutput !== dX) {
        const rest = numbers(backend, dX).slice(rows * plan.x.columns);
        expectSameBits("dX of others", rest, new Float32Array(rest.length).fill(7.25));
      }
    });
  }

  if (hasTangent) describe("its tangent", () => keepsTangents(on, traits));
  else {
    test("has no tangent", () => {
      const here = on(new WasmBackend());
      expect(planned(here, traits).pass.tangent).toBe(undefined);
    });
  }
}

/** A direction of weights and input, and what moves along it. */
function moving(on: Stage, traits: Traits) {
  const { backend, sampler, weights } = on;
  const plan = planned(on, traits);
  const { pass, x } = plan;
  const direction = fill(backend, backend.parameters(weights.block.specs), sampler);
  const linear = backend.parameters(weights.block.specs);
  backend.vectors.copy(linear, weights.block);
  const ofInput = sampler.values(x.rows * x.columns);
  const dX = tensorOf(backend, x.rows, x.columns, ofInput);
  const tangent = pass.tangent!({ direction, linear, dX });
  tangent.hold();
  pass.forward();
  tangent.forward();
  return { plan, direction, linear, ofInput, tangent, moves: numbers(backend, tangent.moves) };
}

function keepsTangents(on: (backend: Backend) => Stage, traits: Traits): void {
  test("equals the central difference of the outputs along a direction of weights and input", () => {
    const backend = new WasmBackend();
    const here = on(backend);
    const { plan, direction, ofInput, moves } = moving(here, traits);
    const { block } = here.weights;
    const [weights, x] = [backend.parameters(block.specs), numbers(backend, plan.x)];
    const middle = numbers(backend, plan.pass.output);
    backend.vectors.copy(weights, block);
    const h = 2 ** -9;
    const [up, down] = [h, -h].map((step) => {
      backend.vectors.copy(block, weights);
      backend.vectors.combine(block, 1, direction, step);
      backend.write(
        plan.x,
        x.map((value, k) => value + step * ofInput[k]),
      );
      return numbers(backend, plan.pass.forward());
    });
    const expected = up.map((value, k) => (value - down[k]) / (2 * h));
    const error = moves.map((value, k) =>
      Math.max(0, Math.abs(value - expected[k]) - bend(up[k], middle[k], down[k], h)),
    );
    const length = Math.sqrt(dot(expected, expected));
    expect(length).toBeGreaterThan(0.1);
    expect(Math.sqrt(dot(error, error)) / length, `seed ${SEED}`).toBeLessThan(0.005);
  });

  test("is of one matrix with the way back: u . J v = J' u . v", () => {
    const backend = new WasmBackend();
    const here = on(backend);
    const { plan, direction, ofInput, moves } = moving(here, traits);
    const { gradients, dX } = run(here, plan);
    const v = blockNumbers(backend, direction);
    const reverse = dot(gradients, v) + dot(dX, ofInput);
    const scale = Math.sqrt(dot(gradients, gradients) * dot(v, v) + dot(dX, dX) * dot(ofInput, ofInput));
    // Sums of some hundred terms in float32.
    expect(Math.abs(dot(plan.slopes, moves) - reverse) / scale, `seed ${SEED}`).toBeLessThan(2e-6);
  });

  test("is written where the caller asks for it, the first rows alone where those are asked for", () => {
    const backend = new WasmBackend();
    const here = on(backend);
    const { plan, direction, linear, ofInput, moves } = moving(here, traits);
    const { x, pass } = plan;
    const { columns } = pass.output;
    const into = tensorOf(backend, x.rows, columns, new Float32Array(x.rows * columns).fill(7.25));
    const tangent = pass.tangent!({ direction, linear, dX: tensorOf(backend, x.rows, x.columns, ofInput), into });
    expect(tangent.moves).toBe(into);
    tangent.hold();
    tangent.forward(2);
    expectSameBits("first rows", numbers(backend, into).slice(0, 2 * columns), moves.slice(0, 2 * columns));
    const rest = numbers(backend, into).slice(2 * columns);
    expectSameBits("other rows", rest, new Float32Array(rest.length).fill(7.25));
  });

  test("strict backends agree on it bit for bit", () => {
    const [wasm, reference] = [new WasmBackend(), new ReferenceBackend()].map(
      (backend) => moving(on(backend), traits).moves,
    );
    expectSameBits(`seed ${SEED}`, wasm, reference);
  });
}
