import { expect, test } from "vitest";
import type { ParameterSpec } from "../../src/backend.ts";
import { CheckpointError } from "../../src/errors.ts";
import { encodeSafetensors } from "../../src/formats/safetensors.ts";
import { matchWeights, readStateDict } from "../../src/nn/state-dict.ts";

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
