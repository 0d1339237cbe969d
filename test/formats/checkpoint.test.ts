import { describe, expect, test } from "vitest";
import { CheckpointError } from "../../src/errors.ts";
import {
  type CheckpointContent,
  decodeCheckpoint,
  encodeCheckpoint,
  requireTensor,
  sha256Hex,
} from "../../src/formats/checkpoint.ts";
import { encodeSafetensors } from "../../src/formats/safetensors.ts";
import { box, dict, discrete, multiBinary, multiDiscrete, type Space } from "../../src/space.ts";

const CONTENT: CheckpointContent = {
  algorithm: "test",
  contents: "run",
  observationSpace: box([-Infinity, 0], [1, Infinity]),
  actionSpace: discrete(3, -1),
  counters: { envSteps: 1, updates: 2, episodes: 3 },
  session: { here: [1, 2] },
  data: { settings: { a: 0.1 } },
  tensors: [{ name: "w", dtype: "F32", shape: [2], data: Float32Array.of(1, Number.NaN) }],
};

test("what was encoded comes back, infinite bounds included", () => {
  const { tensors, ...rest } = decodeCheckpoint(encodeCheckpoint(CONTENT));
  const { tensors: _, ...expected } = CONTENT;
  expect(rest).toEqual(expected);
  expect(tensors.get("w")).toEqual({ dtype: "F32", shape: [2], data: Float32Array.of(1, Number.NaN) });
});

test.each<Space>([
  discrete(5),
  box(0, 255, [2, 3], "uint8"),
  multiDiscrete([2, 3]),
  multiBinary(4),
  dict({ a: discrete(2), b: dict({ c: box(-1, 1, [1]) }) }),
])("spaces survive: %o", (observationSpace) => {
  expect(decodeCheckpoint(encodeCheckpoint({ ...CONTENT, observationSpace })).observationSpace).toEqual(
    observationSpace,
  );
});

test("the same content gives the same bytes, and a policy has no session", () => {
  expect(encodeCheckpoint(CONTENT)).toEqual(encodeCheckpoint(CONTENT));
  const policy = decodeCheckpoint(encodeCheckpoint({ ...CONTENT, contents: "policy", session: undefined }));
  expect(policy.session).toBeUndefined();
});

describe("refuses", () => {
  const description = {
    observationSpace: discrete(2),
    actionSpace: discrete(2),
    counters: CONTENT.counters,
    session: {},
    data: {},
  };
  const file = (part: object, metadata: object = {}): Uint8Array =>
    encodeSafetensors([], {
      format: "bellwether",
      formatVersion: "1",
      algorithm: "test",
      contents: "run",
      description: JSON.stringify({ ...description, ...part }),
      ...metadata,
    });
  const end = "The file is damaged or not what it claims to be.";
  test.each([
    [
      "plain safetensors",
      encodeSafetensors([]),
      "load: file expected a bellwether checkpoint, got safetensors of another origin (format undefined). Use importWeights for plain weights.",
    ],
    [
      "a description that is no JSON",
      file({}, { description: "{" }),
      `load: description expected JSON, got "{". ${end}`,
    ],
    [
      "a description that is a list",
      file({}, { description: "[]" }),
      `load: description expected an object, got []. ${end}`,
    ],
    [
      "counters that are none",
      file({ counters: { envSteps: 1.5 } }),
      `load: counters.envSteps expected a count, got 1.5. ${end}`,
    ],
    [
      "an unknown space",
      file({ actionSpace: { kind: "sphere" } }),
      `load: actionSpace expected a known kind of space, got "sphere". ${end}`,
    ],
    [
      "a space of nothing",
      file({ actionSpace: discrete(1), observationSpace: { kind: "discrete", n: 0, start: 0 } }),
      `load: observationSpace expected a valid space, got`,
    ],
    [
      "bounds that do not fit the shape",
      file({ observationSpace: { kind: "box", shape: [3], low: [0], high: [1] } }),
      "load: observationSpace expected a valid space, got",
    ],
    [
      "a shape that is no list",
      file({ observationSpace: { kind: "box", shape: 3, low: [0], high: [1] } }),
      "load: observationSpace expected a list of numbers, got 3.",
    ],
    ["a run without session", file({ session: null }), `load: session expected an object, got null. ${end}`],
  ])("%s", (_, bytes, message) => {
    expect(() => decodeCheckpoint(bytes)).toThrow(CheckpointError);
    expect(() => decodeCheckpoint(bytes)).toThrow(message);
  });

  test("a box whose shape asks for more memory than the file has", () => {
    const huge = file({ observationSpace: { kind: "box", shape: [1e5, 1e5], low: [0], high: [1] } });
    expect(() => decodeCheckpoint(huge)).toThrow(CheckpointError);
  });

  test("spaces nested without end", () => {
    const depth = 100_000;
    const space = `${'{"kind":"dict","spaces":{"a":'.repeat(depth)}1${"}}".repeat(depth)}`;
    const text = JSON.stringify(description).replace('"observationSpace":', `"observationSpace":${space},"was":`);
    expect(() => decodeCheckpoint(file({}, { description: text }))).toThrow(CheckpointError);
  });
});

test("requireTensor gives a tensor of the right type and length, or says what is wrong", () => {
  const checkpoint = decodeCheckpoint(encodeCheckpoint(CONTENT));
  expect(requireTensor(checkpoint, "w", Float32Array, 2)[0]).toBe(1);
  expect(() => requireTensor(checkpoint, "v", Float32Array, 2)).toThrow(
    "load: tensor v expected to be there, got undefined.",
  );
  expect(() => requireTensor(checkpoint, "w", Float64Array, 2)).toThrow(
    'load: tensor w expected Float64Array, got "F32".',
  );
  expect(() => requireTensor(checkpoint, "w", Float32Array, 3)).toThrow("load: tensor w expected 3 numbers, got 2.");
});

test("sha256Hex is SHA-256 of the bytes in order", async () => {
  // FIPS 180-2, example B.1: "abc".
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  expect(await sha256Hex([Uint8Array.of(97), Uint8Array.of(98, 99)])).toBe(abc);
  expect(await sha256Hex([Uint8Array.of(0, 97, 98, 99, 0).subarray(1, 4)])).toBe(abc);
});
