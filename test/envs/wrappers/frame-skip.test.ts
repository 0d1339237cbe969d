import { expect, test } from "vitest";
import { PPO } from "../../../src/agents/policy-gradient/ppo.ts";
import { isGoalEnv } from "../../../src/env.ts";
import { BitFlip } from "../../../src/envs/diagnostics/bit-flip.ts";
import { make } from "../../../src/envs/registry.ts";
import { Taxi } from "../../../src/envs/taxi.ts";
import { SyncVectorEnv } from "../../../src/envs/vector-env.ts";
import { FrameSkip } from "../../../src/envs/wrappers/frame-skip.ts";
import { Camera } from "./camera.ts";
import { PromisedEnv } from "./promised-env.ts";

const IMAGES = [
  [0, 0],
  [1, 9],
  [2, 8],
  [3, 7],
  [4, 6],
  [9, 1],
];

test("repeats the action, sums the rewards, and shows the last observation and info", () => {
  const env = new FrameSkip(new Camera(IMAGES, [1, 2]), { frames: 3 });
  expect(env.reset().observation).toEqual(Uint8Array.of(0, 0));
  const expected = { reward: 4.5, terminated: false, truncated: false, info: { shot: 4 } };
  expect(env.step(1)).toEqual({ observation: Uint8Array.of(3, 7), ...expected });
});

test("stops where the episode ends", () => {
  const env = new FrameSkip(new Camera(IMAGES, [1, 2]), { frames: 3 });
  env.reset();
  env.step(0);
  expect(env.step(0)).toMatchObject({ observation: Uint8Array.of(9, 1), reward: 1, terminated: true });
});

test("shows the maximum of the last two on request, also where the episode ends", () => {
  const env = new FrameSkip(new Camera(IMAGES, [1, 2]), { frames: 4, takeMaximum: true });
  env.reset();
  expect(env.step(0).observation).toEqual(Uint8Array.of(4, 7));
  // One step is left: nothing to compare with.
  expect(env.step(0).observation).toEqual(Uint8Array.of(9, 1));
  const numbers = new FrameSkip(new Camera([[0], [0.5], [0.25]], [1], "float32"), { frames: 2, takeMaximum: true });
  numbers.reset();
  expect(numbers.step(0).observation).toEqual(Float32Array.of(0.5));
});

test("gives an asynchronous environment the results of a synchronous one", async () => {
  const options = { frames: 2, takeMaximum: true };
  const direct = new FrameSkip(new Camera(IMAGES, [1, 2]), options);
  const promised = new FrameSkip(new PromisedEnv(new Camera(IMAGES, [1, 2])), options);
  expect(await promised.reset()).toEqual(direct.reset());
  for (let i = 0; i < 3; i++) expect(await promised.step(1)).toEqual(direct.step(1));
});

test("does not pass goals on: its rewards are no function of them", () => {
  const env = new FrameSkip(new BitFlip(), { frames: 2 });
  expect(isGoalEnv(env)).toBe(false);
  expect("computeReward" in env).toBe(false);
});

test("refuses bad options, and the maximum of what is no Box", () => {
  expect(() => new FrameSkip(new Taxi(), { frames: 0 })).toThrow(
    new RangeError("FrameSkip: frames expected an integer at least 1, got 0. Common: 4."),
  );
  expect(() => new FrameSkip(new Taxi(), { frames: 2, takeMaximum: true })).toThrow(
    /^FrameSkip: observationSpace expected a box, got "discrete"/,
  );
});

test("repeats actions in a vector environment as in single ones, and an agent's run in it goes on bit for bit", async () => {
  const repeated = (): FrameSkip => new FrameSkip(make("CartPole-v1"), { frames: 3 });
  const several = (): SyncVectorEnv => new SyncVectorEnv(repeated, { count: 4, autoresetMode: "same-step" });
  const vector = several();
  const single = repeated();
  vector.reset({ seed: 5 });
  single.reset({ seed: 7 });
  for (let step = 0, over = false; !over; step++) {
    const { observation, finalObservation, reward, terminated } = vector.step([0, 1, step % 2, 0]);
    const expected = single.step(step % 2);
    over = expected.terminated;
    expect(reward[2]).toBe(expected.reward);
    expect(terminated[2]).toBe(over ? 1 : 0);
    const shown = over ? finalObservation : observation;
    expect(Array.from(shown.subarray(8, 12))).toEqual(Array.from(expected.observation as Float32Array));
  }
  const options = { preset: false, rolloutSteps: 16, minibatches: 2, seed: 1 } as const;
  const whole = new PPO(several(), options);
  whole.learnSync(320);
  const first = new PPO(several(), options);
  first.learnSync(172);
  const rest = PPO.load(first.save(), { env: several() });
  rest.learnSync(320 - rest.envSteps);
  expect(await rest.weightsSha256()).toBe(await whole.weightsSha256());
});
