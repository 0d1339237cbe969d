// Files as a hostile hand would change them, in every tensor and every value of their JSON: each is refused with CheckpointError, or
// what is loaded works. No crash, no endless work, no large allocation.

import { describe, expect, test } from "vitest";
import { CheckpointError } from "../../../src/errors.ts";
import { decodeSafetensors, type Tensor } from "../../../src/formats/safetensors.ts";
import { tamper } from "../tamper.ts";
import { AGENTS } from "./agents.ts";
import { expectRefusedOrUsable, type SavedFile, savedFiles } from "./saved-files.ts";

/** Kinds of values that a value of JSON is replaced by; undefined: it is gone. */
const WRONG_VALUES: readonly unknown[] = [null, "x", -1, 0.5, 1e15, 1e300, true, [], {}, undefined];

type Path = readonly string[];

/** Paths to all values of JSON, lists and objects included. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  const below = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return [...(path.length === 0 ? [] : [path]), ...below.flatMap(([key, part]) => pathsOf(part, [...path, key]))];
}

function replaced(bytes: Uint8Array, path: Path, value: unknown): Uint8Array {
  return tamper(bytes, ({ description }) => {
    let at = description;
    for (const key of path.slice(0, -1)) at = at[key];
    const last = path.at(-1)!;
    if (value === undefined) delete at[last];
    else at[last] = value;
  });
}

/** A tensor with other numbers. */
const filled = ({ data, ...rest }: Tensor, value: number): Tensor => ({
  ...rest,
  data: data.slice().fill(value as never),
});

function resized({ data, ...rest }: Tensor, length: number): Tensor {
  const longer = new (data.constructor as new (length: number) => typeof data)(length);
  longer.set(data.subarray(0, length) as never);
  return { ...rest, shape: [length], data: longer };
}

const otherKind = ({ data, shape, dtype }: Tensor): Tensor =>
  dtype === "F64"
    ? { dtype: "F32", shape, data: Float32Array.from(data as Float64Array) }
    : { dtype: "F64", shape, data: Float64Array.from(data as Float32Array) };

function withTensor(bytes: Uint8Array, name: string, change: (tensor: Tensor) => Tensor): Uint8Array {
  return tamper(bytes, ({ tensors }) => tensors.set(name, change(tensors.get(name)!)));
}

/** Tensors that are no metrics, which are shown and nothing else, and not empty. */
function tensorsOf({ bytes }: SavedFile): [string, Tensor][] {
  return [...decodeSafetensors(bytes.slice()).tensors].filter(
    ([name, { data }]) => name !== "metrics" && data.length > 0,
  );
}

describe.each(AGENTS)("$name", (row) => {
  const files = savedFiles(row);

  test.each(files)("a tensor of another length or kind is refused: $name", (file) => {
    for (const [name, { data }] of tensorsOf(file)) {
      for (const change of [
        (tensor: Tensor) => resized(tensor, data.length - 1),
        (tensor: Tensor) => resized(tensor, 0),
        (tensor: Tensor) => resized(tensor, data.length + 1),
        otherKind,
      ]) {
        const bytes = withTensor(file.bytes, name, change);
        expect(() => row.agent.load(bytes, file.options()), name).toThrow(CheckpointError);
      }
      const bytes = tamper(file.bytes, ({ tensors }) => tensors.delete(name));
      // Masks and noise came later than the oldest files, and say nothing where they are not.
      if (expectRefusedOrUsable(row, { ...file, bytes }, `${name} missing`)) continue;
      expect(["random.noise", "rollout.mask", "rollout.skipped"]).toContain(name);
    }
  });

  test.each(files)("weights that are not finite are refused: $name", (file) => {
    const names = row.hasNetworks ? decodeSafetensors(row.make().exportWeights()).tensors : new Map([["q", null]]);
    const own = tensorsOf(file).filter(([name]) => names.has(name.replace(/^target\./, "")));
    expect(own.length).toBeGreaterThanOrEqual(names.size);
    for (const [name] of own) {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const bytes = withTensor(file.bytes, name, (tensor) => filled(tensor, value));
        expect(() => row.agent.load(bytes, file.options()), name).toThrow(CheckpointError);
      }
    }
  });

  test.each(files)("numbers that the engine takes for addresses are refused out of range: $name", (file) => {
    for (const [name] of tensorsOf(file)) {
      if (!/^(replay|rollout)\.action$|\.actions$|^round\.order$|^waiting$/.test(name)) continue;
      for (const value of [-7, 0.5, 1e6, Number.NaN]) {
        const bytes = withTensor(file.bytes, name, (tensor) => filled(tensor, value));
        expect(() => row.agent.load(bytes, file.options()), `${name} = ${value}`).toThrow(CheckpointError);
      }
    }
  });

  test.each(files)("a tensor of any other numbers is refused, or does no harm: $name", (file) => {
    for (const [name] of tensorsOf(file)) {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 3e38, 1e6, -1, 0.5, 0]) {
        const bytes = withTensor(file.bytes, name, (tensor) => filled(tensor, value));
        expectRefusedOrUsable(row, { ...file, bytes }, `${name} = ${value}`);
      }
    }
  });

  test.each(files)(
    "any value of the JSON replaced by one of another kind is refused, or does no harm: $name",
    (file) => {
      const isRun = file.name !== "a policy";
      let refused = 0;
      tamper(file.bytes, ({ description }) => {
        const { counters, session, data, observationSpace, actionSpace } = description;
        // Settings and spaces are the same in all of them: those of the policy are changed.
        const { settings, ...others } = data;
        const changed = isRun
          ? { counters, session, data: { ...others, settings: {} } }
          : { data: { settings }, observationSpace, actionSpace };
        for (const path of pathsOf(changed)) {
          for (const value of WRONG_VALUES) {
            const bytes = replaced(file.bytes, path, value);
            const when = `${path.join(".")} = ${JSON.stringify(value)}`;
            if (expectRefusedOrUsable(row, { ...file, bytes }, when)) refused++;
          }
        }
      });
      expect(refused).toBeGreaterThan(isRun ? 50 : 100);
    },
  );
});
