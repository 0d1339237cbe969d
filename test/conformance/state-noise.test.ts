// State-dependent noise of policies: every backend equals the reference bit for bit, and the reference what the paper says,
// by its definition in float64, by difference quotients and by the moments of draws.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import type { ParameterSpec, Parameters, Tensor } from "../../src/operations/handles.ts";
import type { StateNoise } from "../../src/operations/state-noise.ts";
import { BACKENDS } from "./backends.ts";
import { expectClose, now } from "./compare.ts";
import { type Outputs, output, Pair, parametersOf, ROWS, SEED, tensorOf, WIDTHS } from "./pair.ts";
import { Sampler, type Wildness } from "./sampler.ts";

/** Dimensions, and columns of log_std. */
const SHAPES: readonly (readonly [number, number])[] = [
  [1, 1],
  [2, 2],
  [3, 1],
  [5, 5],
];
const DRAWS_SEED = Number(process.env.BELLWETHER_SEED ?? 20_261_128);

/** The numbers behind a `StateNoise`, the same on every backend. */
interface Drawn {
  readonly rows: number;
  readonly H: number;
  readonly D: number;
  readonly C: number;
  /** [rows, H] */
  readonly z: Float32Array;
  /** [H, C] */
  readonly logStd: Float32Array;
  /** A direction, as log_std. */
  readonly t: Float32Array;
  /** [rows, D] */
  readonly slope: Float32Array;
}

function draw(sampler: Sampler, rows: number, H: number, [D, C]: readonly [number, number], wild: Wildness): Drawn {
  const of = (length: number): Float32Array => sampler.values(length, wild);
  const logStd = of(H * C).map((x) => x / 2);
  return { rows, H, D, C, z: of(rows * H), logStd, t: of(H * C), slope: of(rows * D) };
}

/** On a backend: the noise, log_std between two other parameters, results full of sentinels; its features and a direction. */
function noiseOf(
  backend: Backend,
  { rows, H, D, C, z, logStd, t, slope }: Drawn,
): { noise: StateNoise; features: Tensor; direction: Parameters } {
  const spec: ParameterSpec = { name: "log_std", shape: [H, C] };
  const specs: ParameterSpec[] = [{ name: "before", shape: [3] }, spec, { name: "after", shape: [5] }];
  const beside = [Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6, 7, 8)];
  const block = (values: Float32Array): Parameters => parametersOf(backend, specs, [beside[0], values, beside[1]]);
  const dLogDeviation = output(backend, rows + 2, D);
  backend.write(dLogDeviation, slope);
  const noise: StateNoise = {
    parameters: block(logStd),
    logStd: 1,
    variances: backend.parameters([spec]),
    logDeviation: output(backend, rows + 2, D),
    dLogDeviation,
    gradients: block(new Float32Array(H * C).fill(9)),
  };
  return { noise, features: tensorOf(backend, rows, H, z), direction: block(t) };
}

const readBlock = (backend: Backend, block: Parameters): number[] =>
  block.specs.flatMap((_, i) => Array.from(now(backend.readParameter(block, i))));

describe.each(BACKENDS.slice(1))("$name equals the reference bit for bit", ({ create }) => {
  test.each<Wildness>(["ordinary", "finite", "wild"])("on %s numbers, what lies beside untouched", (wildness) => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create);
    for (const rows of ROWS.slice(0, 11)) {
      for (const H of WIDTHS.slice(0, 18)) {
        const drawn = draw(sampler, rows, H, sampler.pick(SHAPES), wildness);
        const { D, C } = drawn;
        const [environments, first] = [1 + sampler.index(4), sampler.index(5)];
        pair.agree(`${rows} rows, ${H} features, ${D} dimensions, ${C} columns`, (backend): Outputs => {
          const { stateNoise } = backend;
          const { noise, features, direction } = noiseOf(backend, drawn);
          const stream = backend.random.stream(SEED, "policy");
          const specs = Array.from({ length: environments }, (_, e) => ({ name: `${e}`, shape: [H, D] as const }));
          const matrices = backend.parameters(specs);
          for (let e = environments - 1; e >= 0; e--) stateNoise.draw(stream, noise, matrices, e);
          const action = output(backend, rows + 1, D);
          stateNoise.explore(rows, features, matrices, first, action);
          stateNoise.deviations(rows, features, noise);
          const variances = readBlock(backend, noise.variances);
          stateNoise.deviationsGradient(rows, features, noise);
          const weighted = now(backend.read(noise.dLogDeviation!));
          stateNoise.deviationsTangent(rows, features, noise, direction);
          return {
            stream: backend.random.read(stream),
            matrices: readBlock(backend, matrices),
            action: now(backend.read(action)),
            deviations: now(backend.read(noise.logDeviation)),
            variances,
            gradients: readBlock(backend, noise.gradients!),
            weighted,
            tangent: now(backend.read(noise.dLogDeviation!)),
            direction: readBlock(backend, direction),
            parameters: readBlock(backend, noise.parameters),
          };
        });
      }
    }
  });
});

describe.each(BACKENDS)("$name", ({ create }) => {
  /** Sums of 13 terms around 1 in float32, and what exp and the logarithm may be off. */
  const VALUE_TOLERANCE = 5e-6;
  /** Of the twin in float64: h^2 |f'''| / 6 and rounding are far below. */
  const H_STEP = 1e-4;
  const GRADIENT_TOLERANCE = 5e-5;
  const [rows, H] = [6, 13];

  /** ln of the deviations [rows, D], in float64. */
  function logDeviations({ z, D, C }: Drawn, logStd: ArrayLike<number>): number[] {
    return Array.from({ length: rows * D }, (_, k) => {
      const [b, d] = [Math.floor(k / D), k % D];
      let variance = 1e-6;
      for (let h = 0; h < H; h++) variance += z[b * H + h] ** 2 * Math.exp(2 * logStd[h * C + Math.min(d, C - 1)]);
      return Math.log(variance) / 2;
    });
  }

  test.each(SHAPES)("deviations, their gradient and their tangent are those of the definition: %i, %i", (D, C) => {
    const drawn = draw(new Sampler(SEED + D), rows, H, [D, C], "ordinary");
    const backend = create();
    const { stateNoise } = backend;
    const { noise, features, direction } = noiseOf(backend, drawn);
    const used = rows * D;
    const read = (tensor: Tensor): Float32Array => now(backend.read(tensor)).subarray(0, used);
    stateNoise.deviations(rows, features, noise);
    expectClose("ln deviations", read(noise.logDeviation), logDeviations(drawn, drawn.logStd), VALUE_TOLERANCE);
    stateNoise.deviationsGradient(rows, features, noise);
    const gradient = drawn.logStd.map((value, k) => {
      const at = (x: number): number =>
        logDeviations(drawn, Float64Array.from(drawn.logStd).with(k, x)).reduce((s, l, j) => s + l * drawn.slope[j], 0);
      return (at(value + H_STEP) - at(value - H_STEP)) / (2 * H_STEP);
    });
    expect(Math.max(...gradient.map(Math.abs))).toBeGreaterThan(0.01);
    expectClose("gradient", now(backend.readParameter(noise.gradients!, 1)), gradient, GRADIENT_TOLERANCE);
    stateNoise.deviationsTangent(rows, features, noise, direction);
    const along = (x: number): number[] =>
      logDeviations(
        drawn,
        Array.from(drawn.logStd, (value, k) => value + x * drawn.t[k]),
      );
    const [ahead, behind] = [along(H_STEP), along(-H_STEP)];
    const tangent = ahead.map((value, k) => (value - behind[k]) / (2 * H_STEP));
    expectClose("tangent", read(noise.dLogDeviation!), tangent, GRADIENT_TOLERANCE);
  });

  test("features of 0 leave a deviation of a thousandth; what is not finite shows", () => {
    const backend = create();
    const of = (z: number, logStd: number): number => {
      const filled = (length: number, x: number): Float32Array => new Float32Array(length).fill(x);
      const drawn = { rows: 1, H: 3, D: 1, C: 1, z: filled(3, z), logStd: filled(3, logStd), t: filled(3, 0) };
      const { noise, features } = noiseOf(backend, { ...drawn, slope: filled(1, 0) });
      backend.stateNoise.deviations(1, features, noise);
      return backend.latest(noise.logDeviation, 0);
    };
    expect(Math.exp(of(0, 5))).toBeCloseTo(1e-3, 8);
    expect(of(1e30, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(of(Number.NaN, 0)).toBeNaN();
    expect(of(1, Number.NaN)).toBeNaN();
  });

  test(`over many matrices noise has mean 0 and the deviations that are told, dimensions apart, seed ${DRAWS_SEED}`, () => {
    const N = 20_000;
    const sampler = new Sampler(DRAWS_SEED);
    const drawn = draw(sampler, 2, 7, [2, 2], "ordinary");
    const backend = create();
    const { stateNoise } = backend;
    const { noise, features } = noiseOf(backend, drawn);
    const stream = backend.random.stream(DRAWS_SEED, "policy");
    const matrices = backend.parameters([{ name: "0", shape: [7, 2] }]);
    const means = [0.25, -1, 3, 0];
    const action = backend.tensor(2, 2);
    const moments = means.map(() => ({ sum: 0, square: 0 }));
    let product = 0;
    for (let n = 0; n < N; n++) {
      stateNoise.draw(stream, noise, matrices, 0);
      backend.write(action, means);
      stateNoise.explore(2, features, matrices, 0, action);
      const u = now(backend.read(action)).map((x, k) => x - means[k]);
      u.forEach((x, k) => {
        moments[k].sum += x;
        moments[k].square += x * x;
      });
      product += u[0] * u[1];
    }
    stateNoise.deviations(2, features, noise);
    const deviations = now(backend.read(noise.logDeviation)).slice(0, 4).map(Math.exp);
    // 5 standard deviations; the variance of a squared normal number is 2.
    for (const [k, { sum, square }] of moments.entries()) {
      expect(Math.abs(sum / N)).toBeLessThan((5 * deviations[k]) / Math.sqrt(N));
      expect(Math.abs(square / N / deviations[k] ** 2 - 1)).toBeLessThan(5 * Math.sqrt(2 / N));
    }
    expect(Math.abs(product / N)).toBeLessThan((5 * deviations[0] * deviations[1]) / Math.sqrt(N));
  });

  test("one matrix gives one answer to the same features, and each row its own matrix", () => {
    const backend = create();
    const { stateNoise } = backend;
    const drawn = draw(new Sampler(SEED), 5, 6, [2, 2], "ordinary");
    const same = { ...drawn, z: drawn.z.map((_, k) => drawn.z[k % 6]) };
    const { noise, features } = noiseOf(backend, same);
    const stream = backend.random.stream(1, "policy");
    const matrices = backend.parameters([0, 1].map((e) => ({ name: `${e}`, shape: [6, 2] as const })));
    for (const e of [0, 1]) stateNoise.draw(stream, noise, matrices, e);
    const explored = (first: number): number[][] => {
      const action = backend.tensor(5, 2);
      stateNoise.explore(5, features, matrices, first, action);
      const flat = Array.from(now(backend.read(action)));
      return [0, 1, 2, 3, 4].map((row) => flat.slice(2 * row, 2 * row + 2));
    };
    const [a, b] = explored(0);
    expect(a).not.toEqual(b);
    expect(explored(0)).toEqual([a, b, a, b, a]);
    expect(explored(1)).toEqual([b, a, b, a, b]);
    // Drawn anew it is another, and the other stays.
    stateNoise.draw(stream, noise, matrices, 0);
    const [c, d] = explored(0);
    expect(c).not.toEqual(a);
    expect(d).toEqual(b);
  });
});
