import { expect, test } from "vitest";
import { createBackend } from "../../src/backends/select.ts";
import { CheckpointError } from "../../src/errors.ts";
import { encodeSafetensors } from "../../src/formats/safetensors.ts";
import { DEFAULT_NETWORK, feedForward } from "../../src/nn/network-options.ts";
import { shapeInFile } from "../../src/nn/parameter-tensors.ts";
import { matchWeights, readStateDict } from "../../src/nn/state-dict.ts";
import type { ParameterSpec } from "../../src/operations/handles.ts";
import { tensorOf } from "../conformance/pair.ts";
import { arrayOf, numbers, stage } from "./module-contract.ts";

const SPECS: ParameterSpec[] = [
  { name: "0.weight", shape: [2, 3] },
  { name: "0.bias", shape: [2] },
  { name: "2.weight", shape: [1, 2] },
  { name: "2.bias", shape: [1] },
];
const dict = (names: string[]) =>
  readStateDict(
    encodeSafetensors(
      names.map((name, i) => {
        const { shape } = SPECS[i % SPECS.length];
        const length = (shape as readonly number[]).reduce((a, b) => a * b, 1);
        return { name, dtype: "F32", shape, data: new Float32Array(length).fill(i + 1) };
      }),
    ),
  );
const firsts = (values: Float32Array[]): number[] => values.map((value) => value[0]);

test("by own names, whatever else is in the file", () => {
  expect(firsts(matchWeights(SPECS, dict(["0.weight", "0.bias", "2.weight", "2.bias", "steps"]), {}))).toEqual([
    1, 2, 3, 4,
  ]);
});

test("by a prefix that tells one network from another", () => {
  const names = ["q.0.weight", "q.0.bias", "q.2.weight", "q.2.bias"];
  const tensors = dict([...names, ...names.map((name) => name.replace("q.", "target."))]);
  expect(firsts(matchWeights(SPECS, tensors, { prefix: "q." }))).toEqual([1, 2, 3, 4]);
  expect(firsts(matchWeights(SPECS, tensors, { prefix: "target." }))).toEqual([5, 6, 7, 8]);
});

test("by natural order when no name agrees: layer 10 after layer 9, weight before bias", () => {
  expect(firsts(matchWeights(SPECS, dict(["fc9.weight", "fc9.bias", "fc10.weight", "fc10.bias"]), {}))).toEqual([
    1, 2, 3, 4,
  ]);
});

test("one name that agrees means that all must", () => {
  expect(() => matchWeights(SPECS, dict(["0.weight", "bias", "2.weight", "2.bias"]), {})).toThrow(
    new CheckpointError(
      "importWeights: 0.bias expected a tensor 0.bias of shape [2], got none. Set options.names or fit the network option.",
    ),
  );
});

test("weights of a diverged run are refused", () => {
  const tensors = dict(["0.weight", "0.bias", "2.weight", "2.bias"]);
  (tensors.get("2.bias")!.data as Float32Array)[0] = Number.NaN;
  expect(() => matchWeights(SPECS, tensors, {})).toThrow(
    new CheckpointError(
      "importWeights: 2.bias expected finite numbers, got NaN or Infinity in 2.bias. Export the weights of a run that did not diverge.",
    ),
  );
});

// nn.Sequential(Conv2d(2, 3, 2), ReLU, Conv2d(3, 4, 2, stride=2), ReLU, Flatten, Linear(16, 5), ReLU, Linear(5, 2)) on
// [2, 5, 6], by the formulas of PyTorch's documentation on arrays as its state_dict holds them.
const TORCH: Readonly<Record<string, readonly number[]>> = {
  "0.weight": [3, 2, 2, 2],
  "0.bias": [3],
  "2.weight": [4, 3, 2, 2],
  "2.bias": [4],
  "5.weight": [5, 16],
  "5.bias": [5],
  "7.weight": [2, 5],
  "7.bias": [2],
};

function torchSequential(of: ReadonlyMap<string, Float32Array>, image: Float32Array): number[] {
  type Array3 = { readonly data: readonly number[]; readonly shape: readonly [number, number, number] };
  const relu = (x: number): number => Math.max(0, x);
  const conv2d = ({ data, shape: [C, H, W] }: Array3, name: string, stride: number): Array3 => {
    const [O, , k] = TORCH[`${name}.weight`];
    const weight = of.get(`${name}.weight`)!;
    const [height, width] = [Math.floor((H - k) / stride) + 1, Math.floor((W - k) / stride) + 1];
    const out: number[] = [];
    for (let o = 0; o < O; o++) {
      for (let u = 0; u < height; u++) {
        for (let v = 0; v < width; v++) {
          let sum = of.get(`${name}.bias`)![o];
          for (let c = 0; c < C; c++) {
            for (let i = 0; i < k; i++) {
              for (let j = 0; j < k; j++) {
                sum += weight[((o * C + c) * k + i) * k + j] * data[(c * H + u * stride + i) * W + v * stride + j];
              }
            }
          }
          out.push(relu(sum));
        }
      }
    }
    return { data: out, shape: [O, height, width] };
  };
  const linear = (x: readonly number[], name: string): number[] => {
    const weight = of.get(`${name}.weight`)!;
    return Array.from(of.get(`${name}.bias`)!, (bias, o) =>
      x.reduce((sum, value, i) => sum + weight[o * x.length + i] * value, bias),
    );
  };
  const features = conv2d(conv2d({ data: Array.from(image), shape: [2, 5, 6] }, "0", 1), "2", 2);
  return linear(linear(features.data, "5").map(relu), "7");
}

test("a state_dict of Conv2d, Flatten and Linear computes here what it computes in PyTorch, and is written as it was", () => {
  const backend = createBackend("test");
  let at = 0;
  const arrays = Object.entries(TORCH).map(([name, shape]) => {
    const length = shape.reduce((product, dimension) => product * dimension, 1);
    const data = Float32Array.from({ length }, () => ((at++ * 37) % 101) / 101 - 0.45);
    return { name, dtype: "F32" as const, shape, data };
  });
  const file = encodeSafetensors(arrays);
  const options = {
    ...DEFAULT_NETWORK,
    convolution: [
      { filters: 3, kernel: 2 },
      { filters: 4, kernel: 2, stride: 2 },
    ],
    hidden: [5],
  };
  const module = feedForward(60, 2, options, { image: { channels: 2, height: 5, width: 6, scale: 1 } });
  const { network, weights } = stage(backend, module, true);
  for (const [i, values] of matchWeights(module.specs, readStateDict(file), {}).entries()) {
    backend.writeParameter(weights.block, i, values);
  }
  const image = Float32Array.from({ length: 60 }, (_, i) => ((i * 7) % 11) / 6 - 0.8);
  const pass = network.plan({ rows: 1, x: tensorOf(backend, 1, 60, image) });
  const output = numbers(backend, pass.forward());
  const expected = torchSequential(new Map(arrays.map(({ name, data }) => [name, data])), image);
  expect(expected.every((value) => Math.abs(value) > 0.01)).toBe(true);
  for (const [i, value] of expected.entries()) expect(output[i]).toBeCloseTo(value, 5);

  const written = module.specs.map((spec, i) => ({
    name: spec.name,
    dtype: "F32" as const,
    shape: shapeInFile(spec),
    data: arrayOf(backend, weights.block, i),
  }));
  expect(encodeSafetensors(written)).toEqual(file);
});

test("a kernel of another size is named by its shape in files", () => {
  const specs: ParameterSpec[] = [{ name: "0.weight", shape: [3, 8], fileShape: [3, 2, 2, 2] }];
  const tensors = readStateDict(
    encodeSafetensors([{ name: "0.weight", dtype: "F32", shape: [3, 8], data: new Float32Array(24) }]),
  );
  expect(() => matchWeights(specs, tensors, {})).toThrow(
    new CheckpointError(
      "importWeights: 0.weight expected a tensor 0.weight of shape [3, 2, 2, 2], got [3, 8]. Set options.names or fit the network option.",
    ),
  );
});
