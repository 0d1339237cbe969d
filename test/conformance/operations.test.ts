// Every operation of every backend equals the reference backend's (bit for bit, or within what backends.ts allows it), on
// sizes around every vector, panel and tile width. Each case runs one program on both and compares all that it read
// (pair.ts); rows past `rows` are read too, because no operation may touch them. What the operations mean is tested in meaning.test.ts and gradients.test.ts.

import { describe, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import type { Batch, ParameterSpec, Parameters, RandomStream, Reading, Tensor } from "../../src/operations/handles.ts";
import type { Activation } from "../../src/operations/layers.ts";
import type { ObservationStorage, ReplayMemory } from "../../src/operations/replay.ts";
import { VALUE_METRICS } from "../../src/operations/value-loss.ts";
import { CONTENDERS, skipsOf } from "./backends.ts";
import {
  output,
  Pair,
  type Program,
  parametersOf,
  plannedRows,
  type Readings,
  ROWS,
  readAll,
  SEED,
  size,
  tensorOf,
  WIDTHS,
} from "./pair.ts";
import { Sampler, type Wildness } from "./sampler.ts";

const ACTIVATIONS: readonly Activation[] = ["identity", "relu", "tanh", "silu", "gelu", "elu", "sigmoid"];

function dense(sampler: Sampler, B: number, I: number, O: number, activation: Activation, wildness: Wildness): Program {
  const planned = plannedRows(B, sampler);
  const specs: ParameterSpec[] = [
    { name: "weight", shape: [O, I] },
    { name: "bias", shape: [O] },
  ];
  const values = specs.map((spec) => sampler.values(size(spec), wildness));
  const x = sampler.values(planned * I, wildness);
  const dy = sampler.values(planned * O, wildness);
  return (backend) => {
    const parameters = parametersOf(backend, specs, values);
    const gradients = parametersOf(backend, specs, values);
    const input = tensorOf(backend, planned, I, x);
    const slope = tensorOf(backend, planned, O, dy);
    const [y, z, dx] = [output(backend, planned, O), output(backend, planned, O), output(backend, planned, I)];
    backend.layers.denseForward(B, input, parameters, 0, 1, activation, y, z);
    const forward = { y: backend.read(y), z: backend.read(z) };
    backend.layers.denseBackward(B, input, y, z, slope, parameters, 0, 1, activation, gradients, dx);
    const backward = { dz: backend.read(slope), dx: backend.read(dx) };
    // Once more without dx, as the first layer does, and without z where it is not needed.
    backend.write(slope, dy);
    const first = parametersOf(backend, specs, values);
    const needed = activation === "silu" || activation === "gelu" ? z : null;
    backend.layers.denseBackward(B, input, y, needed, slope, parameters, 0, 1, activation, first, null);
    // And frozen.
    const [frozenSlope, frozenDx] = [tensorOf(backend, planned, O, dy), output(backend, planned, I)];
    backend.layers.denseBackward(B, input, y, needed, frozenSlope, parameters, 0, 1, activation, null, frozenDx);
    const frozen = { "frozen dz": backend.read(frozenSlope), "frozen dx": backend.read(frozenDx) };
    const gradientsRead = { ...readAll(backend, "gradient", gradients), ...readAll(backend, "first", first) };
    return { ...forward, ...backward, ...frozen, ...gradientsRead };
  };
}

const SMALL_CASES = 30;

describe.each(CONTENDERS)("$name equals the reference $agreement", ({ create, tolerance, kinds, isImmediate }) => {
  skipsOf(kinds);

  test.each(ROWS)("dense layers of %i rows", async (rows) => {
    const sampler = new Sampler(SEED + rows);
    const pair = new Pair(create, tolerance);
    for (const [k, O] of WIDTHS.entries()) {
      // Over all rows every pair of widths comes up with several activations.
      for (const turn of [0, 1, 2]) {
        const I = WIDTHS[(k * 5 + rows * 3 + turn * 7) % WIDTHS.length];
        const activation = ACTIVATIONS[(k + rows + turn) % ACTIVATIONS.length];
        const wildness = kinds[(k + turn) % kinds.length];
        await pair.agree(
          `[${rows}, ${I}] -> ${O} ${activation} ${wildness}`,
          dense(sampler, rows, I, O, activation, wildness),
        );
      }
    }
  });

  test.each(ACTIVATIONS)("dense layers of every small size with %s", async (activation) => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create, tolerance);
    for (const rows of [1, 3, 4, 5, 8, 9]) {
      for (let I = 1; I <= 9; I++) {
        for (let O = 1; O <= 9; O++) {
          await pair.agree(`[${rows}, ${I}] -> ${O}`, dense(sampler, rows, I, O, activation, "ordinary"));
        }
      }
    }
  });

  test.each(ACTIVATIONS)("%s over 20000 numbers, special ones among them", async (activation) => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create, tolerance);
    for (const wildness of kinds) {
      const values = sampler.values(20_000, wildness).map((x) => x * sampler.pick([1e-3, 1, 8, 40]));
      const slopes = sampler.values(20_000, wildness);
      await pair.agree(wildness, (backend) => {
        const z = tensorOf(backend, 1000, 20, values);
        const y = output(backend, 1000, 20);
        const dy = tensorOf(backend, 1000, 20, slopes);
        backend.layers.activationForward(1000, z, activation, y);
        backend.layers.activationBackward(1000, dy, y, z, activation);
        const outputs = { y: backend.read(y), dz: backend.read(dy) };
        backend.layers.activationForward(1000, z, activation, z);
        return { ...outputs, "in place": backend.read(z) };
      });
    }
  });

  test.each(ACTIVATIONS)("%s of 16 numbers that are small, large, or some of each", async (activation) => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create, tolerance);
    const values = sampler.values(6400, "ordinary").map((_, k) => {
      const [block, lane] = [Math.floor(k / 16), k % 16];
      const isSmall = block % 3 === 0 || (block % 3 === 2 && sampler.pick([true, false]));
      const size = isSmall ? sampler.pick([0, 0.3, 0.6249]) : sampler.pick([0.625, 0.7, 5, 50]);
      const isOdd = kinds.includes("wild") && block % 7 === 0 && lane === sampler.pick([3, 12]);
      return isOdd ? sampler.pick([Number.NaN, Number.NEGATIVE_INFINITY]) : size * sampler.pick([-1, 1]);
    });
    await pair.agree("blocks", (backend) => {
      const z = tensorOf(backend, 100, 64, values);
      backend.layers.activationForward(100, z, activation, z);
      return { y: backend.read(z) };
    });
  });

  test.each(ACTIVATIONS)("%s on every shape", async (activation) => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create, tolerance);
    for (const rows of [1, 2, 3, 5, 8]) {
      for (const columns of WIDTHS) {
        const values = sampler.values(9 * columns, kinds.includes("finite") ? "finite" : "ordinary");
        await pair.agree(`[${rows}, ${columns}]`, (backend) => {
          const z = tensorOf(backend, 9, columns, values);
          const [y, dy] = [output(backend, 9, columns), output(backend, 9, columns)];
          backend.layers.activationForward(rows, z, activation, y);
          backend.layers.activationBackward(rows, dy, y, z, activation);
          return { y: backend.read(y), dz: backend.read(dy) };
        });
      }
    }
  });

  test.each(kinds)("sums with scaled tensors of %s numbers", async (wildness) => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create, tolerance);
    for (const rows of ROWS) {
      for (const columns of WIDTHS) {
        const planned = plannedRows(rows, sampler);
        const [x, y] = [0, 1].map(() => sampler.values(planned * columns, wildness));
        const scale = sampler.pick([0, 1, -1, 3, 0.1, 1e30]);
        await pair.agree(`[${rows}, ${columns}] x ${scale}`, (backend) => {
          const [addend, sum] = [tensorOf(backend, planned, columns, x), tensorOf(backend, planned, columns, y)];
          backend.rows.addScaled(rows, addend, scale, sum);
          return { sum: backend.read(sum), addend: backend.read(addend) };
        });
      }
    }
  });

  test.each(kinds)("layer norm of %s numbers", async (wildness) => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create, tolerance);
    // Where bits need not be equal: a row of little variance would enlarge what two roundings differ by.
    const epsilon = tolerance === 0 ? 1e-5 : 0.1;
    for (const rows of ROWS) {
      for (const O of WIDTHS) {
        const specs: ParameterSpec[] = [
          { name: "scale", shape: [O] },
          { name: "shift", shape: [O] },
        ];
        const planned = plannedRows(rows, sampler);
        const values = [sampler.values(O, wildness), sampler.values(O, wildness)];
        const [input, slope] = [sampler.values(planned * O, wildness), sampler.values(planned * O, wildness)];
        await pair.agree(`[${rows}, ${O}]`, (backend) => {
          const parameters = parametersOf(backend, specs, values);
          const gradients = parametersOf(backend, specs, values);
          const [x, dy] = [tensorOf(backend, planned, O, input), tensorOf(backend, planned, O, slope)];
          const [y, dx, statistics] = [
            output(backend, planned, O),
            output(backend, planned, O),
            output(backend, planned, 2),
          ];
          backend.layers.layerNormForward(rows, x, parameters, 0, 1, epsilon, y, statistics);
          backend.layers.layerNormBackward(rows, x, statistics, dy, parameters, 0, 1, gradients, dx);
          const apart = readAll(backend, "gradient", gradients);
          const frozenDx = output(backend, planned, O);
          backend.layers.layerNormBackward(rows, x, statistics, dy, parameters, 0, 1, null, frozenDx);
          backend.layers.layerNormBackward(rows, x, statistics, dy, parameters, 0, 1, gradients, dy);
          return {
            y: backend.read(y),
            statistics: backend.read(statistics),
            dx: backend.read(dx),
            "frozen dx": backend.read(frozenDx),
            "dx in place": backend.read(dy),
            ...apart,
            ...readAll(backend, "gradient in place", gradients),
          };
        });
      }
    }
  });

  test.each(kinds)("the dueling head on %s numbers", async (wildness) => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create, tolerance);
    for (const rows of ROWS) {
      for (const A of WIDTHS.slice(0, 14)) {
        const planned = plannedRows(rows, sampler);
        const values = sampler.values(planned * (1 + A), wildness);
        const slopes = sampler.values(planned * A, wildness);
        await pair.agree(`[${rows}, ${A}]`, (backend) => {
          const head = tensorOf(backend, planned, 1 + A, values);
          const dQ = tensorOf(backend, planned, A, slopes);
          const [q, dHead] = [output(backend, planned, A), output(backend, planned, 1 + A)];
          backend.layers.duelingForward(rows, head, q);
          backend.layers.duelingBackward(rows, dQ, dHead);
          return { q: backend.read(q), dHead: backend.read(dHead) };
        });
      }
    }
  });

  test.each(kinds)("softmax and its logarithm of %s numbers", async (wildness) => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create, tolerance);
    for (const rows of ROWS.slice(0, 12)) {
      for (const columns of WIDTHS) {
        const planned = plannedRows(rows, sampler);
        const values = sampler.values(planned * columns, wildness).map((x) => x * 5);
        await pair.agree(`[${rows}, ${columns}]`, (backend) => {
          const x = tensorOf(backend, planned, columns, values);
          const again = tensorOf(backend, planned, columns, values);
          const [y, log] = [output(backend, planned, columns), output(backend, planned, columns)];
          backend.rows.softmax(rows, x, y);
          backend.rows.logSoftmax(rows, x, log);
          backend.rows.softmax(rows, x, x);
          backend.rows.logSoftmax(rows, again, again);
          return {
            y: backend.read(y),
            log: backend.read(log),
            "y in place": backend.read(x),
            "log in place": backend.read(again),
          };
        });
      }
    }
  });

  test.skipIf(!isImmediate)("argmax with ties, NaN and masks", async () => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create, tolerance);
    for (const columns of WIDTHS) {
      const values = Float32Array.from({ length: SMALL_CASES * columns }, () =>
        sampler.pick([
          0,
          -0,
          1,
          1,
          2,
          -1,
          Number.NaN,
          Number.NEGATIVE_INFINITY,
          Number.POSITIVE_INFINITY,
          sampler.next(),
        ]),
      );
      // Rows of equal numbers, of NaN alone and of the least number alone.
      values.fill(1, 0, columns);
      values.fill(Number.NaN, columns, 2 * columns);
      values.fill(Number.NEGATIVE_INFINITY, 2 * columns, 3 * columns);
      const masks = Array.from({ length: 6 }, (_, k) =>
        sampler.values(columns).map((x) => (k > 0 && x > k - 3 ? 1 : 0)),
      );
      await pair.agree(`${columns} columns`, (backend) => {
        const x = tensorOf(backend, SMALL_CASES, columns, values);
        const mask = backend.tensor(1, columns);
        const chosen: number[] = [];
        for (let row = 0; row < SMALL_CASES; row++) {
          chosen.push(backend.rows.argmax(row, x, null));
          for (const allowed of masks) {
            backend.write(mask, allowed);
            chosen.push(backend.rows.argmax(row, x, mask));
          }
        }
        return { chosen };
      });
    }
  });

  describe.each(["mse", "huber"] as const)("temporal-difference updates with %s loss", (loss) => {
    test.each(loss === "mse" ? kinds : kinds.filter((kind) => kind !== "wild"))("on %s numbers", async (wildness) => {
      const sampler = new Sampler(SEED);
      const pair = new Pair(create, tolerance);
      for (const rows of ROWS) {
        for (const A of WIDTHS.slice(0, 14)) {
          const planned = plannedRows(rows, sampler);
          const [qValues, next, selection] = [0, 1, 2].map(() => sampler.values(planned * A, wildness));
          const columns = {
            action: Float32Array.from({ length: planned }, () => sampler.index(A)),
            reward: sampler.values(planned),
            discount: Float32Array.from({ length: planned }, () => sampler.pick([0, 0.9, 0.99])),
            weight: Float32Array.from({ length: planned }, () => sampler.next()),
          };
          for (const double of [false, true]) {
            await pair.agree(`[${rows}, ${A}] double ${double}`, (backend) => {
              const column = (values: Float32Array): Tensor => tensorOf(backend, planned, 1, values);
              const batch: Batch = {
                observation: backend.tensor(planned, 1),
                nextObservation: backend.tensor(planned, 1),
                index: backend.tensor(planned, 1),
                action: column(columns.action),
                reward: column(columns.reward),
                discount: column(columns.discount),
                weight: column(columns.weight),
              };
              const [dQ, target, absError] = [A, 1, 1].map((width) => output(backend, planned, width));
              const metrics = output(backend, 2, VALUE_METRICS);
              backend.valueLoss.td(rows, {
                q: tensorOf(backend, planned, A, qValues),
                nextQ: tensorOf(backend, planned, A, next),
                selectionQ: double ? tensorOf(backend, planned, A, selection) : null,
                batch,
                loss,
                dQ,
                target,
                absError,
                metrics,
              });
              return {
                dQ: backend.read(dQ),
                target: backend.read(target),
                absError: backend.read(absError),
                metrics: backend.read(metrics),
              };
            });
          }
        }
      }
    });
  });

  describe.each(kinds)("on %s numbers", (wildness) => {
    /** Several steps of an optimizer on blocks of many shapes; momenta start tiny, so that flushing shows. */
    async function steps(
      what: string,
      step: (backend: Backend, p: Parameters, g: Parameters, a: Parameters, b: Parameters, t: number) => void,
    ): Promise<void> {
      const sampler = new Sampler(SEED);
      const pair = new Pair(create, tolerance);
      for (const width of WIDTHS) {
        const specs: ParameterSpec[] = [
          { name: "weight", shape: [width, sampler.pick(WIDTHS.slice(0, 12))] },
          { name: "bias", shape: [width] },
        ];
        const [p, a] = [0, 1].map(() => specs.map((spec) => sampler.values(size(spec), wildness)));
        const b = a.map((array) => array.map(Math.abs));
        const g = [1, 2, 3].map(() => specs.map((spec) => sampler.values(size(spec), wildness)));
        const tiny = sampler.next() < 0.5 ? 1e-30 : 1;
        await pair.agree(`${what} ${specs[0].shape}`, (backend) => {
          const parameters = parametersOf(backend, specs, p);
          const first = parametersOf(
            backend,
            specs,
            a.map((array) => array.map((x) => x * tiny)),
          );
          const second = parametersOf(
            backend,
            specs,
            b.map((array) => array.map((x) => x * tiny)),
          );
          g.forEach((gradient, t) => {
            step(backend, parameters, parametersOf(backend, specs, gradient), first, second, t + 1);
          });
          return {
            ...readAll(backend, "parameter", parameters),
            ...readAll(backend, "first", first),
            ...readAll(backend, "second", second),
          };
        });
      }
    }

    test("Adam and AdamW", async () => {
      for (const weightDecay of [0, 0.01]) {
        await steps(`Adam, decay ${weightDecay}`, (backend, p, g, m, v, t) => {
          backend.optimizers.adam(p, g, m, v, {
            learningRate: 3e-4,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weightDecay,
            biasCorrection1: 1 - 0.9 ** t,
            biasCorrection2: 1 - 0.999 ** t,
          });
        });
      }
    });

    test("RMSProp, plain and centred", async () => {
      const step = { learningRate: 2.5e-4, alpha: 0.95, epsilon: 0.01 };
      await steps("plain", (backend, p, g, _first, v) => backend.optimizers.rmsprop(p, g, v, null, step));
      await steps("centred", (backend, p, g, mean, v) => backend.optimizers.rmsprop(p, g, v, mean, step));
      const inRoot = { ...step, epsilon: 0, rootEpsilon: 0.01 };
      await steps("in the root", (backend, p, g, mean, v) => backend.optimizers.rmsprop(p, g, v, mean, inRoot));
    });

    test("gradient descent, plain and with momentum", async () => {
      await steps("plain", (backend, p, g) => backend.optimizers.sgd(p, g, null, 0.01, 0));
      await steps("momentum", (backend, p, g, velocity) => backend.optimizers.sgd(p, g, velocity, 0.01, 0.9));
    });

    test("following and copying", async () => {
      for (const tau of [0, 0.005, 0.5, 1]) {
        await steps(`tau ${tau}`, (backend, target, online) => backend.vectors.polyak(target, online, tau));
      }
      await steps("copy", (backend, target, online) => backend.vectors.copy(target, online));
    });

    test("clipping by the global norm", async () => {
      const sampler = new Sampler(SEED);
      const pair = new Pair(create, tolerance);
      for (const width of WIDTHS) {
        for (const inputs of WIDTHS) {
          const specs: ParameterSpec[] = [
            { name: "weight", shape: [width, inputs] },
            { name: "bias", shape: [width] },
          ];
          const values = specs.map((spec) => sampler.values(size(spec), sampler.next() < 0.5 ? "ordinary" : wildness));
          const maxNorm = sampler.pick([0.5, 10, 1e6]);
          await pair.agree(`[${width}, ${inputs}] to ${maxNorm}`, (backend) => {
            const gradients = parametersOf(backend, specs, values);
            const norm = output(backend, 2, 2);
            backend.vectors.clipNorm(gradients, maxNorm, norm);
            return { norm: backend.read(norm), ...readAll(backend, "gradient", gradients) };
          });
        }
      }
    });
  });

  // Not of infinite inputs: times a zero of the padding they are NaN, and so becomes a norm that would be infinite.
  test.each(kinds.filter((kind) => kind !== "wild"))(
    "the norm of gradients that a dense layer made of %s numbers",
    async (wildness) => {
      const sampler = new Sampler(SEED);
      const pair = new Pair(create, tolerance);
      for (const [B, I, O] of Array.from({ length: SMALL_CASES }, () => [1, 2, 3].map(() => sampler.pick(WIDTHS)))) {
        const specs: ParameterSpec[] = [
          { name: "weight", shape: [O, I] },
          { name: "bias", shape: [O] },
        ];
        const values = specs.map((spec) => sampler.values(size(spec), wildness));
        const [x, dy] = [sampler.values(B * I, wildness), sampler.values(B * O)];
        await pair.agree(`[${B}, ${I}] -> ${O}`, (backend) => {
          const parameters = parametersOf(backend, specs, values);
          const gradients = backend.parameters(specs);
          const [input, slope] = [tensorOf(backend, B, I, x), tensorOf(backend, B, O, dy)];
          const y = backend.tensor(B, O);
          const norm = backend.tensor(1, 2);
          backend.layers.denseForward(B, input, parameters, 0, 1, "relu", y, null);
          backend.layers.denseBackward(B, input, y, null, slope, parameters, 0, 1, "relu", gradients, null);
          backend.vectors.clipNorm(gradients, 1, norm);
          return { norm: backend.read(norm), ...readAll(backend, "gradient", gradients) };
        });
      }
    },
  );

  test("random streams and everything drawn from them", async () => {
    const pair = new Pair(create, tolerance);
    for (const seed of [0, 1, SEED, 4_294_967_295, 4_294_967_296, Number.MAX_SAFE_INTEGER]) {
      await pair.agree(`stream of ${seed}`, (backend) => {
        const stream = backend.random.stream(seed, "exploration");
        const fill = (rows: number, columns: number, draw: (tensor: Tensor) => void): Reading => {
          const tensor = backend.tensor(rows, columns);
          draw(tensor);
          return backend.read(tensor);
        };
        return {
          first: backend.random.read(stream),
          uniform: Array.from({ length: 100 }, () => backend.random.uniform(stream)),
          index: [1, 2, 3, 1000, 65_537, 3_221_225_473, 4_294_967_295].flatMap((n) =>
            Array.from({ length: 20 }, () => backend.random.index(stream, n)),
          ),
          uniforms: fill(5, 7, (tensor) => backend.random.fillUniform(stream, tensor, -0.3, 0.7)),
          normals: fill(3, 5, (tensor) => backend.random.fillNormal(stream, tensor, 0.1, 1.7)),
          "even normals": fill(65, 6, (tensor) => backend.random.fillNormal(stream, tensor, -1e3, 1e-3)),
          "state after an odd number of normals": backend.random.read(stream),
          permutation: fill(1, 33, (tensor) => backend.random.permutation(stream, tensor)),
          last: backend.random.read(stream),
        };
      });
    }
  });

  // Fisher-Yates has nothing to choose for its last element.
  test("a permutation of n draws n - 1 indices", async () => {
    await new Pair(create, tolerance).agree("state after a permutation", (backend) => {
      const stream = backend.random.stream(SEED, "replay");
      backend.random.permutation(stream, backend.tensor(1, 33));
      return { state: backend.random.read(stream) };
    });
  });

  // A sign taken by copysign would be finite, and not the same everywhere: WebAssembly leaves the sign of a NaN open.
  test.skipIf(!kinds.includes("wild"))(
    "Huber's gradient of a NaN error is NaN (regression: copysign of the error)",
    async () => {
      await new Pair(create, tolerance).agree("q is NaN", (backend) => {
        const column = (value: number): Tensor => tensorOf(backend, 1, 1, [value]);
        const batch: Batch = {
          observation: column(0),
          nextObservation: column(0),
          index: column(0),
          action: column(0),
          reward: column(1),
          discount: column(0),
          weight: column(1),
        };
        const [q, dQ] = [tensorOf(backend, 1, 2, [Number.NaN, 1]), backend.tensor(1, 2)];
        const [target, absError, metrics] = [column(0), column(0), backend.tensor(1, VALUE_METRICS)];
        backend.valueLoss.td(1, { q, nextQ: q, selectionQ: null, batch, loss: "huber", dQ, target, absError, metrics });
        return { dQ: backend.read(dQ) };
      });
    },
  );

  test.each<ObservationStorage>(["float32", "uint8", "one-hot"])("replay memory that stores %s", async (storage) => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create, tolerance);
    for (const observationSize of [1, 2, 3, 4, 5, 8, 17, 84]) {
      for (const actionSize of [1, 2, 5]) {
        const capacity = 37;
        const observation = (): Float32Array => {
          if (storage === "one-hot") {
            const row = new Float32Array(observationSize);
            row[sampler.index(observationSize)] = 1;
            return row;
          }
          const values = sampler.values(observationSize, "finite");
          return storage === "uint8" ? values.map((x) => x * sampler.pick([1, 100, 200])) : values;
        };
        const transitions = Array.from({ length: 50 }, () => ({
          observation: observation(),
          action: sampler.values(actionSize),
          reward: sampler.next(),
          nextObservation: observation(),
          discount: sampler.pick([0, 0.99]),
        }));
        await pair.agree(`observations of ${observationSize}, actions of ${actionSize}`, (backend) => {
          const memory = backend.replay.plan({ capacity, observationSize, observationStorage: storage, actionSize });
          transitions.forEach(({ observation, action, reward, discount, nextObservation }, k) => {
            const sums = Float64Array.of(reward, discount);
            backend.replay.store(memory, k % capacity, observation, action, sums, nextObservation);
          });
          const stream = backend.random.stream(SEED, "replay");
          const outputs = sample(backend, memory, stream, 31);
          const contents = backend.replay.read(memory, 31);
          const copy = backend.replay.plan(memory.spec);
          backend.replay.write(copy, contents);
          return {
            ...outputs,
            ...contents,
            ...Object.fromEntries(
              Object.entries(sample(backend, copy, stream, 31)).map(([key, value]) => [`copy's ${key}`, value]),
            ),
          };
        });
      }
    }
  });

  test("tensors and parameters that were written row by row and as a whole", async () => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create, tolerance);
    for (const columns of WIDTHS) {
      const values = sampler.values(9 * columns, kinds[kinds.length - 1]);
      const spec: ParameterSpec = { name: "weight", shape: [columns, 9] };
      await pair.agree(`${columns} columns`, (backend) => {
        const tensor = output(backend, 9, columns);
        backend.write(tensor, values.subarray(0, 2 * columns), 3);
        backend.write(tensor, values.subarray(0, columns), 8);
        const parameters = parametersOf(backend, [spec], [values]);
        return {
          tensor: backend.read(tensor),
          latest: [backend.latest(tensor, columns - 1)],
          ...readAll(backend, "parameter", parameters),
        };
      });
    }
  });
});

/** Rows of a sample of 13 in a batch of 15. */
function sample(backend: Backend, memory: ReplayMemory, stream: RandomStream, size: number): Readings {
  const { observationSize, actionSize } = memory.spec;
  const batch: Batch = {
    observation: output(backend, 15, observationSize),
    action: output(backend, 15, actionSize),
    reward: output(backend, 15, 1),
    nextObservation: output(backend, 15, observationSize),
    discount: output(backend, 15, 1),
    weight: output(backend, 15, 1),
    index: output(backend, 15, 1),
  };
  const read = (prefix: string): Readings =>
    Object.fromEntries(Object.entries(batch).map(([key, tensor]) => [`${prefix} ${key}`, backend.read(tensor)]));
  backend.replay.sample(memory, stream, size, 13, batch);
  const sampled = read("sampled");
  backend.write(batch.index, [5, 0, 30]);
  backend.replay.gather(memory, 3, batch);
  return { ...sampled, ...read("gathered") };
}
