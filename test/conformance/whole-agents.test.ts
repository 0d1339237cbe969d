// Whole agents as PyTorch computes them (data/whole-agents.json, written by record/whole-agents.py). Every agent of the library
// lives through a world that was written down: it starts with the recorded weights, draws its own actions, learns when it does,
// and after every update its metrics and weights are compared. Only what users of the library have is used, so that the same
// holds however the inside is made.

import { describe, expect, test } from "vitest";
import { reference } from "../../src/backends/reference/index.ts";
import * as bellwether from "../../src/index.ts";
import { type Agent, type Space, type SpaceValue, SyncVectorEnv, type Workplace } from "../../src/index.ts";
import { expectClose } from "./compare.ts";
import { readOwnRecording } from "./recordings.ts";
import { type Course, ScriptedEnv } from "./scripted-world.ts";
import { readWeights, type Weights, writeWeights } from "./weights-file.ts";

/** Relative to max(1, |expected|): some hundred roundings of float32, where the recording has float64. Seen: up to 9e-7. */
const METRIC_TOLERANCE = 1e-5;
/**
 * Of weights that move by about 0.01 in every update. Optimizers divide by the root of the squared gradient: where that is near
 * 0 its roundings count, too. Seen: up to 1.4e-6.
 */
const WEIGHT_TOLERANCE = 1e-5;
/** Drawn numbers are sums and products of a few that float32 rounds. Seen: up to 9e-7. */
const ACTION_TOLERANCE = 1e-5;
/** Tables are float64 here and there; powers may differ in their last digit. */
const TABLE_TOLERANCE = 1e-13;

/** What an agent has after an update. */
interface Moment {
  /** Of all environments together. */
  readonly steps: number;
  readonly updates: number;
  /** null: not known. */
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

/** What a trained agent says of an observation. */
interface Answer {
  readonly observation: SpaceValue;
  readonly values?: readonly number[];
  readonly value?: readonly number[];
  readonly probabilities?: readonly number[];
  readonly mean?: readonly number[];
  readonly deviation?: readonly number[];
}

interface Recorded {
  readonly name: string;
  /** Its class. */
  readonly agent: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly environments: number;
  readonly observation: Space;
  readonly action: Space;
  readonly world: readonly Course[];
  /** By step and environment; absent or null: everything is allowed. */
  readonly masks?: readonly (readonly (readonly number[])[])[] | null;
  /** Absent: a table. */
  readonly weights?: Parameters<typeof writeWeights>[0];
  /** By step and environment. */
  readonly actions: readonly (readonly (number | readonly number[])[])[];
  readonly moments: readonly Moment[];
  readonly answers?: readonly Answer[];
}

interface Learner extends Agent {
  importWeights?(bytes: Uint8Array): void;
  exportWeights?(): Uint8Array;
  qValues?(observation: SpaceValue): ArrayLike<number>;
  value?(observation: SpaceValue): number;
  distribution?(observation: SpaceValue): Readonly<Record<string, ArrayLike<number>>>;
  actBatch?(
    observations: readonly SpaceValue[],
    options: { readonly explore: boolean; readonly masks?: ArrayLike<ArrayLike<number>> },
  ): ArrayLike<number>;
  observeBatch?(transitions: readonly bellwether.Transition[]): void;
}

interface AgentClass {
  new (workplace: Workplace, options: object): Learner;
  readonly about: { readonly learnsFrom: "steps" | "rollouts" };
}

/** An agent is whatever the library exports that says of itself what it is. */
const AGENTS: Readonly<Record<string, AgentClass>> = Object.fromEntries(
  Object.entries(bellwether).filter(([, value]) => typeof value === "function" && Object.hasOwn(value, "about")),
) as never;

const { cases } = readOwnRecording<{ readonly cases: readonly Recorded[] }>("whole-agents.json");

const isTable = ({ weights }: Recorded): boolean => weights === undefined;

function createAgent(recorded: Recorded, workplace: Workplace, options: object): Learner {
  const agent = new AGENTS[recorded.agent](workplace, { ...recorded.options, ...options, preset: false });
  if (recorded.weights !== undefined) agent.importWeights!(writeWeights(recorded.weights));
  return agent;
}

function createEnvs(recorded: Recorded): ScriptedEnv[] {
  const spaces = { observationSpace: recorded.observation, actionSpace: recorded.action };
  return recorded.world.map((course, e) => {
    return new ScriptedEnv(spaces, course, (step, action) => expectAction(recorded, step, e, action));
  });
}

function expectAction({ action: space, actions }: Recorded, step: number, e: number, action: SpaceValue): void {
  const tolerance = space.kind === "box" ? ACTION_TOLERANCE : 0;
  const row = (value: unknown): ArrayLike<number> => (typeof value === "number" ? [value] : (value as number[]));
  expectClose(`action of step ${step} in environment ${e}`, row(action), row(actions[step][e]), tolerance);
}

function weightsOf(agent: Learner, recorded: Recorded): Weights {
  if (!isTable(recorded)) return readWeights(agent.exportWeights!());
  const { n } = recorded.observation as { readonly n: number };
  return new Map([["q", Array.from({ length: n }, (_, state) => Array.from(agent.qValues!(state))).flat()]]);
}

function expectWeights(agent: Learner, recorded: Recorded, { steps, updates, weights }: Moment): void {
  const found = weightsOf(agent, recorded);
  const fixed = Object.keys(recorded.weights ?? {}).filter((name) => !(name in weights));
  expect([...found.keys()].sort()).toEqual([...Object.keys(weights), ...fixed].sort());
  const tolerance = isTable(recorded) ? TABLE_TOLERANCE : WEIGHT_TOLERANCE;
  for (const [name, values] of Object.entries(weights)) {
    expectClose(`${name} after step ${steps}, update ${updates}`, found.get(name)!, values, tolerance);
  }
  for (const name of fixed) {
    const { data } = recorded.weights![name];
    expectClose(`${name}, which is not trained`, found.get(name)!, Float32Array.from(data), 0);
  }
}

function expectMetrics(
  found: Readonly<Record<string, number>>,
  recorded: Recorded,
  { steps, updates, metrics }: Moment,
): void {
  const tolerance = isTable(recorded) ? TABLE_TOLERANCE : METRIC_TOLERANCE;
  for (const [name, value] of Object.entries(metrics)) {
    const what = `${name} after step ${steps}, update ${updates}`;
    if (value === null) expect(found[name], what).toBeNaN();
    else expectClose(what, [found[name]], [value], tolerance);
  }
}

function expectAnswers(agent: Learner, { answers = [] }: Recorded): void {
  for (const { observation, values, value, ...distribution } of answers) {
    if (values !== undefined) expectClose("values", agent.qValues!(observation), values, WEIGHT_TOLERANCE);
    if (value === undefined) continue;
    expectClose("value", [agent.value!(observation)], value, WEIGHT_TOLERANCE);
    const found = agent.distribution!(observation);
    expect(Object.keys(found)).toEqual(Object.keys(distribution));
    for (const [name, numbers] of Object.entries(distribution)) {
      expectClose(name, found[name], numbers, WEIGHT_TOLERANCE);
    }
  }
}

/** The agent drives: `learnSync` in an environment, or in several stepped together. */
function learn(recorded: Recorded, options: object): Learner {
  const { environments, moments } = recorded;
  const envs = createEnvs(recorded);
  const isVector = environments > 1;
  const env = isVector
    ? new SyncVectorEnv((e) => envs[e], { count: environments, autoresetMode: "same-step" })
    : envs[0];
  const agent = createAgent(recorded, env, options);
  const key = ({ steps, updates }: Pick<Moment, "steps" | "updates">): string => `step ${steps}, update ${updates}`;
  const left = new Map(moments.map((moment) => [key(moment), moment]));
  agent.learnSync(recorded.actions.length * environments, {
    progressIntervalMs: 0,
    onProgress: ({ envSteps: steps, updates, metrics }) => {
      const moment = left.get(key({ steps, updates }));
      if (moment === undefined) return;
      left.delete(key(moment));
      expectMetrics(metrics, recorded, moment);
      expectWeights(agent, recorded, moment);
    },
  });
  expect([...left.keys()], "moments that did not come").toEqual([]);
  return agent;
}

/** The caller drives: actions are asked for, steps are observed, updates are made one by one. */
function drive(recorded: Recorded, options: object): Learner {
  const { actions, environments, masks } = recorded;
  const envs = createEnvs(recorded);
  const spaces = { observationSpace: recorded.observation, actionSpace: recorded.action };
  const learnsFromRollouts = AGENTS[recorded.agent].about.learnsFrom === "rollouts";
  const agent = createAgent(recorded, spaces, learnsFromRollouts ? { ...options, environments } : options);
  for (let step = 0; step < actions.length; step++) {
    const observations = envs.map(({ observation }) => observation);
    const transitions = actOn(agent, recorded, observations, masks?.[step]).map((action, e) => {
      const { observation: nextObservation, ...result } = envs[e].step(action);
      return { observation: observations[e], action, nextObservation, ...result };
    });
    if (environments > 1) agent.observeBatch!(transitions);
    else agent.observe(transitions[0]);
    for (const moment of recorded.moments.filter(({ steps }) => steps === (step + 1) * environments)) {
      expect(agent.update({ maxUpdates: 1 })).toBe(isTable(recorded) ? 0 : 1);
      expect(agent.updates).toBe(moment.updates);
      expectWeights(agent, recorded, moment);
    }
    if (learnsFromRollouts) expect(agent.update(), `updates left after step ${step}`).toBe(0);
  }
  return agent;
}

/** Exploring actions for what every environment shows. */
function actOn(
  agent: Learner,
  { action: space, environments }: Recorded,
  observations: readonly SpaceValue[],
  masks: readonly (readonly number[])[] | undefined,
): SpaceValue[] {
  if (environments === 1) {
    const action = agent.act(observations[0], { explore: true, mask: masks?.[0] });
    return [typeof action === "number" ? action : action.slice()];
  }
  const chosen = agent.actBatch!(observations, { explore: true, ...(masks && { masks }) });
  const size = chosen.length / environments;
  return observations.map((_, e) =>
    space.kind === "discrete" ? chosen[e] : Array.from({ length: size }, (_, k) => chosen[e * size + k]),
  );
}

test("every agent that the library exports is recorded, with clipped gradients and others", () => {
  expect(Object.keys(AGENTS).length).toBeGreaterThan(0);
  expect([...new Set(cases.map(({ agent }) => agent))].sort()).toEqual(Object.keys(AGENTS).sort());
  const shares = cases.flatMap(({ moments, options }) => {
    const limit = options.maxGradientNorm ?? 0.5;
    return moments.map(({ metrics }) => (metrics.gradientNorm ?? Number.NaN) / (limit as number));
  });
  expect(shares.filter((share) => share > 1).length).toBeGreaterThan(20);
  expect(shares.filter((share) => share < 1).length).toBeGreaterThan(20);
});

/** Tables have no backend. */
const BACKENDS = [
  { backend: "wasm", options: {}, held: cases },
  { backend: "reference", options: { backend: reference }, held: cases.filter((recorded) => !isTable(recorded)) },
];

describe.each(BACKENDS)("on backend $backend", ({ options, held }) => {
  for (const recorded of held) {
    const { masks, name } = recorded;
    // `learn` knows no masks.
    if (!masks) {
      test(`${name} equals PyTorch when it learns in an environment`, () => {
        expectAnswers(learn(recorded, options), recorded);
      });
    }
    test(`${name} equals PyTorch when its caller owns the loop`, () => {
      expectAnswers(drive(recorded, options), recorded);
    });
  }
});
