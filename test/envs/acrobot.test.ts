import { expect, test } from "vitest";
import { Acrobot } from "../../src/envs/acrobot.ts";

test("reaches the height by pumping with the second joint's velocity", () => {
  const env = new Acrobot();
  let { observation } = env.reset({ seed: 0 });
  let terminated = false;
  for (let i = 0; i < 500 && !terminated; i++) {
    const result = env.step(observation[5] > 0 ? 2 : 0);
    expect(result.reward).toBe(result.terminated ? 0 : -1);
    ({ observation, terminated } = result);
  }
  expect(terminated).toBe(true);
  const [cos1, sin1, cos2, sin2] = observation;
  expect(-cos1 - (cos1 * cos2 - sin1 * sin2)).toBeGreaterThan(1);
});

test("keeps angles and velocities finite from a far start state", () => {
  const env = new Acrobot();
  const { observation } = env.reset({ seed: 0, options: { low: 1e6, high: 2e6 } });
  expect(observation.every(Number.isFinite)).toBe(true);
  expect(env.step(1).observation.every((value) => Math.abs(value) <= 28.3)).toBe(true);
});

test("knows no options", () => {
  expect(() => new Acrobot({ torque: 1 } as never)).toThrow(/^Acrobot: option expected a known name, got "torque"\./);
});
