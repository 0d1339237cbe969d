import { expect, test } from "vitest";
import { Grayscale } from "../../../src/envs/wrappers/grayscale.ts";
import { Camera } from "./camera.ts";

// Red, green, blue, white, black, and one in between.
const RED = [255, 0, 0, 255, 0, 10];
const GREEN = [0, 255, 0, 255, 0, 200];
const BLUE = [0, 0, 255, 255, 0, 30];
// 0.299 * 255 = 76.245, 0.587 * 255 = 149.685, 0.114 * 255 = 29.07; 2.99 + 117.4 + 3.42 = 123.81.
const LUMA = Uint8Array.of(76, 150, 29, 255, 0, 124);

test("makes luma of channel-first bytes", () => {
  const env = new Grayscale(new Camera([[...RED, ...GREEN, ...BLUE]], [3, 2, 3]));
  expect(env.reset().observation).toEqual(LUMA);
  expect(env.observationSpace).toMatchObject({ shape: [1, 2, 3], dtype: "uint8" });
  expect([env.observationSpace.low[5], env.observationSpace.high[5]]).toEqual([0, 255]);
});

test("makes luma of bytes whose channels lie together", () => {
  const pixels = RED.flatMap((red, i) => [red, GREEN[i], BLUE[i]]);
  const env = new Grayscale(new Camera([pixels, pixels], [2, 3, 3]), { layout: "hwc" });
  env.reset();
  expect(env.step(0).observation).toEqual(LUMA);
  expect(env.observationSpace.shape).toEqual([2, 3, 1]);
});

test("keeps float32", () => {
  const env = new Grayscale(new Camera([[1, 0.5, 0]], [3, 1, 1], "float32"));
  const [luma] = env.reset().observation as Float32Array;
  // The weights are rounded to 2^-16.
  expect(Math.abs(luma - (0.299 + 0.587 / 2))).toBeLessThan(1.5 / 65536);
});

test("refuses what is no image of three channels", () => {
  expect(() => new Grayscale(new Camera([[0, 0, 0]], [1, 3, 1]))).toThrow(
    new RangeError(
      "Grayscale: observationSpace expected three channels, got shape [1, 3, 1]. Say where they lie by layout.",
    ),
  );
  expect(() => new Grayscale(new Camera([[0, 0, 0]], [3]))).toThrow(
    new RangeError(
      "Grayscale: observationSpace expected an image of 2 or 3 dimensions, got shape [3]. " +
        "Images are [height, width] or have channels too.",
    ),
  );
  expect(() => new Grayscale(new Camera([[0, 0, 0]], [3, 1, 1]), { layout: "nchw" as never })).toThrow(
    new RangeError('Grayscale: layout expected "chw" or "hwc", got "nchw". Default: "chw".'),
  );
});
