import { expect, test } from "vitest";
import { MountainCar } from "../../src/envs/mountain-car.ts";

test("stops at the wall on the left", () => {
  const env = new MountainCar();
  env.reset({ options: { low: -1.19, high: -1.19 } });
  for (let i = 0; i < 20; i++) {
    const { observation } = env.step(0);
    expect(observation[0]).toBeGreaterThanOrEqual(Math.fround(-1.2));
    if (observation[0] === Math.fround(-1.2)) expect(observation[1]).toBe(0);
  }
});

test("swings out of the valley by pushing with the velocity", () => {
  const env = new MountainCar();
  let { observation } = env.reset({ seed: 1 });
  let steps = 0;
  let terminated = false;
  while (!terminated && steps < 200) {
    const result = env.step(observation[1] >= 0 ? 2 : 0);
    ({ observation, terminated } = result);
    expect(result.reward).toBe(-1);
    steps++;
  }
  expect(terminated).toBe(true);
  expect(observation[0]).toBeGreaterThanOrEqual(0.5);
});

test("does not end below goalVelocity", () => {
  const env = new MountainCar({ goalVelocity: 0.06 });
  env.reset({ options: { low: 0.49, high: 0.49 } });
  for (let i = 0; i < 10; i++) expect(env.step(2).terminated).toBe(false);
});

test("refuses a goal velocity that is no number", () => {
  expect(() => new MountainCar({ goalVelocity: NaN })).toThrow(
    new RangeError("MountainCar: goalVelocity expected a number, got NaN. Gymnasium's is 0."),
  );
});
