// Parts of a checkpoint: what is read and refused, what is written, several as one.

import { describe, expect, test } from "vitest";
import { CheckpointError } from "../../src/errors.ts";
import {
  type CheckpointPart,
  CheckpointReader,
  CheckpointWriter,
  partsTogether,
  requireFiniteNumbers,
} from "../../src/formats/checkpoint-part.ts";
import type { Tensor } from "../../src/formats/safetensors.ts";

const damaged = (what: string, got: string): CheckpointError =>
  new CheckpointError(`load: ${what}, got ${got}. The file is damaged or not what it claims to be.`);

function reader(data: Record<string, unknown> = {}, contents: "run" | "policy" = "run"): CheckpointReader {
  const tensors = new Map<string, Tensor>([
    ["weights", { dtype: "F32", shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
    ["nothing", { dtype: "F64", shape: [0], data: new Float64Array(0) }],
  ]);
  return new CheckpointReader({ contents, data, tensors });
}

describe("a reader", () => {
  test("gives a tensor's numbers where kind and length fit", () => {
    expect(reader().tensor("weights", Float32Array, 4)).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(() => reader().tensor("bias", Float32Array, 4)).toThrow(
      damaged("tensor bias expected to be there", "undefined"),
    );
    expect(() => reader().tensor("weights", Float64Array, 4)).toThrow(
      damaged("tensor weights expected Float64Array", '"F32"'),
    );
    expect(() => reader().tensor("weights", Float32Array, 3)).toThrow(
      damaged("tensor weights expected 3 numbers", "4"),
    );
  });

  test("says whether a tensor is there, and how long it is", () => {
    expect([reader().has("weights"), reader().has("nothing"), reader().has("bias")]).toEqual([true, true, false]);
    expect([reader().length("weights"), reader().length("nothing"), reader().length("bias")]).toEqual([4, 0, 0]);
  });

  test("gives JSON of the file's own, and nothing that every object has", () => {
    expect(reader({ turn: 3 }).data("turn")).toBe(3);
    expect(reader().data("turn")).toBe(undefined);
    expect(reader().data("constructor")).toBe(undefined);
  });

  test("gives counts within their limit", () => {
    expect(reader({ made: 3 }).count("made")).toBe(3);
    expect(reader({ made: 3 }).count("made", 3)).toBe(3);
    expect(() => reader({ made: 3 }).count("made", 2)).toThrow(damaged("made expected at most 2", "3"));
    for (const wrong of [-1, 0.5, 2 ** 53, "3", null]) {
      expect(() => reader({ made: wrong }).count("made")).toThrow("load: made expected a count");
    }
    expect(() => reader().count("made")).toThrow(damaged("made expected a count", "undefined"));
  });

  test("gives objects, and refuses lists for them", () => {
    expect(reader({ replay: { size: 1 } }).object("replay")).toEqual({ size: 1 });
    for (const wrong of [undefined, null, 3, [1]]) {
      expect(() => reader({ replay: wrong }).object("replay")).toThrow("load: replay expected an object");
    }
  });

  test("says what the file is for", () => {
    expect([reader().contents, reader({}, "policy").contents]).toEqual(["run", "policy"]);
  });
});

describe("a writer", () => {
  test("collects tensors with the kind of their numbers, of one dimension where nothing else is said", () => {
    const writer = new CheckpointWriter("run");
    writer.tensor("weights", Float32Array.of(1, 2, 3, 4), [2, 2]);
    writer.tensor("sums", Float64Array.of(1));
    writer.tensor("state", Uint32Array.of(1, 2));
    writer.tensor("pixels", Uint8Array.of(1, 2, 3));
    expect(writer.tensors.map(({ name, dtype, shape }) => `${name} ${dtype} [${shape}]`)).toEqual([
      "weights F32 [2,2]",
      "sums F64 [1]",
      "state U32 [2]",
      "pixels U8 [3]",
    ]);
  });

  test("keeps the numbers themselves, and a copy of their shape", () => {
    const writer = new CheckpointWriter("policy");
    const [numbers, shape] = [Float32Array.of(1, 2), [1, 2]];
    writer.tensor("weights", numbers, shape);
    shape[0] = 9;
    expect(writer.tensors[0].data).toBe(numbers);
    expect(writer.tensors[0].shape).toEqual([1, 2]);
  });

  test("collects JSON by name, the last one of a name", () => {
    const writer = new CheckpointWriter("run");
    writer.put("made", 1);
    writer.put("made", 2);
    expect([writer.data, writer.contents]).toEqual([{ made: 2 }, "run"]);
  });
});

test("several parts together are asked in their order", () => {
  const calls: string[] = [];
  const part = (name: string): CheckpointPart => ({
    check: () => void calls.push(`check ${name}`),
    load: () => void calls.push(`load ${name}`),
    save: () => void calls.push(`save ${name}`),
  });
  const both = partsTogether([part("a"), part("b")]);
  both.check(reader());
  both.load(reader());
  both.save(new CheckpointWriter("run"));
  expect(calls).toEqual(["check a", "check b", "load a", "load b", "save a", "save b"]);
});

test("numbers of a file that must be finite are", () => {
  const fine = Float32Array.of(1, -2, 0);
  expect(requireFiniteNumbers("traces", fine)).toBe(fine);
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    expect(() => requireFiniteNumbers("traces", Float64Array.of(1, wrong))).toThrow(
      damaged("traces expected finite numbers", `Float64Array [1, ${wrong}]`),
    );
  }
});
