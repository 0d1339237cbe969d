// What the operations of policies mean: probabilities by their definition in float64, gradients by central differences of
// what is differentiated, draws by their shares and moments.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import type { ParameterSpec, Tensor } from "../../src/operations/handles.ts";
import {
  type PolicyLoss,
  SURROGATE_METRICS,
  SurrogateMetric,
  type ValueLoss,
} from "../../src/operations/policy-loss.ts";
import { BACKENDS } from "./backends.ts";
import { expectClose, now } from "./compare.ts";
import { parametersOf, SEED, tensorOf } from "./pair.ts";
import { type Drawn, distributionOf, draw, FAMILIES, gradientsOf } from "./policy-distributions.ts";
import { Sampler } from "./sampler.ts";

const ROWS = 7;
/** Few roundings of numbers around 1. */
const VALUE_TOLERANCE = 3e-6;
/** See gradients.test.ts: h^2 |f'''| / 6 and the rounding of the twin's float64 are far below. */
const H = 1e-4;
const GRADIENT_TOLERANCE = 2e-5;
const DRAWS_SEED = Number(process.env.BELLWETHER_SEED ?? 20_261_122);

const sum = (list: ArrayLike<number>): number => Array.from(list).reduce((a, b) => a + b, 0);

/** A row of a distribution in float64. */
interface Row {
  readonly parameters: number[];
  readonly deviations: number[];
  readonly action: number[];
  readonly mask: number[] | null;
}

function rowOf({ parameters, deviations, action, mask, columns, P }: Drawn, row: number): Row {
  const of = (list: Float32Array, n: number): number[] => Array.from(list.subarray(row * n, (row + 1) * n));
  return {
    parameters: of(parameters, columns),
    deviations: deviations.length === columns ? Array.from(deviations) : of(deviations, columns),
    action: of(action, P),
    mask: mask === null ? null : of(mask, columns),
  };
}

/** Probabilities of every choice's options; those of bits are [1 - p, p]. */
function probabilities(drawn: Drawn, { parameters, mask }: Row): number[][] {
  if (drawn.family === "bernoulli") return parameters.map((x) => [1 / (1 + Math.exp(x)), 1 / (1 + Math.exp(-x))]);
  let start = 0;
  return drawn.choices.map((n) => {
    const weights = parameters.slice(start, start + n).map((x, j) => (mask?.[start + j] === 0 ? 0 : Math.exp(x)));
    start += n;
    return weights.map((w) => w / sum(weights));
  });
}

/** ln of the normal density and, squashed, of what tanh does to it; the noise of u is fixed. */
function density(u: number, mean: number, s: number): number {
  return -((u - mean) ** 2) / (2 * Math.exp(2 * s)) - s - Math.log(2 * Math.PI) / 2;
}
const squashing = (u: number): number => Math.log(1 - Math.tanh(u) ** 2);

function logProbability(drawn: Drawn, row: Row): number {
  if (drawn.family === "categorical" || drawn.family === "bernoulli") {
    return sum(probabilities(drawn, row).map((p, c) => Math.log(p[row.action[c]])));
  }
  const { action, parameters, deviations } = row;
  const plain = sum(action.map((u, d) => density(u, parameters[d], deviations[d])));
  return drawn.family === "squashed" ? plain - sum(action.map(squashing)) : plain;
}

function entropy(drawn: Drawn, row: Row): number {
  if (drawn.family === "categorical" || drawn.family === "bernoulli") {
    return -sum(probabilities(drawn, row).map((p) => sum(p.map((q) => (q === 0 ? 0 : q * Math.log(q))))));
  }
  const plain = sum(row.deviations.map((s) => s + Math.log(2 * Math.PI * Math.E) / 2));
  return drawn.family === "squashed" ? plain + sum(row.action.map(squashing)) : plain;
}

/** The squashed entropy's estimate with the noise behind u fixed: u moves with the parameters. */
function movingEntropy(drawn: Drawn, row: Row, noise: readonly number[]): number {
  if (drawn.family !== "squashed") return entropy(drawn, row);
  const action = row.parameters.map((mean, d) => mean + Math.exp(row.deviations[d]) * noise[d]);
  return entropy(drawn, { ...row, action });
}

function divergence(drawn: Drawn, from: Row, to: Row): number {
  if (drawn.family === "categorical" || drawn.family === "bernoulli") {
    const others = probabilities(drawn, to);
    return sum(
      probabilities(drawn, from).map((p, c) => sum(p.map((q, j) => (q === 0 ? 0 : q * Math.log(q / others[c][j]))))),
    );
  }
  return sum(
    from.parameters.map((mean, d) => {
      const [s, t, y] = [from.deviations[d], to.deviations[d], to.parameters[d]];
      return t - s + (Math.exp(2 * s) + (mean - y) ** 2) / (2 * Math.exp(2 * t)) - 0.5;
    }),
  );
}

describe.each(BACKENDS)("$name", ({ create }) => {
  const cases: [Drawn["family"], boolean][] = [
    ["categorical", true],
    ...FAMILIES.map((family): [Drawn["family"], boolean] => [family, false]),
  ];
  describe.each(cases)("%s, masked: %s", (family, masked) => {
    const made = (seed: number): Drawn => draw(new Sampler(seed), family, ROWS, [3, 2, 4], "ordinary", masked);
    /** Taken options are allowed ones. */
    const allowed = (drawn: Drawn): Drawn => {
      if (drawn.mask === null) return drawn;
      const action = drawn.action.map((_, k) => {
        const [row, c] = [Math.floor(k / drawn.P), k % drawn.P];
        const start = row * drawn.columns + sum(drawn.choices.slice(0, c));
        return drawn.mask!.subarray(start, start + drawn.choices[c]).indexOf(1);
      });
      return { ...drawn, action };
    };

    test("ln pi and entropy are those of the definition", () => {
      const drawn = allowed(made(SEED));
      const backend = create();
      const { distribution, action } = distributionOf(backend, drawn);
      const [log, H] = [0, 1].map(() => backend.tensor(drawn.planned, 1));
      backend.actionDistribution.evaluate(ROWS, distribution, action, log, H);
      const rows = Array.from({ length: ROWS }, (_, row) => rowOf(drawn, row));
      const expectRows = (what: string, tensor: Tensor, twin: (row: Row) => number): void =>
        expectClose(what, now(backend.read(tensor)).subarray(0, ROWS), rows.map(twin), VALUE_TOLERANCE);
      expectRows("ln pi", log, (row) => logProbability(drawn, row));
      expectRows("entropy", H, (row) => entropy(drawn, row));
    });

    test("the divergence is that of the definition, and 0 from itself", () => {
      const from = made(SEED);
      const parameters = new Sampler(SEED + 1).values(from.parameters.length);
      const to = { ...from, parameters, deviations: from.deviations.map((s) => 0.3 - s) };
      const backend = create();
      const result = backend.tensor(from.planned, 1);
      const [one, two] = [from, to].map((drawn) => distributionOf(backend, drawn).distribution);
      backend.actionDistribution.divergence(ROWS, one, two, result);
      const expected = Array.from({ length: ROWS }, (_, row) => divergence(from, rowOf(from, row), rowOf(to, row)));
      expect(Math.min(...expected)).toBeGreaterThan(0);
      expectClose("divergence", now(backend.read(result)).subarray(0, ROWS), expected, 10 * VALUE_TOLERANCE);
      backend.actionDistribution.divergence(ROWS, one, one, result);
      expectClose("from itself", now(backend.read(result)).subarray(0, ROWS), new Float32Array(ROWS), 1e-6);
    });

    test("gradients equal central differences", () => {
      const drawn = allowed(made(SEED + 2));
      const sampler = new Sampler(SEED);
      const [dLog, dEntropy] = [sampler.values(ROWS), 0.7];
      const backend = create();
      const { distribution, action } = distributionOf(backend, drawn);
      backend.actionDistribution.gradient(ROWS, distribution, action, tensorOf(backend, ROWS, 1, dLog), dEntropy);
      const actual = gradientsOf(backend, distribution);
      const rows = Array.from({ length: ROWS }, (_, row) => rowOf(drawn, row));
      const noises = rows.map(({ action: u, parameters, deviations }) =>
        u.map((x, d) => (x - parameters[d]) / Math.exp(deviations[d])),
      );
      const objective = (row: number, moved: Row): number =>
        dLog[row] * logProbability(drawn, moved) + dEntropy * movingEntropy(drawn, moved, noises[row]);
      const slopes = (what: "parameters" | "deviations"): number[][] =>
        rows.map((row, r) =>
          row[what].map((value, j) => {
            const at = (x: number): number => objective(r, { ...row, [what]: row[what].with(j, x) });
            return (at(value + H) - at(value - H)) / (2 * H);
          }),
        );
      const used = ROWS * drawn.columns;
      const main = actual.dLogits ?? actual.dMean;
      expectClose("parameters", main.subarray(0, used), slopes("parameters").flat(), GRADIENT_TOLERANCE);
      if (actual.dLogDeviation === undefined) return;
      const perRow = slopes("deviations");
      const expected = family === "shared" ? perRow[0].map((_, d) => sum(perRow.map((row) => row[d]))) : perRow.flat();
      expectClose("deviations", actual.dLogDeviation.subarray(0, expected.length), expected, 2 * GRADIENT_TOLERANCE);
    });

    test("the Fisher product is the second derivative of the divergence, times the change", () => {
      const drawn = made(SEED + 3);
      const sampler = new Sampler(SEED);
      const changes = {
        parameters: sampler.values(drawn.parameters.length),
        deviations: sampler.values(drawn.deviations.length),
      };
      const backend = create();
      const { distribution } = distributionOf(backend, drawn);
      const [main, other] =
        distribution.family === "gaussian"
          ? [distribution.dMean, distribution.dLogDeviation]
          : [distribution.dLogits, null];
      backend.write(main as Tensor, changes.parameters);
      if (other !== null) backend.write(other, changes.deviations);
      backend.actionDistribution.fisherProduct(ROWS, distribution);
      const actual = gradientsOf(backend, distribution);

      /** The divergence of one row from itself, moved by `along` times the change and by h in one place. */
      const moved = (row: number, what: "parameters" | "deviations", j: number, h: number, along: number): number => {
        const from = rowOf(drawn, row);
        const change = rowOf({ ...drawn, ...changes }, row);
        const move = (name: typeof what): number[] =>
          from[name].map((x, k) => x + along * change[name][k] + (name === what && k === j ? h : 0));
        return divergence(drawn, from, { ...from, parameters: move("parameters"), deviations: move("deviations") });
      };
      const products = (what: "parameters" | "deviations", row: number): number[] =>
        rowOf(drawn, row)[what].map((_, j) => {
          const at = (h: number, along: number): number => moved(row, what, j, h, along);
          const h = 1e-3;
          return (at(h, h) - at(h, -h) - at(-h, h) + at(-h, -h)) / (4 * h * h) / ROWS;
        });
      const every = Array.from({ length: ROWS }, (_, row) => row);
      const used = ROWS * drawn.columns;
      const expected = every.flatMap((row) => products("parameters", row));
      expect(Math.max(...expected)).toBeGreaterThan(0.05);
      expectClose("parameters", (actual.dLogits ?? actual.dMean).subarray(0, used), expected, GRADIENT_TOLERANCE);
      if (other === null) return;
      const perRow = every.map((row) => products("deviations", row));
      const ofDeviations =
        family === "shared" ? perRow[0].map((_, d) => sum(perRow.map((row) => row[d]))) : perRow.flat();
      const slopes = actual.dLogDeviation.subarray(0, ofDeviations.length);
      expectClose("deviations", slopes, ofDeviations, GRADIENT_TOLERANCE);
    });
  });

  test("what a mask forbids has no probability, no gradient and no part in the entropy", () => {
    const backend = create();
    const mask = tensorOf(backend, 1, 3, [1, 0, 1]);
    const at = (forbidden: number): Record<string, number[]> => {
      const logits = tensorOf(backend, 1, 3, [0.5, forbidden, -0.5]);
      const [dLogits, log, H] = [3, 1, 1].map((columns) => backend.tensor(1, columns));
      const distribution = {
        family: "categorical" as const,
        logits,
        choices: tensorOf(backend, 1, 1, [3]),
        mask,
        dLogits,
      };
      const action = tensorOf(backend, 1, 1, [2]);
      backend.actionDistribution.evaluate(1, distribution, action, log, H);
      backend.actionDistribution.gradient(1, distribution, action, tensorOf(backend, 1, 1, [1]), 1);
      const read = (tensor: Tensor): number[] => Array.from(now(backend.read(tensor)));
      return { log: read(log), H: read(H), dLogits: read(dLogits) };
    };
    const two = at(0);
    expect(two.dLogits[1]).toBe(0);
    for (const wild of [80, -80, Number.NaN, Number.POSITIVE_INFINITY]) expect(at(wild)).toEqual(two);
    expect(two.log[0]).toBeCloseTo(Math.log(1 / (1 + Math.E)), 6);
  });

  describe(`draws, seed ${DRAWS_SEED}`, () => {
    const N = 40_000;
    /** Draws of one row's distribution, N rows of it. */
    function draws(drawn: Omit<Drawn, "planned" | "rows" | "action">): Float32Array {
      const backend = create();
      const spread = (list: Float32Array): Float32Array =>
        Float32Array.from({ length: N * drawn.columns }, (_, k) => list[k % drawn.columns]);
      const all: Drawn = {
        ...drawn,
        planned: N,
        rows: N,
        action: new Float32Array(N * drawn.P),
        parameters: spread(drawn.parameters),
        mask: drawn.mask && spread(drawn.mask),
      };
      const { distribution, action } = distributionOf(backend, all);
      backend.actionDistribution.sample(backend.random.stream(DRAWS_SEED, "policy"), N, distribution, action);
      return now(backend.read(action));
    }
    const none = new Float32Array(0);

    test("choices come up as often as their probabilities say, masked ones never", () => {
      const parameters = Float32Array.of(0, Math.log(3), Math.log(2), 9, 0);
      const mask = Float32Array.of(1, 1, 1, 0, 1);
      const choices = [2, 3];
      const drawn = draws({ family: "categorical", P: 2, choices, columns: 5, parameters, mask, deviations: none });
      const share = (choice: number, option: number): number =>
        drawn.filter((x, k) => k % 2 === choice && x === option).length / N;
      // 5 standard deviations of a share.
      const tolerance = (p: number): number => 5 * Math.sqrt((p * (1 - p)) / N);
      expect(Math.abs(share(0, 1) - 3 / 4)).toBeLessThan(tolerance(3 / 4));
      expect(Math.abs(share(1, 0) - 2 / 3)).toBeLessThan(tolerance(2 / 3));
      expect(share(1, 1)).toBe(0);
      expect(share(0, 0) + share(0, 1)).toBe(1);
      // Choices are apart from each other: both at once as often as the product says.
      let both = 0;
      for (let k = 0; k < N; k++) if (drawn[2 * k] === 1 && drawn[2 * k + 1] === 0) both++;
      expect(Math.abs(both / N - 1 / 2)).toBeLessThan(tolerance(1 / 2));
    });

    test("bits are set as often as the sigmoid of their logits", () => {
      const parameters = Float32Array.of(0, Math.log(4), -100);
      const drawn = draws({
        family: "bernoulli",
        P: 3,
        choices: [1, 1, 1],
        columns: 3,
        parameters,
        mask: null,
        deviations: none,
      });
      const share = (bit: number): number => sum(drawn.filter((_, k) => k % 3 === bit)) / N;
      expect(Math.abs(share(0) - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / N));
      expect(Math.abs(share(1) - 0.8)).toBeLessThan(5 * Math.sqrt(0.16 / N));
      expect(share(2)).toBe(0);
    });

    test("Gaussians have their means and deviations, dimensions apart", () => {
      const parameters = Float32Array.of(3, -1);
      const deviations = Float32Array.of(Math.log(2), Math.log(0.5));
      const drawn = draws({ family: "shared", P: 2, choices: [1, 1], columns: 2, parameters, mask: null, deviations });
      for (const [d, mean, deviation] of [
        [0, 3, 2],
        [1, -1, 0.5],
      ]) {
        const values = drawn.filter((_, k) => k % 2 === d);
        const average = sum(values) / N;
        const variance = sum(values.map((x) => (x - average) ** 2)) / N;
        expect(Math.abs(average - mean)).toBeLessThan((5 * deviation) / Math.sqrt(N));
        // The variance of a squared normal number is 2.
        expect(Math.abs(variance / deviation ** 2 - 1)).toBeLessThan(5 * Math.sqrt(2 / N));
      }
      let product = 0;
      for (let k = 0; k < N; k++) product += (drawn[2 * k] - 3) * (drawn[2 * k + 1] + 1);
      expect(Math.abs(product / N)).toBeLessThan((5 * 2 * 0.5) / Math.sqrt(N));
    });
  });

  test("without a stream the most probable action is taken", () => {
    const backend = create();
    const action = backend.tensor(2, 2);
    const read = (): number[] => Array.from(now(backend.read(action)));
    const choices = tensorOf(backend, 1, 2, [2, 3]);
    const logits = tensorOf(backend, 2, 5, [0, 1, 5, 4, 3, 2, 1, 0, 0, 0.5]);
    const mask = tensorOf(backend, 2, 5, [1, 1, 0, 1, 1, 1, 1, 1, 1, 1]);
    backend.actionDistribution.sample(null, 2, { family: "categorical", logits, choices, mask, dLogits: null }, action);
    expect(read()).toEqual([1, 1, 0, 2]);
    const bits = tensorOf(backend, 2, 2, [0.1, -0.1, 0, 7]);
    backend.actionDistribution.sample(null, 2, { family: "bernoulli", logits: bits, dLogits: null }, action);
    expect(read()).toEqual([1, 0, 0, 1]);
    const mean = tensorOf(backend, 2, 2, [0.25, -3, 4, 5]);
    const logDeviation = tensorOf(backend, 1, 2, [9, 9]);
    const free = { dMean: null, dLogDeviation: null };
    backend.actionDistribution.sample(
      null,
      2,
      { family: "gaussian", squashed: true, deviations: "shared", mean, logDeviation, ...free },
      action,
    );
    expect(read()).toEqual([0.25, -3, 4, 5]);
  });
});

describe.each(BACKENDS)("$name: blocks of parameters as vectors", ({ create }) => {
  const specs: ParameterSpec[] = [
    { name: "weight", shape: [3, 2] },
    { name: "bias", shape: [3] },
  ];

  test("combine adds multiples, dot sums products over all of both", () => {
    const backend = create();
    const x = parametersOf(backend, specs, [
      [1, 2, 3, 4, 5, 6],
      [7, 8, 9],
    ]);
    const y = parametersOf(backend, specs, [
      [1, 0, -1, 0, 1, 0],
      [0, 2, 0.5],
    ]);
    const result = backend.tensor(1, 2);
    backend.vectors.dot(x, y, result, 1);
    expect(Array.from(now(backend.read(result)))).toEqual([0, 1 - 3 + 5 + 16 + 4.5]);
    backend.vectors.combine(y, 2, x, -0.5);
    expect(Array.from(now(backend.readParameter(y, 0)))).toEqual([1.5, -1, -3.5, -2, -0.5, -3]);
    expect(Array.from(now(backend.readParameter(y, 1)))).toEqual([-3.5, 0, -3.5]);
  });

  test("dot keeps what float32 would lose", () => {
    const backend = create();
    const x = parametersOf(backend, specs.slice(1), [[1e5, -1e5, 1]]);
    const y = parametersOf(backend, specs.slice(1), [[1e5, 1e5, 1]]);
    const result = backend.tensor(1, 1);
    backend.vectors.dot(x, y, result, 0);
    expect(backend.latest(result, 0)).toBe(1);
  });
});

describe.each(BACKENDS)("$name: losses", ({ create }) => {
  const column = (backend: Backend, values: readonly number[]): Tensor =>
    tensorOf(backend, values.length, 1, Float32Array.from(values));

  test("the clipped surrogate and its slopes by hand, on either side of both limits", () => {
    const backend = create();
    // Ratios 1.5, 1.1, 0.5, 1.5, 0.9, 0.5; advantages 1, then -1.
    const ratios = [1.5, 1.1, 0.5, 1.5, 0.9, 0.5];
    const advantages = [1, 1, 1, -1, -1, -1];
    const loss: PolicyLoss = {
      logProbability: column(
        backend,
        ratios.map((r) => Math.log(r) - 1),
      ),
      oldLogProbability: column(
        backend,
        ratios.map(() => -1),
      ),
      advantage: column(backend, advantages),
      entropy: column(backend, [1, 2, 3, 4, 5, 6]),
      clip: 0.2,
      dLogProbability: backend.tensor(6, 1),
      metrics: backend.tensor(1, SURROGATE_METRICS),
    };
    backend.policyLoss.surrogate(6, loss);
    // min of the free and the limited product; the slope ends where the limited one is the smaller.
    const terms = [1.2, 1.1, 0.5, -1.5, -0.9, -0.8];
    const slopes = [0, 1.1, 0.5, -1.5, -0.9, 0];
    const metric = (column_: number): number => backend.latest(loss.metrics, column_);
    expectClose(
      "slopes",
      now(backend.read(loss.dLogProbability)),
      slopes.map((x) => -x / 6),
      1e-6,
    );
    expect(metric(SurrogateMetric.loss)).toBeCloseTo(-sum(terms) / 6, 6);
    expect(metric(SurrogateMetric.entropy)).toBeCloseTo(3.5, 6);
    expect(metric(SurrogateMetric.clipFraction)).toBeCloseTo(4 / 6, 6);
    const kl = sum(ratios.map((r) => r - 1 - Math.log(r))) / 6;
    expect(metric(SurrogateMetric.approximateKl)).toBeCloseTo(kl, 6);
  });

  test("without old log-probabilities it is the plain policy gradient", () => {
    const backend = create();
    const loss: PolicyLoss = {
      logProbability: column(backend, [-1, -2]),
      oldLogProbability: null,
      advantage: column(backend, [3, -0.5]),
      entropy: column(backend, [0, 1]),
      clip: 0,
      dLogProbability: backend.tensor(2, 1),
      metrics: backend.tensor(1, SURROGATE_METRICS),
    };
    backend.policyLoss.surrogate(2, loss);
    expect(Array.from(now(backend.read(loss.dLogProbability)))).toEqual([-1.5, 0.25]);
    const { loss: mean, approximateKl, clipFraction } = SurrogateMetric;
    const read = [mean, approximateKl, clipFraction].map((at) => backend.latest(loss.metrics, at));
    expect(read).toEqual([1, 0, 0]);
  });

  test("the value's loss and slopes by hand, with changes clipped and without", () => {
    const backend = create();
    const at = (isClipped: boolean): { loss: number; slopes: number[] } => {
      const loss: ValueLoss = {
        value: column(backend, [2, 2, 2, 0.1, -2]),
        target: column(backend, [3, 0, 1, 1, 0]),
        oldValue: isClipped ? column(backend, [0, 0, 1.75, 0, 0]) : null,
        clip: 0.5,
        weight: 0.25,
        dValue: backend.tensor(5, 1),
        metrics: backend.tensor(1, 1),
      };
      backend.policyLoss.value(5, loss);
      const slopes = Array.from(now(backend.read(loss.dValue)));
      return { loss: backend.latest(loss.metrics, 0), slopes };
    };
    // Errors -1, 2, 1, -0.9, -2; at the limit -2.5, 0.5, (within), (within), -0.5.
    const free = at(false);
    expect(free.loss).toBeCloseTo((1 + 4 + 1 + 0.81 + 4) / 5, 6);
    expectClose(
      "slopes",
      free.slopes,
      [-1, 2, 1, -0.9, -2].map((error) => (0.5 * error) / 5),
      1e-6,
    );
    const clipped = at(true);
    expect(clipped.loss).toBeCloseTo((6.25 + 4 + 1 + 0.81 + 4) / 5, 6);
    expectClose(
      "clipped slopes",
      clipped.slopes,
      [0, 2, 1, -0.9, -2].map((error) => (0.5 * error) / 5),
      1e-6,
    );
  });

  test("standard scores have mean 0 and unbiased deviation 1; a single number stays", () => {
    const backend = create();
    const x = column(backend, [1, 2, 3, 4, 10]);
    backend.rows.standardize(4, x);
    const deviation = Math.sqrt(5 / 3);
    expectClose("scores", now(backend.read(x)), [...[-1.5, -0.5, 0.5, 1.5].map((d) => d / deviation), 10], 1e-6);
    backend.write(x, [7, 7, 7]);
    backend.rows.standardize(3, x);
    expect(Array.from(now(backend.read(x))).slice(0, 3)).toEqual([0, 0, 0]);
    backend.rows.standardize(1, backend.tensor(1, 1));
    const single = column(backend, [5]);
    backend.rows.standardize(1, single);
    expect(Array.from(now(backend.read(single)))).toEqual([5]);
  });
});
