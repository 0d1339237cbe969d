// One thing at a time: what may be called while an agent learns, after its environment failed, and after it was disposed of.

import { describe, expect, test } from "vitest";
import type { Callback } from "../../../src/agent.ts";
import type { Env, SyncEnv } from "../../../src/env.ts";
import { StateError } from "../../../src/errors.ts";
import type { SpaceValue } from "../../../src/space.ts";
import type { AgentBase } from "../../../src/training/agent-base.ts";
import { AGENTS, strollFor, vectorOf } from "./agents.ts";
import { sampleOf, transitionOf } from "./made-up.ts";
import { expectSameFile, expectSameLearning } from "./same-file.ts";

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** The environment behind promises, whose step waits until it is let go. */
function held(inner: SyncEnv): { readonly env: Env; release(): void } {
  let release = (): void => {};
  const { observationSpace, actionSpace } = inner;
  const env: Env = {
    observationSpace,
    actionSpace,
    reset: async (options) => inner.reset(options),
    step: async (action) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return inner.step(action);
    },
  };
  return { env, release: () => release() };
}

/** The environment with a step of its own. @param step is told how many were made before */
function stepping(inner: SyncEnv, step: (count: number, inner: SyncEnv["step"]) => SyncEnv["step"]): SyncEnv {
  let count = 0;
  return {
    observationSpace: inner.observationSpace,
    actionSpace: inner.actionSpace,
    reset: (options) => inner.reset(options),
    step: (action) => step(count++, (given) => inner.step(given))(action),
  };
}

/** Calls that some agents have, which look at an observation. */
function looksOf(agent: object, observation: SpaceValue): Readonly<Record<string, () => unknown>> {
  const names = ["qValues", "value", "distribution"].filter((name) => name in agent);
  const calls = agent as Readonly<Record<string, (observation: SpaceValue) => unknown>>;
  return Object.fromEntries(names.map((name) => [name, () => calls[name](observation)]));
}

/** Every call of an agent. */
function callsOf(agent: AgentBase): Readonly<Record<string, () => unknown>> {
  const { observationSpace } = agent;
  const observation = sampleOf(observationSpace, 1);
  const make = () => strollFor(AGENTS.find(({ agent: { about } }) => about.algorithm === agent.algorithm)!);
  return {
    act: () => agent.act(observation),
    actBatch: () => agent.actBatch([observation]),
    actRows: () => agent.actRows(new Float32Array(3), new Int32Array(1)),
    observe: () => agent.observe(transitionOf(observationSpace, 1, 1)),
    observeBatch: () => agent.observeBatch([transitionOf(observationSpace, 1, 1)]),
    observeRows: () => agent.observeRows(new Float32Array(3), new Int32Array(1), {} as never),
    update: () => agent.update(),
    learn: () => agent.learn(1),
    learnSync: () => agent.learnSync(1),
    sync: () => agent.sync(),
    evaluate: () => agent.evaluate(make),
    evaluateSync: () => agent.evaluateSync(make),
    save: () => agent.save(),
    exportWeights: () => agent.exportWeights(),
    importWeights: () => agent.importWeights(new Uint8Array()),
    weightsSha256: () => agent.weightsSha256(),
    hasFiniteWeights: () => agent.hasFiniteWeights(),
    memory: () => agent.memory(),
    metrics: () => agent.metrics(),
    ...looksOf(agent, observation),
  };
}

describe.each(AGENTS)("$name", (row) => {
  test("a second learn and dispose are refused while one runs, and the first goes on undisturbed", async () => {
    const { env, release } = held(strollFor(row));
    const agent = row.make(env);
    const running = agent.learn(30);
    await pause();
    const message = "agent expected to be idle, got a call while learn runs.";
    await expect(agent.learn(5)).rejects.toThrow(new StateError(`learn: ${message} Await the first call.`));
    expect(() => agent.learnSync(5)).toThrow(new StateError(`learnSync: ${message} Await the first call.`));
    expect(() => agent.dispose()).toThrow(new StateError(`dispose: ${message} Abort the run first.`));
    let isOver = false;
    void running.then(() => {
      isOver = true;
    });
    while (!isOver) {
      release();
      await pause();
    }
    const whole = row.make();
    whole.learnSync(30);
    expectSameLearning(agent.save(), whole.save());
    agent.dispose();
  });

  test("a run is not saved from inside a step; its policy is", async () => {
    const { env, release } = held(strollFor(row));
    const agent = row.make(env);
    const running = agent.learn(1);
    for (let turn = 0; turn < 5; turn++) await pause();
    expect(() => agent.save()).toThrow(
      new StateError(
        "save: a run expected to be between two steps, got a call from inside one. Save from a callback, or save the policy.",
      ),
    );
    row.agent.load(agent.save({ contents: "policy" }));
    release();
    await running;
    row.agent.load(agent.save());
  });

  test("a run may be saved from its callbacks, and goes on from there", () => {
    const saves: Uint8Array[] = [];
    const callback: Callback = {
      name: "saves",
      onStart: (run) => void saves.push(run.agent.save()),
      onStep: (run) => void saves.push(run.agent.save()),
      onEpisodeEnd: (run) => void saves.push(run.agent.save()),
    };
    const agent = row.make();
    const { episodes } = agent.learnSync(20, { callbacks: [callback] });
    expect(saves).toHaveLength(21 + episodes);
    for (const bytes of saves) {
      const rest = row.agent.load(bytes, { env: strollFor(row) });
      if (rest.envSteps < 20) rest.learnSync(20 - rest.envSteps);
      expectSameLearning(rest.save(), agent.save());
    }
  });

  test.each(row.isParallel ? [1, 3] : [1])(
    "where an environment throws, the run stops with its error, and goes on in new episodes: %i of them",
    (count) => {
      let made = 0;
      const failing = (): SyncEnv =>
        stepping(strollFor(row), (_, step) => {
          // In the middle of a step of several.
          if (made++ === 13 * count - 1) throw new Error("power cut");
          return step;
        });
      const agent = row.make(count === 1 ? failing() : vectorOf(failing, count, "same-step"));
      expect(() => agent.learnSync(100)).toThrow("power cut");
      expect(agent.envSteps).toBe(12 * count);
      row.agent.load(agent.save());
      const run = agent.learnSync(60);
      expect(run.envSteps).toBe(60);
      expect(Math.max(...run.episodeLengths)).toBeLessThanOrEqual(9);
      expect(agent.hasFiniteWeights()).toBe(true);
    },
  );

  const wrongAnswers: [string, object, string][] = [
    ["a NaN reward", { reward: Number.NaN }, "learn: reward expected a finite number, got NaN."],
    ["a flag that is none", { terminated: 1 }, "learn: terminated and truncated expected booleans, got 1 and"],
    ["no observation", { observation: undefined }, "learn: observation expected"],
  ];
  test.each(wrongAnswers)("a step that answers %s stops the run, and is not taken in", async (_, wrong, message) => {
    const answering = (): SyncEnv =>
      stepping(strollFor(row), (made, step) => (action) => ({ ...step(action), ...(made === 12 && wrong) }) as never);
    const agent = row.make(answering());
    expect(() => agent.learnSync(100)).toThrow(message);
    expect(agent.envSteps).toBe(12);
    await expect(row.make(answering()).learn(100)).rejects.toThrow(message);
    expect(agent.learnSync(30).envSteps).toBe(30);
  });

  test("an environment or a callback that answers with a promise is refused by learnSync, with what to use", () => {
    const message =
      "learnSync: environment and callbacks expected to answer at once, got a promise. Use learn instead.";
    expect(() => row.make(held(strollFor(row)).env).learnSync(5)).toThrow(new TypeError(message));
    const agent = row.make();
    const late: Callback = { name: "late", onStep: async () => {} };
    expect(() => agent.learnSync(5, { callbacks: [late] })).toThrow(new TypeError(message));
    expect(agent.learnSync(5).envSteps).toBe(5);
  });

  test("a run ends when the signal or a callback says so, between two steps, and what was learned stays", async () => {
    const agent = row.make();
    const controller = new AbortController();
    const abort: Callback = { name: "abort", everySteps: 17, onStep: () => controller.abort() };
    const aborted = await agent.learn(1e6, { signal: controller.signal, callbacks: [abort] });
    expect(aborted).toMatchObject({ envSteps: 17, stopped: "aborted" });
    const stop: Callback = {
      name: "stop",
      everySteps: 30,
      onStep: (run) => {
        run.stop("enough");
        run.stop("too much");
      },
    };
    const stopped = agent.learnSync(1e6, { callbacks: [stop] });
    expect(stopped).toMatchObject({ envSteps: 13, stopped: "callback", reason: "enough" });
    expect(await agent.learn(30)).toMatchObject({ envSteps: 30, stopped: "completed" });
    const whole = row.make();
    whole.learnSync(60);
    expectSameFile(agent.save(), whole.save());
  });

  test("every call after dispose is refused; another dispose does nothing", async () => {
    const agent = row.make();
    agent.learnSync(20);
    agent.dispose();
    agent.dispose();
    for (const [where, call] of Object.entries(callsOf(agent))) {
      const refused = async (): Promise<unknown> => call();
      await expect(refused(), where).rejects.toThrow(
        new StateError(`${where}: agent expected to be in use, got one that was disposed of. Build a new one.`),
      );
    }
    expect([agent.envSteps, agent.seed, agent.algorithm]).toEqual([20, 11, row.agent.about.algorithm]);
  });
});
