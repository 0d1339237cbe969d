// What every agent has in common, on one that has no algorithm: one run at a time, files as records of parts, updates by hand, weights.
// Acting, observing and the loop are tested in decisions.test.ts, intake.test.ts and run.test.ts.

import { describe, expect, test, vi } from "vitest";
import type { Callback } from "../../src/agent.ts";
import type { Env } from "../../src/env.ts";
import { CheckpointError, StateError, UnsupportedError } from "../../src/errors.ts";
import { decodeCheckpoint, sha256Hex } from "../../src/formats/checkpoint.ts";
import { decodeSafetensors } from "../../src/formats/safetensors.ts";
import { Model } from "../../src/nn/model.ts";
import { tamper } from "../agents/tamper.ts";
import { plain, withPrior } from "../nn/small-model.ts";
import { countingEnv, countingVector, later } from "./counting-env.ts";
import { Probe, type ProbeContext, type ProbeOptions } from "./probe.ts";

const spaces = () => {
  const { observationSpace, actionSpace } = countingEnv(0, 4);
  return { observationSpace, actionSpace };
};
const step = {
  observation: [0, 0],
  action: 5,
  reward: 0,
  nextObservation: [0, 1],
  terminated: false,
  truncated: false,
};

/** With networks, drawn from the agent's seed. */
class Networked extends Probe {
  constructor(...[workplace, options = {}]: ConstructorParameters<typeof Probe>) {
    super(workplace, options, (context) => [drawn(context, "actor."), drawn(context, "critic.")]);
  }

  models(): readonly Model[] {
    return this.composition.models;
  }
}

function drawn(context: ProbeContext, prefix: string): Model {
  const networks = { policy: plain(), value: withPrior() };
  const model = new Model(context, { networks, prefix, optimizer: { type: "adam" }, maxGradientNorm: null });
  model.initialize(context.stream("init"));
  return model;
}

/** An environment whose step waits until it is let go. */
function held(): { env: Env; release: () => void } {
  const env = later(countingEnv(0, 4));
  let release = (): void => {};
  const waiting: Env = {
    ...env,
    step: async (action) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return env.step(action);
    },
  };
  return { env: waiting, release: () => release() };
}
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe("one run at a time", () => {
  test("a second learn while one runs is refused, and the first goes on", async () => {
    const agent = new Probe(later(countingEnv(0, 4)));
    const first = agent.learn(30);
    const message = "agent expected to be idle, got a call while learn runs. Await the first call.";
    await expect(agent.learn(5)).rejects.toThrow(new StateError(`learn: ${message}`));
    expect(() => agent.learnSync(5)).toThrow(new StateError(`learnSync: ${message}`));
    expect(() => agent.dispose()).toThrow(
      new StateError("dispose: agent expected to be idle, got a call while learn runs. Abort the run first."),
    );
    expect((await first).envSteps).toBe(30);
    expect((await agent.learn(5)).envSteps).toBe(5);
  });

  test("saving a run from inside a step is refused; its policy may be saved", async () => {
    const { env, release } = held();
    const agent = new Probe(env);
    const running = agent.learn(1);
    for (let i = 0; i < 5; i++) await turn();
    expect(() => agent.save()).toThrow(
      new StateError(
        "save: a run expected to be between two steps, got a call from inside one. Save from a callback, or save the policy.",
      ),
    );
    expect(agent.save({ contents: "policy" }).length).toBeGreaterThan(100);
    release();
    await running;
    expect(agent.save().length).toBeGreaterThan(100);
  });

  test("saving from a callback and between slices is fine", async () => {
    const saves: Uint8Array[] = [];
    const callback: Callback = {
      name: "saves",
      onStep: (run) => void saves.push(run.agent.save()),
      onEpisodeEnd: (run) => void saves.push(run.agent.save()),
    };
    const agent = new Probe(countingEnv(0, 4));
    const running = agent.learn(40, { callbacks: [callback], sliceMs: 0 });
    await turn();
    saves.push(agent.save());
    const { episodes } = await running;
    expect(saves).toHaveLength(41 + episodes);
  });

  test("an agent without environment has none", async () => {
    const message = "learn: agent expected to have an environment, got spaces only. Use act, observe and update.";
    await expect(new Probe(spaces()).learn(1)).rejects.toThrow(new StateError(message));
  });

  test("a run begins with a whole step of all environments (regression: rollouts went out of their columns)", () => {
    const agent = new Probe(countingVector([4, 4]));
    agent.observe(step);
    expect(() => agent.learnSync(4)).toThrow(
      new StateError(
        "learnSync: transitions expected whole steps of 2 environments, got a step of which 1 are observed. Observe the others first.",
      ),
    );
    agent.observe(step);
    expect(agent.learnSync(4).envSteps).toBe(4);
  });
});

describe("updates by hand", () => {
  const ready = (options: ProbeOptions = {}): Probe => {
    const agent = new Probe(spaces(), options);
    agent.observe(step);
    return agent;
  };

  test("are one, or as many as are asked for, or as fit the time; and none where there is nothing to learn from", () => {
    expect(new Probe(spaces()).update()).toBe(0);
    const agent = ready();
    expect([agent.update(), agent.update({ maxUpdates: 3 }), agent.update({ maxUpdates: 0 })]).toEqual([1, 3, 0]);
    expect(agent.update({ budgetMs: 0 })).toBe(0);
    expect(agent.updates).toBe(4);
  });

  test("end with the time budget, or with the maximum, whichever comes first", () => {
    const agent = ready();
    let now = 0;
    vi.spyOn(performance, "now").mockImplementation(() => now++);
    try {
      // The clock is asked once for the end and once before each update.
      expect(agent.update({ maxUpdates: 100, budgetMs: 5 })).toBe(4);
      expect(agent.update({ maxUpdates: 2, budgetMs: 50 })).toBe(2);
    } finally {
      vi.restoreAllMocks();
    }
  });

  test("of agents that learn from rollouts are all of a round", () => {
    class Rounds extends Probe {
      static override readonly about = { ...Probe.about, learnsFrom: "rollouts" as const };
    }
    const agent = new Rounds(spaces());
    agent.observe(step);
    let left = 7;
    const { learner } = { learner: agent.experience };
    Object.defineProperty(learner, "size", { get: () => left-- });
    expect(agent.update()).toBe(7);
  });

  test.each([
    [{ maxUpdates: -1 }, "update: maxUpdates expected an integer at least 0, got -1. It counts updates."],
    [{ maxUpdates: 1.5 }, "update: maxUpdates expected an integer at least 0, got 1.5."],
    [{ budgetMs: Number.NaN }, "update: budgetMs expected a number at least 0, got NaN. It is a time in milliseconds."],
    [{ updates: 1 }, 'update: option expected a known name, got "updates". Known options: maxUpdates, budgetMs.'],
  ])("refuse %o", (options, message) => {
    expect(() => ready().update(options as never)).toThrow(message);
  });
});

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
    const bytes = tamper(new Networked(spaces(), { seed: 1 }).save(), ({ description }) => {
      description.data.taken = -1;
    });
    const agent = new Networked(spaces(), { seed: 2 });
    const before = agent.save();
    expect(() => agent.restore(decodeCheckpoint(bytes))).toThrow(CheckpointError);
    expect(agent.save()).toEqual(before);
  });
});

describe("weights", () => {
  const agent = new Networked(spaces(), { seed: 2 });

  test("are exported model by model, named as in files, without what learning needs", () => {
    const { tensors } = decodeSafetensors(agent.exportWeights());
    expect([...tensors.keys()]).toEqual(agent.models().flatMap((model) => model.specsInFile.map(({ name }) => name)));
    expect([...tensors.keys()].some((name) => name.includes("optimizer"))).toBe(false);
  });

  test("are taken over by all models or by none", () => {
    const other = new Networked(spaces(), { seed: 3 });
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
    const moved = new Networked(spaces(), { seed: 2 });
    moved.observe(step);
    expect(await moved.weightsSha256()).toBe(await agent.weightsSha256());
    expect(await Networked.load(agent.save({ contents: "policy" })).weightsSha256()).toBe(await agent.weightsSha256());
  });

  test("are finite or not", () => {
    const diverged = new Networked(spaces());
    expect(diverged.hasFiniteWeights()).toBe(true);
    const [model] = diverged.models();
    model.setWeights(model.numbers().map((array, i) => (i === 2 ? array.map(() => Number.NaN) : array)));
    expect(diverged.hasFiniteWeights()).toBe(false);
  });

  test("are none where there are no networks", () => {
    const message = (where: string): string =>
      `${where}: agent expected networks, got Probe, which has none. Use save and load.`;
    expect(() => new Probe(spaces()).exportWeights()).toThrow(new UnsupportedError(message("exportWeights")));
    expect(() => new Probe(spaces()).importWeights(new Uint8Array(0))).toThrow(
      new UnsupportedError(message("importWeights")),
    );
  });
});

test("memory counts trained numbers, experience, and what backends planned", () => {
  const agent = new Networked(spaces(), { room: 100 });
  const report = agent.memory();
  expect(report).toMatchObject({ replay: 800, capacity: 100, bytesPerTransition: 8 });
  expect(report.parameters).toBe(2 * 4 * 2 * 13);
  expect(report.total).toBeGreaterThan(report.parameters);
  const policy = Probe.load(new Probe(spaces()).save({ contents: "policy" }));
  expect(policy.memory()).toMatchObject({ replay: 0, capacity: 0, bytesPerTransition: 0, parameters: 0 });
});

test("metrics are known from the first update on", () => {
  const agent = new Probe(spaces());
  agent.observe(step);
  expect(agent.metrics()).toEqual({ updates: Number.NaN, steps: 1 });
  agent.update();
  expect(agent.metrics()).toEqual({ updates: 1, steps: 1 });
});

test("evaluations keep memories of their own, and tell of every episode's start", () => {
  const agent = new Probe(spaces());
  agent.evaluateSync(() => countingEnv(0, 2), { episodes: 2 });
  agent.act([0, 0]);
  const calls = agent.actor.calls.map(({ explore, starts, streams }) => [explore, starts, streams !== null]);
  expect(calls).toEqual([
    ...[
      [false, [true], true],
      [false, null, true],
    ],
    ...[
      [false, [true], true],
      [false, null, true],
    ],
    [false, null, false],
  ]);
  const [first] = agent.actor.calls;
  agent.evaluateSync(() => countingEnv(0, 2), { episodes: 1 });
  expect(agent.actor.calls.at(-1)?.streams).not.toBe(first.streams);
});

test("a reset in mode next-step is told to the actor as an end, and counts neither as a step nor as an episode", () => {
  const agent = new Probe(countingVector([2, 5], "next-step"));
  agent.learnSync(6);
  const ends = (e: number): boolean[] =>
    agent.actor.steps.filter(({ environment }) => environment === e).map(({ ended }) => ended);
  // Environment 0: a step, its end, the reset, a step.
  expect([ends(0), ends(1)]).toEqual([
    [false, true, true, false],
    [false, false, false, false],
  ]);
  expect([agent.envSteps, agent.episodes]).toEqual([7, 1]);
  expect(agent.experience.taken.filter(({ skip }) => skip)).toHaveLength(1);
});

test("after dispose every call is refused but another dispose", async () => {
  const agent = new Networked(countingEnv(0, 4));
  agent.dispose();
  agent.dispose();
  const disposed = (where: string): string =>
    `${where}: agent expected to be in use, got one that was disposed of. Build a new one.`;
  const calls: [string, () => unknown][] = [
    ["act", () => agent.act([0, 0])],
    ["actBatch", () => agent.actBatch([])],
    ["actRows", () => agent.actRows(new Float32Array(2), new Int32Array(1))],
    ["observe", () => agent.observe(step)],
    ["observeBatch", () => agent.observeBatch([])],
    ["update", () => agent.update()],
    ["learnSync", () => agent.learnSync(1)],
    ["save", () => agent.save()],
    ["exportWeights", () => agent.exportWeights()],
    ["importWeights", () => agent.importWeights(new Uint8Array(0))],
    ["hasFiniteWeights", () => agent.hasFiniteWeights()],
    ["evaluate", () => agent.evaluate(() => countingEnv(0, 2))],
    ["evaluateSync", () => agent.evaluateSync(() => countingEnv(0, 2))],
  ];
  for (const [where, call] of calls) expect(call, where).toThrow(new StateError(disposed(where)));
  for (const [where, call] of [
    ["learn", () => agent.learn(1)],
    ["sync", () => agent.sync()],
    ["weightsSha256", () => agent.weightsSha256()],
  ] as const) {
    await expect(call(), where).rejects.toThrow(new StateError(disposed(where)));
  }
});
