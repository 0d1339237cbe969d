import { expect, test } from "vitest";
import { MountainCar } from "../../../src/envs/mountain-car.ts";
import { Pendulum } from "../../../src/envs/pendulum.ts";
import { Taxi } from "../../../src/envs/taxi.ts";
import { ObservationNormalisation } from "../../../src/envs/wrappers/observation-normalisation.ts";

const GYMNASIUM = [
  [0.0057733, 0.0057758, 0.0062214],
  [-0.9472334, 0.9401291, 0.9996054],
  [-1.2937962, 1.2612364, 1.2361612],
  [-1.4964, 1.4097897, 1.3705586],
];

const list = (observation: unknown): number[] => Array.from(observation as Float32Array);

test("normalises as Gymnasium's NormalizeObservation", () => {
  // gymnasium 1.3.0: NormalizeObservation(Pendulum-v1), seed 7, actions [0.5] x 3; float32 there, so six digits
  const env = new ObservationNormalisation(new Pendulum());
  const seen = [list(env.reset({ seed: 7 }).observation)];
  for (let i = 0; i < 3; i++) seen.push(list(env.step([0.5]).observation));
  expect(seen).toHaveLength(GYMNASIUM.length);
  seen.forEach((observation, i) => {
    observation.forEach((value, j) => {
      expect(Math.abs(value - GYMNASIUM[i][j])).toBeLessThanOrEqual(2e-5 * Math.max(1, Math.abs(GYMNASIUM[i][j])));
    });
  });
});

test("reaches mean 0 and variance 1 of what it has seen", () => {
  const inner = new Pendulum();
  const env = new ObservationNormalisation(new Pendulum());
  const raw: number[] = [];
  raw.push(inner.reset({ seed: 1 }).observation[2]);
  env.reset({ seed: 1 });
  for (let i = 0; i < 500; i++) {
    raw.push(inner.step([i % 3]).observation[2]);
    env.step([i % 3]);
  }
  const mean = raw.reduce((sum, value) => sum + value, 0) / raw.length;
  const variance = raw.reduce((sum, value) => sum + (value - mean) ** 2, 0) / raw.length;
  const statistics = env.statistics as { mean: number[]; variance: number[] };
  expect(statistics.mean[2]).toBeCloseTo(mean, 5);
  expect(statistics.variance[2]).toBeCloseTo(variance, 4);
});

test("stands still while frozen, and can start from another's statistics", () => {
  const trained = new ObservationNormalisation(new MountainCar());
  trained.reset({ seed: 0 });
  for (let i = 0; i < 50; i++) trained.step(i % 3);
  const evaluation = new ObservationNormalisation(new MountainCar(), { frozen: true });
  evaluation.loadStatistics(trained.statistics);
  evaluation.reset({ seed: 5 });
  evaluation.step(1);
  expect(evaluation.statistics).toEqual(trained.statistics);
});

test("clips on request", () => {
  const env = new ObservationNormalisation(new Pendulum(), { clip: 0.5 });
  env.reset({ seed: 0 });
  for (let i = 0; i < 30; i++)
    for (const value of list(env.step([2]).observation)) expect(Math.abs(value)).toBeLessThanOrEqual(0.5);
  expect(env.observationSpace.high[0]).toBe(0.5);
});

test("refuses other spaces, bad options and strange statistics", () => {
  expect(() => new ObservationNormalisation(new Taxi())).toThrow(
    /^ObservationNormalisation: observationSpace expected a box, got "discrete"\./,
  );
  expect(() => new ObservationNormalisation(new Pendulum(), { epsilon: 0 })).toThrow(
    new RangeError("ObservationNormalisation: epsilon expected a number above 0, got 0. Gymnasium's is 1e-8."),
  );
  expect(() => new ObservationNormalisation(new Pendulum(), { clip: -1 })).toThrow(
    new RangeError("ObservationNormalisation: clip expected a number above 0, got -1. Common: 10."),
  );
  const env = new ObservationNormalisation(new Pendulum());
  expect(() => env.loadStatistics(new ObservationNormalisation(new MountainCar()).statistics)).toThrow(
    new TypeError(
      "ObservationNormalisation.loadStatistics: statistics expected those of 3 numbers, got others. " +
        "Pass the statistics of a wrapper around the same kind of environment.",
    ),
  );
});
