import { describe, expect, test } from "vitest";
import { createBackend } from "../../src/backends/select.ts";
import { type EnsembleKind, EnsembleNetwork, ensembleSpecs } from "../../src/nn/random-prior.ts";
import { DEFAULT_NETWORK, Network, type NetworkOptions } from "../../src/nn/network-options.ts";
import type { Parameters, Tensor } from "../../src/operations/handles.ts";

const BACKEND = createBackend("test");
const [I, A, K, ROWS] = [5, 2, 3, 4];
const OPTIONS: NetworkOptions = { ...DEFAULT_NETWORK, hidden: [7, 6] };

const read = (tensor: Tensor): Float32Array => BACKEND.read(tensor) as Float32Array;
const numbersOf = (parameters: Parameters): number[] =>
  parameters.specs.flatMap((_, i) => Array.from(BACKEND.readParameter(parameters, i) as Float32Array));

function kind(priorScale: number, others: Partial<EnsembleKind> = {}): EnsembleKind {
  return { ensemble: { members: K, priorScale }, dueling: false, image: null, ...others };
}

function build(priorScale: number, options: Partial<NetworkOptions> = {}, dueling: boolean = false): EnsembleNetwork {
  const network = new EnsembleNetwork(BACKEND, I, A, { ...OPTIONS, ...options }, kind(priorScale, { dueling }));
  network.initialize(BACKEND.random.stream(4, "init"));
  return network;
}

function input(scale: number = 1): Tensor {
  const x = BACKEND.tensor(ROWS, I);
  BACKEND.write(
    x,
    Float32Array.from({ length: ROWS * I }, (_, i) => scale * (((i * 7) % 11) / 6 - 0.8)),
  );
  return x;
}

/** The two networks that an ensemble is made of, from the same stream. */
function parts(options: Partial<NetworkOptions> = {}, dueling: boolean = false): [Network, Network] {
  const stream = BACKEND.random.stream(4, "init");
  const trained = new Network(BACKEND, I, A, { ...OPTIONS, ...options }, { atoms: K, dueling });
  const prior = new Network(BACKEND, I, A, { ...OPTIONS, ...options, initializer: "kaiming-uniform" }, { atoms: K });
  for (const network of [trained, prior]) network.initialize(stream);
  return [trained, prior];
}

describe.each<[string, Partial<NetworkOptions>, boolean]>([
  ["plain", {}, false],
  ["dueling", {}, true],
  ["with layer norm and silu", { layerNorm: true, activation: "silu" }, false],
  ["linear", { hidden: [] }, false],
])("%s", (_, options, dueling) => {
  test("the output is what is trained plus the scaled prior, in any workspace", () => {
    const [x, scale] = [input(), 2.5];
    const network = build(scale, options, dueling);
    const [trained, prior] = parts(options, dueling);
    const [f, p] = [trained, prior].map((part) => read(part.forward(x, part.workspace(ROWS, false))));
    const expected = f.map((value, k) => value + Math.fround(scale * p[k]));
    const training = network.workspace(ROWS, true);
    for (const workspace of [network.workspace(ROWS, false), training, network.workspace(ROWS, false, training)]) {
      expect(workspace.output.columns).toBe(A * K);
      expect(read(network.forward(x, workspace))).toEqual(expected);
    }
    expect(new Set(p).size).toBeGreaterThan(A * K);
  });

  test("gradients are those of what is trained; the prior has none", () => {
    const x = input();
    const network = build(2.5, options, dueling);
    const [trained] = parts(options, dueling);
    const gradientsOf = (part: EnsembleNetwork | Network): number[] => {
      const gradients = BACKEND.parameters(part.specs);
      const dOutput = BACKEND.tensor(ROWS, A * K);
      BACKEND.write(
        dOutput,
        Float32Array.from({ length: ROWS * A * K }, (_, k) => (k % 5) - 2),
      );
      const workspace = part.workspace(ROWS, true) as never;
      part.forward(x, workspace);
      part.backward(x, workspace, dOutput, gradients);
      return numbersOf(gradients);
    };
    expect(gradientsOf(network)).toEqual(gradientsOf(trained));
    expect(network.specs).toEqual(ensembleSpecs(I, A, { ...OPTIONS, ...options }, kind(2.5, { dueling })));
  });
});

test("without a scale the prior adds nothing", () => {
  const x = input();
  const network = build(0);
  const [trained] = parts();
  expect(read(network.forward(x, network.workspace(ROWS, false)))).toEqual(
    read(trained.forward(x, trained.workspace(ROWS, false))),
  );
});

test("priors have no biases, and differ between members and between observations that hold a single number", () => {
  const network = build(1);
  network.fixed.specs.forEach(({ name }, i) => {
    const values = Array.from(BACKEND.readParameter(network.fixed, i) as Float32Array);
    expect(
      values.every((value) => value === 0),
      name,
    ).toBe(name.endsWith("bias"));
  });
  const x = BACKEND.tensor(I, I);
  BACKEND.write(
    x,
    Float32Array.from({ length: I * I }, (_, k) => (k % (I + 1) === 0 ? 1 : 0)),
  );
  const prior = new Network(BACKEND, I, A, OPTIONS, { atoms: K });
  BACKEND.vectors.copy(prior.parameters, network.fixed);
  const values = read(prior.forward(x, prior.workspace(I, false)));
  const spread = (of: number[]): number => Math.max(...of) - Math.min(...of);
  for (let unit = 0; unit < A * K; unit++) {
    expect(spread(Array.from({ length: I }, (_, row) => values[row * A * K + unit]))).toBeGreaterThan(0.1);
  }
  expect(spread(Array.from(values.subarray(0, A * K)))).toBeGreaterThan(0.1);
});
