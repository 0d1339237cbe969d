// Agents from files and on backends that take time to open: what is checked before anything is planned.

import { describe, expect, expectTypeOf, test, vi } from "vitest";
import { DQN } from "../../src/agents/deep-q/dqn.ts";
import { ReferenceBackend } from "../../src/backends/reference/reference-backend.ts";
import type { BackendMaker } from "../../src/backends/select.ts";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { CheckpointError, DeviceError, UnsupportedError } from "../../src/errors.ts";
import { encodeSafetensors } from "../../src/formats/safetensors.ts";
import { box, discrete } from "../../src/space.ts";
import { tamper } from "../agents/tamper.ts";
import { countingEnv, countingVector } from "./counting-env.ts";
import { Probe, type ProbeOptions } from "./probe.ts";

const env = () => countingEnv(0, 4);
const { observationSpace, actionSpace } = env();
const SPACES = { observationSpace, actionSpace };

/** A run of eleven steps, in the middle of its third episode. */
function trained(options: ProbeOptions = {}): Probe {
  const agent = new Probe(env(), { seed: 3, updatesPerStep: 2, ...options });
  agent.learnSync(11);
  return agent;
}
const run = (): Uint8Array => trained().save();
const policy = (): Uint8Array => trained().save({ contents: "policy" });

describe("load", () => {
  test("gives an agent of the class that it is called on, with the file's settings and counts", () => {
    const agent = Probe.load(run(), { env: env() });
    expect(agent).toBeInstanceOf(Probe);
    expect(agent.settings).toEqual(trained().settings);
    expect([agent.envSteps, agent.updates, agent.episodes, agent.seed]).toEqual([11, 22, 2, 3]);
    expect(agent.learnSync(1).episodeLengths).toEqual([4]);
    class Louder extends Probe {}
    expect(Louder.load(run())).toBeInstanceOf(Louder);
  });

  test("needs no environment, and takes no preset of it", () => {
    const agent = Probe.load(run());
    expect(agent.act([2, 0])).toBe(7);
    expect(() => agent.learnSync(1)).toThrow("learnSync: agent expected to have an environment, got spaces only.");
    const known = { ...env(), spec: { id: "CartPole-v1", options: {} } };
    expect(new Probe(known).settings.updatesPerStep).toBe(2);
    expect(Probe.load(trained({ updatesPerStep: 1 }).save(), { env: known }).settings.updatesPerStep).toBe(1);
  });

  test("takes the backend and engine of the caller", () => {
    const backend = vi.fn(() => new ReferenceBackend());
    Probe.load(run(), { backend });
    expect(backend).toHaveBeenCalledOnce();
  });

  test("of a policy plans what learning needs when it first learns", () => {
    const agent = Probe.load(policy());
    expect(agent.planned.count).toBe(0);
    agent.act([1, 0]);
    expect(agent.planned.count).toBe(0);
    const step = { observation: [0, 0], action: 5, reward: 0, nextObservation: [0, 1] };
    agent.observe({ ...step, terminated: false, truncated: false });
    expect(agent.planned.count).toBe(1);
    expect(Probe.load(run()).planned.count).toBe(1);
  });

  test("takes a policy to any number of environments", () => {
    expect(Probe.load(policy(), { env: countingVector([4, 4]) }).settings.environments).toBe(2);
  });

  test("says where a run goes on in new episodes, under the class's name", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    Probe.load(run(), { env: countingEnv(0, 4, { saves: false }) });
    Probe.load(run());
    expect(warn.mock.calls).toEqual([
      ["Probe.load: the environment has no saveState/loadState; the run goes on in a new episode, not bit for bit."],
    ]);
    warn.mockRestore();
  });
});

describe("load refuses", () => {
  test.each<[string, () => unknown, new (...given: never[]) => Error, string]>([
    [
      "what is no bytes",
      () => Probe.load("file" as never),
      TypeError,
      'load: bytes expected a Uint8Array, got "file".',
    ],
    ["bytes of nothing", () => Probe.load(new Uint8Array(9)), CheckpointError, "safetensors"],
    [
      "tensors of another origin",
      () => Probe.load(encodeSafetensors([], {})),
      CheckpointError,
      "load: file expected a bellwether checkpoint, got safetensors of another origin (format undefined).",
    ],
    [
      "another algorithm's file",
      () => DQN.load(run()),
      CheckpointError,
      'DQN.load: algorithm expected "dqn", got "probe". Load it with its own class.',
    ],
    [
      "an unknown option",
      () => Probe.load(run(), { environment: env() } as never),
      RangeError,
      'Probe.load: option expected a known name, got "environment".',
    ],
    [
      "an environment of other observations",
      () => Probe.load(run(), { env: { ...env(), observationSpace: box(-1, 1, [2]) } }),
      CheckpointError,
      "Probe.load: observationSpace expected the saved box space, got another box one. Pass the environment that the agent was trained in.",
    ],
    [
      "an environment of other actions",
      () => Probe.load(run(), { env: { ...env(), actionSpace: discrete(3) } }),
      CheckpointError,
      "Probe.load: actionSpace expected the saved discrete space, got another discrete one.",
    ],
    [
      "a vector where the run had a single environment",
      () => Probe.load(run(), { env: countingVector([4, 4]) }),
      CheckpointError,
      "Probe.load: environments expected 1 as the run was saved, got 2. Pass a single environment.",
    ],
    [
      "a single environment where the run had several",
      () => Probe.load(new Probe(countingVector([4, 4])).save(), { env: env() }),
      CheckpointError,
      "Probe.load: environments expected 2 as the run was saved, got 1. Pass a vector environment of 2.",
    ],
  ])("%s", (_, load, kind, message) => {
    expect(load).toThrow(kind);
    expect(load).toThrow(message);
  });

  type Description = Record<string, Record<string, Record<string, unknown>>>;
  test.each<[string, (description: Description) => void, string]>([
    [
      "no settings",
      ({ data }) => delete (data as object as { settings?: unknown }).settings,
      "load: settings expected an object, got undefined.",
    ],
    [
      "a setting out of range",
      ({ data }) => Object.assign(data.settings, { room: 0 }),
      'load: settings expected valid options, got "Probe: room expected an integer at least 1, got 0.',
    ],
    [
      "an unknown setting",
      ({ data }) => Object.assign(data.settings, { rom: 0 }),
      'load: settings expected valid options, got "Probe: option expected a known name, got',
    ],
    [
      "an engine among the settings, which would be code",
      ({ data }) => Object.assign(data.settings, { engine: {} }),
      'load: settings expected valid options, got "Probe: option expected a known name, got',
    ],
    [
      "more environments than memory holds",
      ({ data }) => Object.assign(data.settings, { environments: 1e9 }),
      'load: settings expected valid options, got "Probe: environments expected an integer at least 1 and at...',
    ],
    [
      "counters that are none",
      ({ counters }) => Object.assign(counters, { envSteps: -1 }),
      "load: counters.envSteps expected a count, got -1.",
    ],
    [
      "a part that does not fit",
      ({ data }) => Object.assign(data, { forgotten: -1 }),
      "load: forgotten expected a count, got -1.",
    ],
    [
      "more pending updates than there can be",
      ({ session }) => Object.assign(session, { pendingUpdates: 3 }),
      "load: session.pendingUpdates expected at most 2, got 3.",
    ],
  ])("a file with %s", (_, change, message) => {
    const bytes = tamper(run(), ({ description }) => change(description));
    const load = (): Probe => Probe.load(bytes, { env: env() });
    expect(load).toThrow(CheckpointError);
    expect(load).toThrow(message);
  });

  test("a plan that no memory can hold as a damaged file, unless the caller chose the backend", () => {
    class Large extends Probe {
      constructor(...[workplace, options]: ConstructorParameters<typeof Probe>) {
        super(workplace, options);
        if (this.settings.room > 1e6) throw new RangeError("room expected memory, got none");
      }
    }
    const bytes = tamper(run(), ({ description }) => Object.assign(description.data.settings, { room: 1e9 }));
    expect(() => Large.load(bytes)).toThrow(
      new CheckpointError(
        'load: settings expected a plan that fits, got "room expected memory, got none". The file is damaged or not what it claims to be.',
      ),
    );
    const backend = (): ReferenceBackend => new ReferenceBackend();
    expect(() => Large.load(bytes, { backend })).toThrow(new RangeError("room expected memory, got none"));
  });

  test("a class that does not hand its options on, which would be a fresh agent", () => {
    class Forgetful extends Probe {
      constructor(workplace: ConstructorParameters<typeof Probe>[0], { seed = 0 }: ProbeOptions = {}) {
        super(workplace, { seed });
      }
    }
    expect(() => Forgetful.load(run())).toThrow(
      new TypeError(
        "Probe.load: constructor expected to hand its options on, got other ones. Spread them: super(workplace, { ...options }).",
      ),
    );
    class Spreading extends Probe {
      constructor(workplace: ConstructorParameters<typeof Probe>[0], options: ProbeOptions = {}) {
        super(workplace, { room: 500, ...options });
      }
    }
    expect(Spreading.load(run()).envSteps).toBe(11);
  });
});

describe("create", () => {
  test("makes an agent of the class that it is called on, with its options", async () => {
    class Louder extends Probe {}
    const agent = await Louder.create(SPACES, { seed: 9, room: 5 });
    expect(agent).toBeInstanceOf(Louder);
    expect(agent.settings).toMatchObject({ seed: 9, room: 5 });
    expect((await Probe.create(SPACES)).settings.seed).toBe(0);
  });

  test("knows the options of the class (regression: it took none in TypeScript)", () => {
    type Given = Parameters<typeof DQN.create<DQN, NonNullable<ConstructorParameters<typeof DQN>[1]>>>[1];
    expectTypeOf<Given>().not.toBeAny();
    const made = (): unknown => [
      DQN.create(SPACES, { batchSize: 4, network: { hidden: [8] } }),
      // @ts-expect-error: no such option.
      DQN.create(SPACES, { batchSise: 4 }),
    ];
    expect(made).toBeTypeOf("function");
  });

  test("opens what it is promised, and hands the choice on", async () => {
    const told: unknown[] = [];
    const backend = async (demand: object): Promise<BackendMaker> => {
      told.push(demand);
      return () => new ReferenceBackend();
    };
    const agent = await Probe.create(SPACES, { backend });
    expect(agent).toBeInstanceOf(Probe);
    // Nothing is known of its updates: too few for a device.
    expect(told).toEqual([{ updateFlops: 0 }]);
  });

  test("refuses wrong options and spaces before anything is opened, by a rejection", async () => {
    const backend = vi.fn(async () => "wasm" as const);
    await expect(Probe.create(SPACES, { room: 0, backend })).rejects.toThrow("Probe: room expected an integer");
    const wrong = { ...SPACES, actionSpace: { kind: "dict", spaces: {} } } as const;
    await expect(Probe.create(wrong, { backend })).rejects.toThrow("Probe: actionSpace expected");
    expect(backend).not.toHaveBeenCalled();
  });

  test("rejects with what opening a backend says", async () => {
    const failing = (): Promise<never> => Promise.reject(new DeviceError("no adapter"));
    await expect(Probe.create(SPACES, { backend: failing })).rejects.toThrow(new DeviceError("no adapter"));
  });

  test("falls back where the settings ask for what a backend lacks, if it says to what", async () => {
    class Demanding extends Probe {
      constructor(...[workplace, options]: ConstructorParameters<typeof Probe>) {
        super(workplace, options);
        if (this.context.backend.name === "reference") throw new UnsupportedError("no probes here");
      }
    }
    const maker: BackendMaker = () => new ReferenceBackend();
    await expect(Demanding.create(SPACES, { backend: async () => maker })).rejects.toThrow("no probes here");
    const flexible = Object.assign(() => new ReferenceBackend(), { otherwise: "wasm" as const });
    const agent = await Demanding.create(SPACES, { backend: async () => flexible });
    expect(agent).toBeInstanceOf(Demanding);
    const other = Object.assign(() => new WasmBackend(), { otherwise: "wasm" as const });
    class Failing extends Probe {
      constructor(...[workplace, options]: ConstructorParameters<typeof Probe>) {
        super(workplace, options);
        throw new RangeError("something else");
      }
    }
    await expect(Failing.create(SPACES, { backend: async () => other })).rejects.toThrow("something else");
  });

  test("knows threads for the engine alone", async () => {
    const backend = async () => "wasm" as const;
    await expect(Probe.create(SPACES, { threads: 2, backend })).rejects.toThrow(
      'Probe: threads expected the backend "wasm"',
    );
  });
});

test("environments says how many to build, by options or preset", () => {
  const known = { ...env(), spec: { id: "CartPole-v1", options: {} } };
  expect([
    Probe.environments(known),
    Probe.environments(known, { environments: 5 }),
    Probe.environments(SPACES),
  ]).toEqual([...[3, 5, 1]]);
});
