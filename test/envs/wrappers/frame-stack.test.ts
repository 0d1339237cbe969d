import { expect, test } from "vitest";
import type { SyncEnv } from "../../../src/env.ts";
import { MountainCar } from "../../../src/envs/mountain-car.ts";
import { Taxi } from "../../../src/envs/taxi.ts";
import { FrameStack } from "../../../src/envs/wrappers/frame-stack.ts";
import { box, discrete } from "../../../src/space.ts";
import { Camera } from "./camera.ts";

test("stacks the last observations, oldest first", () => {
  const plain = new MountainCar();
  const env = new FrameStack(new MountainCar(), { frames: 3 });
  const first = [...plain.reset({ seed: 0 }).observation];
  expect(Array.from(env.reset({ seed: 0 }).observation as Float32Array)).toEqual([...first, ...first, ...first]);
  const second = [...plain.step(2).observation];
  expect(Array.from(env.step(2).observation as Float32Array)).toEqual([...first, ...first, ...second]);
  expect(env.observationSpace.shape).toEqual([3, 2]);
  expect(env.observationSpace.low).toHaveLength(6);
});

test("pads with zeros on request", () => {
  const env = new FrameStack(new MountainCar(), { frames: 2, padding: "zero" });
  env.reset({ seed: 0 });
  env.step(2);
  const { observation } = env.reset({ seed: 0 });
  expect(Array.from(observation as Float32Array).slice(0, 2)).toEqual([0, 0]);
});

test("keeps bytes bytes, and stacks of past steps unchanged", () => {
  let count = 0;
  const camera: SyncEnv = {
    observationSpace: box(0, 255, [2], "uint8"),
    actionSpace: discrete(1),
    reset: () => ({ observation: Uint8Array.of(count++, 7), info: {} }),
    step: () => ({ observation: Uint8Array.of(count++, 7), reward: 0, terminated: false, truncated: false, info: {} }),
  };
  const env = new FrameStack(camera, { frames: 2 });
  const { observation } = env.reset();
  const next = env.step(0).observation;
  expect([observation, next]).toEqual([Uint8Array.of(0, 7, 0, 7), Uint8Array.of(0, 7, 1, 7)]);
});

test("refuses other spaces and bad options", () => {
  expect(() => new FrameStack(new Taxi(), { frames: 2 })).toThrow(
    new TypeError(
      'FrameStack: observationSpace expected a box, got "discrete". Discrete observations reach a network one-hot as they are.',
    ),
  );
  expect(() => new FrameStack(new MountainCar(), { frames: 0 })).toThrow(
    new RangeError("FrameStack: frames expected an integer at least 1, got 0. Common: 4."),
  );
  expect(() => new FrameStack(new MountainCar(), { frames: 2, padding: "edge" as never })).toThrow(
    new RangeError('FrameStack: padding expected "reset" or "zero", got "edge". Default: "reset".'),
  );
});

test("stacks images along their channels on request, oldest first", () => {
  const images = [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ];
  const env = new FrameStack(new Camera(images, [2, 1, 2]), { frames: 3, alongChannels: true });
  expect(env.observationSpace).toMatchObject({ shape: [6, 1, 2], dtype: "uint8" });
  env.reset();
  expect(env.step(0).observation).toEqual(Uint8Array.of(1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8));
  expect(() => new FrameStack(new MountainCar(), { frames: 2, alongChannels: 1 as never })).toThrow(
    new TypeError("FrameStack: alongChannels expected true or false, got 1. Default: false."),
  );
});
