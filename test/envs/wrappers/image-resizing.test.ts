import { expect, test } from "vitest";
import { Pcg64 } from "../../../src/engine/random.ts";
import { FrameSkip } from "../../../src/envs/wrappers/frame-skip.ts";
import { FrameStack } from "../../../src/envs/wrappers/frame-stack.ts";
import { Grayscale } from "../../../src/envs/wrappers/grayscale.ts";
import { ImageResizing, type ImageResizingOptions } from "../../../src/envs/wrappers/image-resizing.ts";
import { ObservationRescaling } from "../../../src/envs/wrappers/observation-rescaling.ts";
import { box } from "../../../src/space.ts";
import { Camera } from "./camera.ts";

function resized(image: readonly number[], shape: readonly number[], options: ImageResizingOptions): number[] {
  const env = new ImageResizing(new Camera([image], shape, "float32"), options);
  return Array.from(env.reset().observation as Float32Array);
}

test("area averages what a new pixel covers, whole pixels and parts of them", () => {
  expect(resized([0, 1, 0.5, 0.25], [2, 2], { height: 1, width: 1 })).toEqual([0.4375]);
  // Three columns to two: one and a half each.
  const [left, right] = resized([0.6, 0.3, 0.9], [1, 3], { height: 1, width: 2 });
  expect([left, right]).toEqual(
    [Math.fround((0.6 + 0.15) / 1.5), Math.fround((0.15 + 0.9) / 1.5)].map((x) => expect.closeTo(x, 6)),
  );
  // Larger: each pixel for itself.
  expect(resized([0.25, 0.75], [1, 2], { height: 2, width: 4 })).toEqual([
    0.25, 0.25, 0.75, 0.75, 0.25, 0.25, 0.75, 0.75,
  ]);
});

test("bilinear takes the nearest pixels in proportion, and goes on at the edge", () => {
  const options = { height: 1, width: 4, method: "bilinear" as const };
  // Centres of the new pixels in the old: -0.25 (the edge), 0.25, 0.75, 1.25 (the edge).
  expect(resized([0, 1], [1, 2], options)).toEqual([0, 0.25, 0.75, 1]);
  expect(resized([0.5], [1, 1], options)).toEqual([0.5, 0.5, 0.5, 0.5]);
  expect(resized([0, 0.25, 0.5, 1], [1, 4], { ...options, width: 2 })).toEqual([0.125, 0.75]);
});

test("keeps the mean by area, and constant images by both", () => {
  const random = new Pcg64(4);
  const image = Array.from({ length: 21 * 16 }, () => random.random());
  const mean = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length;
  // Rounding of float32.
  expect(mean(resized(image, [21, 16], { height: 8, width: 9 }))).toBeCloseTo(mean(image), 6);
  for (const method of ["area", "bilinear"] as const) {
    const flat = resized(new Array(7 * 5).fill(0.75), [7, 5], { height: 3, width: 4, method });
    for (const value of flat) expect(value).toBeCloseTo(0.75, 6);
    expect(resized(image, [21, 16], { height: 21, width: 16, method })).toEqual(image.map(Math.fround));
  }
});

test("rounds bytes to the nearest, in either layout", () => {
  const chw = new ImageResizing(new Camera([[1, 2, 10, 11]], [2, 1, 2]), { height: 1, width: 1 });
  expect(chw.reset().observation).toEqual(Uint8Array.of(2, 11));
  expect(chw.observationSpace).toMatchObject({ shape: [2, 1, 1], dtype: "uint8" });
  const hwc = new ImageResizing(new Camera([[1, 10, 2, 11]], [1, 2, 2]), { height: 1, width: 1, layout: "hwc" });
  expect(hwc.reset().observation).toEqual(Uint8Array.of(2, 11));
  expect(hwc.observationSpace.shape).toEqual([1, 1, 2]);
});

test("prepares images as for Atari: bytes of [4, 84, 84], then numbers from 0 to 1", () => {
  const size = 3 * 210 * 160;
  const images = [0, 50, 100, 200, 255].map((value) => new Array<number>(size).fill(value));
  const frames = new FrameSkip(new Camera(images, [3, 210, 160]), { frames: 2, takeMaximum: true });
  const small = new ImageResizing(new Grayscale(frames), { height: 84, width: 84 });
  const stacked = new FrameStack(small, { frames: 4, alongChannels: true, padding: "zero" });
  expect(stacked.observationSpace).toMatchObject({ shape: [4, 84, 84], dtype: "uint8" });
  stacked.reset();
  stacked.step(0);
  const last = stacked.step(0).observation as Uint8Array;
  expect(last).toBeInstanceOf(Uint8Array);
  expect([0, 1, 2, 3].map((frame) => new Set(last.subarray(frame * 84 * 84, (frame + 1) * 84 * 84)))).toEqual([
    new Set([0]),
    new Set([0]),
    new Set([100]),
    new Set([255]),
  ]);
  const scaled = new ObservationRescaling(stacked, { targetLow: 0, targetHigh: 1 });
  scaled.reset();
  scaled.step(0);
  const numbers = scaled.step(0).observation as Float32Array;
  expect([numbers[0], numbers.at(-1)]).toEqual([0, 1]);
  expect(numbers[2 * 84 * 84]).toBeCloseTo(100 / 255, 6);
});

test("refuses bad options and pixels with bounds of their own", () => {
  const camera = new Camera([[0, 0]], [1, 2]);
  expect(() => new ImageResizing(camera, { height: 0, width: 1 })).toThrow(
    new RangeError("ImageResizing: height expected an integer at least 1, got 0. Common: 84."),
  );
  expect(() => new ImageResizing(camera, { height: 1, width: 1, method: "cubic" as never })).toThrow(
    new RangeError('ImageResizing: method expected "area" or "bilinear", got "cubic". Default: "area".'),
  );
  const uneven = Object.assign(new Camera([[0, 0]], [1, 2]), { observationSpace: box([0, 1], [2, 2], [1, 2]) });
  expect(() => new ImageResizing(uneven, { height: 1, width: 1 })).toThrow(
    new RangeError(
      "ImageResizing: observationSpace expected the same bounds for all pixels, got several. Rescale observations first.",
    ),
  );
});
