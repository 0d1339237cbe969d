// What an agent is built from: kinds of spaces, settings, streams, schedules, and the file that it comes from.

import { describe, expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { CheckpointError } from "../../src/errors.ts";
import { CheckpointWriter } from "../../src/formats/checkpoint-part.ts";
import { box, dict, discrete, multiBinary, type Space } from "../../src/space.ts";
import type { About } from "../../src/training/about.ts";
import { requireKinds, Streams } from "../../src/training/context.ts";
import { readerOf, written } from "../formats/written.ts";
import { Probe, probeContext } from "./probe.ts";

const spaces = (observationSpace: Space = box(-1, 1, [3]), actionSpace: Space = discrete(2)) => ({
  observationSpace,
  actionSpace,
});

describe("kinds of spaces", () => {
  const about = (changes: Partial<About>): About => ({ ...Probe.about, ...changes }) as About;
  const check = (changes: Partial<About>, workplace: ReturnType<typeof spaces>) => () =>
    requireKinds(about(changes), workplace);

  test("that a class chooses among are told where it is given others", () => {
    expect(check({ actions: ["discrete"] }, spaces())).not.toThrow();
    expect(check({ actions: ["discrete"] }, spaces(box(0, 1), box(-1, 1)))).toThrow(
      new TypeError("Probe: actionSpace expected discrete, got box. Probe chooses among numbered actions."),
    );
    expect(check({ actions: ["discrete", "multi-discrete", "box"] }, spaces(box(0, 1), multiBinary(2)))).toThrow(
      new TypeError(
        "Probe: actionSpace expected discrete, multi-discrete or box, got multi-binary. Wrap the environment so that it takes one of them.",
      ),
    );
    expect(check({}, spaces(box(0, 1), dict({ a: discrete(2) })))).toThrow("got dict. Wrap the environment");
  });

  test("that a class sees are all, where it names none", () => {
    expect(check({}, spaces(dict({ a: discrete(2) })))).not.toThrow();
    expect(check({ observations: ["discrete", "multi-discrete"] }, spaces())).toThrow(
      new TypeError(
        "Probe: observationSpace expected discrete or multi-discrete, got box. Use an agent with a network, or wrap the environment.",
      ),
    );
  });
});

test("schedules are of the steps and episodes so far, and of the planned steps", () => {
  const context = probeContext(spaces(), { totalSteps: 100 });
  const linear = { type: "linear", from: 1, to: 0, fraction: 0.5 } as const;
  expect(context.now(linear)).toBe(1);
  context.counters.envSteps = 25;
  expect(context.now(linear)).toBe(0.5);
  context.counters.episodes = 2;
  expect(context.now({ type: "per-episode", from: 1, to: 0, factor: 0.5 })).toBe(0.25);
  // In the same place every time: nothing is allocated.
  expect(context.nowAt(3)).toBe(context.nowAt(4));
  expect(context.nowAt(3)[0]).toBe(3);
});

describe("streams", () => {
  const draws = (backend: WasmBackend, stream: ReturnType<Streams["get"]>): number[] =>
    Array.from({ length: 3 }, () => backend.random.index(stream, 1_000_000));

  test("are one for each purpose, of the agent's seed", () => {
    const backend = new WasmBackend();
    const streams = new Streams(backend, backend, 5);
    expect(streams.get("replay")).toBe(streams.get("replay"));
    expect(streams.get("replay")).not.toBe(streams.get("exploration"));
    expect(draws(backend, streams.get("replay"))).toEqual(draws(backend, backend.random.stream(5, "replay")));
  });

  test("lie where they are drawn from: acting apart from learning", () => {
    const [learning, acting] = [new WasmBackend(), new WasmBackend()];
    const drawn: string[] = [];
    for (const [name, backend] of Object.entries({ learning, acting })) {
      const stream = backend.random.stream.bind(backend.random);
      backend.random.stream = (seed, purpose) => {
        drawn.push(`${purpose} ${name}`);
        return stream(seed, purpose);
      };
    }
    const streams = new Streams(learning, acting, 5);
    for (const purpose of ["init", "exploration", "hindsight", "replay", "noise", "minibatches"]) streams.get(purpose);
    expect(drawn).toEqual([
      ...["init acting", "exploration acting", "hindsight acting"],
      ...["replay learning", "noise learning", "minibatches learning"],
    ]);
  });

  test("are part of a run's file where they are planned, but for first weights, and go on there", () => {
    const backend = new WasmBackend();
    const [streams, others] = [0, 1].map(() => new Streams(backend, backend, 5));
    for (const purpose of ["init", "replay", "exploration"]) draws(backend, streams.get(purpose));
    expect(written(streams).tensors.map(({ name, data }) => [name, data.length])).toEqual([
      ["random.replay", 4],
      ["random.exploration", 4],
    ]);
    expect(written(streams, "policy").tensors).toEqual([]);
    for (const purpose of ["replay", "exploration"]) others.get(purpose);
    const reader = readerOf(written(streams));
    others.check(reader);
    others.load(reader);
    for (const purpose of ["replay", "exploration"]) {
      expect(draws(backend, others.get(purpose))).toEqual(draws(backend, streams.get(purpose)));
    }
    others.check(readerOf(written(streams, "policy")));
  });

  test("that a file lacks are refused, but for the noise, which the oldest files do not know", () => {
    const backend = new WasmBackend();
    const streams = new Streams(backend, backend, 5);
    streams.get("noise");
    const empty = readerOf(new CheckpointWriter("run"));
    streams.check(empty);
    const before = backend.random.read(streams.get("noise"));
    streams.load(empty);
    expect(backend.random.read(streams.get("noise"))).toEqual(before);
    streams.get("replay");
    expect(() => streams.check(empty)).toThrow(
      new CheckpointError(
        "load: tensor random.replay expected to be there, got undefined. The file is damaged or not what it claims to be.",
      ),
    );
  });
});
