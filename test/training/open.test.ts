// How constructors begin: with the settings, spaces and backends of a context, and with the file that the agent comes from.

import { describe, expect, test } from "vitest";
import { reference } from "../../src/backends/reference/index.ts";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { UnsupportedError } from "../../src/errors.ts";
import type { Encoder } from "../../src/experience/observation-encoder.ts";
import { box, discrete, type Space } from "../../src/space.ts";
import { LOADING, type Loading } from "../../src/training/context.ts";
import { open, openOnDevices } from "../../src/training/open.ts";
import { Probe, probeContext } from "./probe.ts";

const spaces = (observationSpace: Space = box(-1, 1, [3]), actionSpace: Space = discrete(2)) => ({
  observationSpace,
  actionSpace,
});

describe("open", () => {
  test("reads settings, spaces and backends, and counts from 0", () => {
    const context = probeContext(spaces(), { seed: 4, environments: 3, totalSteps: 50 });
    expect(context.settings).toMatchObject({ seed: 4, environments: 3, totalSteps: 50 });
    expect([context.name, context.environments, context.encoder.size, context.actions.options]).toEqual([
      ...["Probe", 3, 3, 2],
    ]);
    expect(context.backend).toBeInstanceOf(WasmBackend);
    expect(context.acting).toBe(context.backend);
    expect(context.counters).toEqual({ envSteps: 0, updates: 0, episodes: 0 });
    expect([context.file, context.isPolicy]).toEqual([null, false]);
  });

  test("acts on 64 rows together, or on as many as there are environments", () => {
    expect(probeContext(spaces()).actRows).toBe(64);
    expect(probeContext(spaces(), { environments: 100 }).actRows).toBe(100);
  });

  test("takes the backend that it is told", () => {
    expect(probeContext(spaces(), { backend: reference }).backend.name).toBe("reference");
    expect(() => probeContext(spaces(), { backend: "webgpu" as never })).toThrow("Probe: backend expected");
  });

  test("opens a subclass as what it says of itself", () => {
    class Louder extends Probe {
      static override readonly about = { ...Probe.about, name: "Louder", defaults: { updatesPerStep: 5 } };
    }
    const agent = new Louder(spaces());
    expect([agent.settings.updatesPerStep, agent.algorithm]).toEqual([5, "probe"]);
    expect(() => new Louder(spaces(), { room: 0 })).toThrow("Louder: room expected an integer at least 1, got 0.");
  });

  test("encodes observations as the class wants, else as networks see them, rescaled where the settings say so", () => {
    const own = { size: 7 } as Encoder;
    expect(open(Probe, spaces(), {}, () => own).encoder).toBe(own);
    const about = {
      ...Probe.about,
      fields: { ...Probe.about.fields, rescaleObservations: { default: true, read: () => true } },
    };
    const { encoder } = open({ name: "Probe", about: about as never }, spaces(box(0, 4, [1])), {});
    const row = new Float32Array(1);
    encoder.encode("test", "observation", [4], row);
    expect(row[0]).toBe(1);
    expect(() => open({ name: "Probe", about: about as never }, spaces(discrete(2)), {})).toThrow(
      "Probe: rescaleObservations expected a Box with finite bounds",
    );
  });

  test("takes a file that the options carry, and says so", () => {
    for (const contents of ["run", "policy"] as const) {
      const loading = { checkpoint: { contents, data: {}, tensors: new Map() }, taken: false } as unknown as Loading;
      const context = open(Probe, spaces(), { [LOADING]: loading });
      expect([loading.taken, context.file?.contents, context.isPolicy]).toEqual([
        true,
        contents,
        contents === "policy",
      ]);
    }
  });
});

describe("an agent that learns values", () => {
  test("has all operations but those of policies and rollouts, which are refused", () => {
    const { backend, acting } = openOnDevices(Probe, spaces(), {});
    expect(acting).toBe(backend);
    expect(backend.random.uniform(backend.random.stream(1, "test"))).toBeLessThan(1);
    const groups = ["recurrent", "actionDistribution", "stateNoise", "policyLoss", "rollout"] as const;
    for (const group of groups) {
      expect(() => backend[group]).toThrow(
        new UnsupportedError(
          "wasm: backend expected operations of policies and rollouts, got none. Use open for the context.",
        ),
      );
    }
  });

  test("learns on a device and acts beside it, where others refuse the device", () => {
    let released = 0;
    const device = () => ({ ...reference(), name: "webgpu", device: { release: () => released++ } }) as never;
    const { backend, acting } = openOnDevices(Probe, spaces(), { backend: device });
    expect([backend.name, acting.name]).toEqual(["webgpu", "wasm"]);
    expect(() => open(Probe, spaces(), { backend: device })).toThrow(UnsupportedError);
    expect(released).toBe(1);
  });
});
