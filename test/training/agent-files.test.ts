// An agent in files and in memory: files as records of parts, weights alone, what is counted, and what a device has to bring first.

import { describe, expect, test, vi } from "vitest";
import { CheckpointError, StateError, UnsupportedError } from "../../src/errors.ts";
import { decodeCheckpoint, sha256Hex } from "../../src/formats/checkpoint.ts";
import { decodeSafetensors } from "../../src/formats/safetensors.ts";
import type { GraphWriter } from "../../src/nn/module.ts";
import { AgentFiles } from "../../src/training/agent-files.ts";
import type { DeviceCopy } from "../../src/training/device-copy.ts";
import type { Session } from "../../src/training/session.ts";
import { tamper } from "../agents/tamper.ts";
import { countingEnv } from "./counting-env.ts";
import { Networked, SPACES, step } from "./networked-probe.ts";
import { Probe, ProbeActor, probeContext } from "./probe.ts";

describe("files", () => {
  test("hold settings, counters, and every part in its order; a policy what acting needs", () => {
    const agent = new Networked(countingEnv(0, 4), { seed: 2 });
    agent.learnSync(6);
    const run = decodeCheckpoint(agent.save());
    expect([run.algorithm, run.contents, run.counters]).toEqual([
      ...["probe", "run", { envSteps: 6, updates: 6, episodes: 1 }],
    ]);
    expect(Object.keys(run.data)).toEqual(["settings", "optimizers", "forgotten", "taken"]);
    expect(run.data.settings).toEqual(agent.settings);
    expect(run.session).toMatchObject({ observation: [0, 2], envState: [2, 1] });
    const policy = decodeCheckpoint(agent.save({ contents: "policy" }));
    expect(Object.keys(policy.data)).toEqual(["settings", "forgotten"]);
    expect(policy.session).toBe(undefined);
    expect(() => agent.save({ contents: "weights" as never })).toThrow(
      new RangeError('save: contents expected "run" or "policy", got "weights". Leave it out for "run".'),
    );
    expect(() => agent.save({ content: "run" } as never)).toThrow("save: option expected a known name");
  });

  test("come back as they were", () => {
    const agent = new Networked(countingEnv(0, 4), { seed: 2 });
    agent.learnSync(6);
    const bytes = agent.save();
    const again = Networked.load(bytes, { env: countingEnv(0, 4) });
    again.experience.taken.push(...agent.experience.taken);
    expect(again.save()).toEqual(bytes);
  });

  test("that one part refuses change no other part", () => {
    const bytes = tamper(new Networked(SPACES, { seed: 1 }).save(), ({ description }) => {
      description.data.taken = -1;
    });
    const agent = new Networked(SPACES, { seed: 2 });
    const before = agent.save();
    expect(() => agent.restore(decodeCheckpoint(bytes))).toThrow(CheckpointError);
    expect(agent.save()).toEqual(before);
  });
});

describe("weights", () => {
  const agent = new Networked(SPACES, { seed: 2 });

  test("are exported model by model, named as in files, without what learning needs", () => {
    const { tensors } = decodeSafetensors(agent.exportWeights());
    expect([...tensors.keys()]).toEqual(agent.models().flatMap((model) => model.specsInFile.map(({ name }) => name)));
    expect([...tensors.keys()].some((name) => name.includes("optimizer"))).toBe(false);
  });

  test("are taken over by all models or by none", () => {
    const other = new Networked(SPACES, { seed: 3 });
    const before = other.exportWeights();
    expect(before).not.toEqual(agent.exportWeights());
    const wrong = agent.exportWeights().slice(0, 100);
    expect(() => other.importWeights(wrong)).toThrow(CheckpointError);
    expect(other.exportWeights()).toEqual(before);
    other.importWeights(agent.exportWeights());
    expect(other.exportWeights()).toEqual(agent.exportWeights());
  });

  test("have a fingerprint over the canonical numbers alone, trained ones first in every model", async () => {
    const numbers = agent.models().flatMap((model) => model.numbers());
    expect(await agent.weightsSha256()).toBe(await sha256Hex(numbers));
    expect(await agent.weightsSha256()).toMatch(/^[0-9a-f]{64}$/);
    const moved = new Networked(SPACES, { seed: 2 });
    moved.observe(step);
    expect(await moved.weightsSha256()).toBe(await agent.weightsSha256());
    expect(await Networked.load(agent.save({ contents: "policy" })).weightsSha256()).toBe(await agent.weightsSha256());
  });

  test("are finite or not", () => {
    const diverged = new Networked(SPACES);
    expect(diverged.hasFiniteWeights()).toBe(true);
    const [model] = diverged.models();
    model.setWeights(model.numbers().map((array, i) => (i === 2 ? array.map(() => Number.NaN) : array)));
    expect(diverged.hasFiniteWeights()).toBe(false);
  });

  test("are none where there are no networks", () => {
    const message = (where: string): string =>
      `${where}: agent expected networks, got Probe, which has none. Use save and load.`;
    expect(() => new Probe(SPACES).exportWeights()).toThrow(new UnsupportedError(message("exportWeights")));
    expect(() => new Probe(SPACES).importWeights(new Uint8Array(0))).toThrow(
      new UnsupportedError(message("importWeights")),
    );
  });
});

test("memory counts trained numbers, experience, and what backends planned", () => {
  const agent = new Networked(SPACES, { room: 100 });
  const report = agent.memory();
  expect(report).toMatchObject({ replay: 800, capacity: 100, bytesPerTransition: 8 });
  expect(report.parameters).toBe(2 * 4 * 2 * 13);
  expect(report.total).toBeGreaterThan(report.parameters);
  const policy = Probe.load(new Probe(SPACES).save({ contents: "policy" }));
  expect(policy.memory()).toMatchObject({ replay: 0, capacity: 0, bytesPerTransition: 0, parameters: 0 });
});

describe("what a device learned", () => {
  /** Files of an agent whose device was updated since its last sync. */
  function made(isSynced: boolean) {
    const context = probeContext(SPACES);
    context.counters.updates = 3;
    const device = { isSynced: vi.fn(() => isSynced), invalidate: vi.fn() };
    const model = new Networked(SPACES).models()[0];
    const composition = { actor: new ProbeActor(context), models: [model], remembers: null, plan: () => learner };
    const learner = { parts: [], weightsReplaced: vi.fn() };
    const session = { save: () => ({}) } as unknown as Session;
    const files = new AgentFiles(context, composition as never, session, device as unknown as DeviceCopy);
    return { device, files, learner: learner as never, model, weightsReplaced: learner.weightsReplaced };
  }

  test("has to be brought here before a run is saved or acting is described; a policy is what acts", () => {
    const { files, learner } = made(false);
    const message =
      "run expected as the device has it, got updates since the last sync (3 made). Call await agent.sync() first.";
    expect(() => files.save(learner)).toThrow(new StateError(`save: ${message}`));
    expect(() => files.describe({} as GraphWriter, "x")).toThrow(new StateError(`describe: ${message}`));
    expect(files.save(null).length).toBeGreaterThan(100);
    const { device, files: brought, learner: same } = made(true);
    expect(brought.save(same).length).toBeGreaterThan(100);
    expect(device.isSynced).toHaveBeenCalledWith(3);
  });

  test("is behind weights that were imported, of which the learner is told", () => {
    const { device, files, learner, model, weightsReplaced } = made(true);
    files.importWeights(files.exportWeights(), {}, learner);
    expect([device.invalidate, weightsReplaced].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
    expect(() => files.importWeights(new Uint8Array(9), {}, learner)).toThrow(CheckpointError);
    expect(device.invalidate).toHaveBeenCalledOnce();
    expect(model.numbers().length).toBeGreaterThan(0);
  });
});

test("acting is described where encoder and actor describe themselves", () => {
  const graph = { flatten: (name: string) => `flat ${name}` } as Partial<GraphWriter> as GraphWriter;
  const described = (actor: object): { readonly found: string | null; readonly seen: readonly unknown[] } => {
    const context = probeContext(SPACES);
    const seen: unknown[] = [];
    const describe = (_graph: GraphWriter, observation: string): string => {
      seen.push(observation);
      return "actions";
    };
    const composition = { actor: { ...actor, ...("describes" in actor && { describe }) }, models: [] };
    const files = new AgentFiles(context, composition as never, {} as Session, null);
    return { found: files.describe(graph, "observation"), seen };
  };
  expect(described({})).toEqual({ found: null, seen: [] });
  expect(described({ describes: true })).toEqual({ found: "actions", seen: ["flat observation"] });
});
