import { describe, expect, test } from "vitest";
import type { AutoresetMode } from "../../../src/env.ts";
import { Pendulum } from "../../../src/envs/pendulum.ts";
import { Taxi } from "../../../src/envs/taxi.ts";
import { SyncVectorEnv } from "../../../src/envs/vector-env.ts";
import { ObservationNormalisation } from "../../../src/envs/wrappers/observation-normalisation.ts";
import { VectorObservationNormalisation } from "../../../src/envs/wrappers/vector-observation-normalisation.ts";
import { RunningStatistics } from "../../../src/running-statistics.ts";
import { ScriptedEnv, type ScriptedStep } from "./scripted-env.ts";

const SCRIPTS: readonly (readonly ScriptedStep[])[] = [
  [{ reward: 1 }, { reward: 1, end: "terminated" }],
  [{ reward: 1 }, { reward: 1 }, { reward: 1, end: "truncated" }],
];

const vector = (autoresetMode: AutoresetMode = "same-step"): SyncVectorEnv =>
  new SyncVectorEnv((i) => new ScriptedEnv(SCRIPTS[i]), { count: 2, autoresetMode });

const copy = (rows: Float32Array): number[] => Array.from(rows);

test("a single environment's is what ObservationNormalisation gives", () => {
  const single = new ObservationNormalisation(new Pendulum(), { clip: 2 });
  const wrapped = new VectorObservationNormalisation(
    new SyncVectorEnv(() => new Pendulum(), { count: 1, autoresetMode: "same-step" }),
    { clip: 2 },
  );
  expect(wrapped.observationSpace).toEqual(single.observationSpace);
  expect(copy(wrapped.reset({ seed: 3 }).observation)).toEqual(
    copy(single.reset({ seed: 3 }).observation as Float32Array),
  );
  for (let i = 0; i < 50; i++) {
    const result = wrapped.step([[1]]);
    const expected = single.step([1]);
    expect(copy(result.observation)).toEqual(copy(expected.observation as Float32Array));
    expect(result.reward[0]).toBe(expected.reward);
  }
  expect(wrapped.statistics).toEqual(single.statistics);
});

test("counts every observation that is shown, batch by batch, and final ones not", () => {
  const plain = vector();
  const env = new VectorObservationNormalisation(vector());
  const statistics = new RunningStatistics(2);
  const expected = (rows: Float32Array): number[] => {
    const target = new Float32Array(rows.length);
    for (const at of [0, 2]) statistics.standardize(rows, target, at, 1e-8, Number.POSITIVE_INFINITY);
    return copy(target);
  };
  const first = plain.reset().observation;
  statistics.include(first, 2);
  expect(copy(env.reset().observation)).toEqual(expected(first));
  let ends = 0;
  for (let i = 0; i < 12; i++) {
    const raw = plain.step([0, 0]);
    const result = env.step([0, 0]);
    statistics.include(raw.observation, 2);
    expect(copy(result.observation)).toEqual(expected(raw.observation));
    for (const e of [0, 1]) {
      if (raw.terminated[e] === 0 && raw.truncated[e] === 0) continue;
      ends++;
      const final = expected(raw.finalObservation);
      expect(copy(result.finalObservation).slice(2 * e, 2 * e + 2)).toEqual(final.slice(2 * e, 2 * e + 2));
    }
  }
  expect(ends).toBe(10);
  expect(env.statistics).toEqual({
    count: statistics.count,
    mean: Array.from(statistics.mean),
    variance: Array.from(statistics.variance),
  });
});

test("leaves what it wraps as it is, and gives one object for all steps", () => {
  const inner = vector();
  const env = new VectorObservationNormalisation(inner);
  env.reset();
  const result = env.step([0, 0]);
  expect(env.step([0, 0])).toBe(result);
  const [raw] = [inner.step([0, 0])];
  expect(raw.observation).not.toBe(result.observation);
  expect(raw.observation[0]).toBe(Math.trunc(raw.observation[0]));
});

test("counts and shows only the environments that are reset", () => {
  const env = new VectorObservationNormalisation(vector("disabled"));
  const before = env.reset();
  env.step([0, 0]);
  env.step([0, 0]);
  const { count } = env.statistics as { count: number };
  const second = copy(before.observation).slice(2);
  const { observation } = env.reset({ resetMask: [true, false] });
  expect((env.statistics as { count: number }).count).toBe(count + 1);
  expect(copy(observation).slice(2)).toEqual(second);
});

describe("statistics", () => {
  test("stand still while frozen, and pass to an evaluation's", () => {
    const trained = new VectorObservationNormalisation(vector());
    trained.reset();
    for (let i = 0; i < 10; i++) trained.step([0, 0]);
    const evaluation = new ObservationNormalisation(new ScriptedEnv(SCRIPTS[0]), { frozen: true });
    evaluation.loadStatistics(trained.statistics);
    evaluation.reset();
    expect(evaluation.statistics).toEqual(trained.statistics);
    const frozen = new VectorObservationNormalisation(vector(), { frozen: true });
    frozen.loadStatistics(trained.statistics);
    frozen.reset();
    frozen.step([0, 0]);
    expect(frozen.statistics).toEqual(trained.statistics);
  });

  test("and episodes go on from a saved state, bit for bit", () => {
    const env = new VectorObservationNormalisation(vector());
    env.reset();
    for (let i = 0; i < 5; i++) env.step([0, 0]);
    const state = JSON.parse(JSON.stringify(env.saveState?.()));
    const rest = (of: VectorObservationNormalisation): number[][] =>
      Array.from({ length: 7 }, () => copy(of.step([0, 0]).observation));
    const expected = rest(env);
    const again = new VectorObservationNormalisation(vector());
    again.loadState?.(state);
    expect(rest(again)).toEqual(expected);
  });
});

test("refuses other spaces, statistics and states", () => {
  expect(() => new VectorObservationNormalisation(new SyncVectorEnv(() => new Taxi(), { count: 1 }))).toThrow(
    /^VectorObservationNormalisation: observationSpace expected a box, got "discrete"\./,
  );
  const env = new VectorObservationNormalisation(vector());
  expect(() => env.loadStatistics({ count: 1, mean: [0], variance: [1] })).toThrow(
    new TypeError(
      "VectorObservationNormalisation.loadStatistics: statistics expected those of 2 numbers, got others. " +
        "Pass the statistics of a wrapper around the same kind of environment.",
    ),
  );
  env.reset();
  const good = env.saveState?.() as object;
  for (const bad of [null, {}, { ...good, wrapper: "Other" }, { ...good, own: "x" }, { ...good, env: null }]) {
    expect(() => env.loadState?.(bad)).toThrow(TypeError);
  }
  expect(() => env.loadState?.({ ...good, wrapper: "Other" })).toThrow(
    new TypeError(
      'VectorObservationNormalisation.loadState: state expected one saved by VectorObservationNormalisation, got "Other". Wrap the environment as it was when saved.',
    ),
  );
  expect(env.saveState?.()).toEqual(good);
});
