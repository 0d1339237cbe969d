import { expect, test } from "vitest";
import { Pendulum } from "../../src/envs/pendulum.ts";

test("rests upright for nothing", () => {
  const env = new Pendulum();
  env.reset({ options: { xInit: 0, yInit: 0 } });
  const { observation, reward, terminated } = env.step([0]);
  expect(Array.from(observation)).toEqual([1, 0, 0]);
  expect(Math.abs(reward)).toBe(0);
  expect(terminated).toBe(false);
});

test("clips torque and velocity", () => {
  const a = new Pendulum();
  const b = new Pendulum();
  a.reset({ seed: 0 });
  b.reset({ seed: 0 });
  for (let i = 0; i < 100; i++) {
    const far = a.step([50]);
    expect(far).toEqual(b.step([2]));
    expect(Math.abs(far.observation[2])).toBeLessThanOrEqual(8);
    expect(far.reward).toBeGreaterThanOrEqual(-16.2736044 - 1e-6);
  }
});

test("starts within the reset options xInit and yInit", () => {
  const env = new Pendulum();
  for (let seed = 0; seed < 20; seed++) {
    const { observation } = env.reset({ seed, options: { xInit: 0.1, yInit: 0.2 } });
    expect(Math.abs(observation[1])).toBeLessThanOrEqual(0.1);
    expect(Math.abs(observation[2])).toBeLessThanOrEqual(0.2);
  }
});

test("falls faster with more gravity", () => {
  const light = new Pendulum({ g: 1 });
  const heavy = new Pendulum({ g: 20 });
  light.reset({ seed: 5 });
  heavy.reset({ seed: 5 });
  const speed = (env: Pendulum, before: number): number => Math.abs(env.step([0]).observation[2] - before);
  const start = light.reset({ seed: 5 }).observation[2];
  expect(speed(heavy, start)).toBeGreaterThan(speed(light, start));
});

test("refuses bad options", () => {
  expect(() => new Pendulum({ g: Infinity })).toThrow(
    new RangeError("Pendulum: g expected a number, got Infinity. Gymnasium's is 10."),
  );
  expect(() => new Pendulum().reset({ options: { xInit: -1 } })).toThrow(
    new RangeError("Pendulum.reset: xInit expected a number at least 0, got -1. It bounds the start angle in radians."),
  );
  expect(() => new Pendulum().reset({ options: { yInit: -1 } })).toThrow(
    new RangeError(
      "Pendulum.reset: yInit expected a number at least 0, got -1. It bounds the start velocity in rad/s.",
    ),
  );
});
