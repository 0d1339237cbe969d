import { describe, expect, test } from "vitest";
import { type ConvolutionOptions, checkConvolutionOptions, convolutionShapes, imageOf } from "../../src/nn/image.ts";
import { box, discrete } from "../../src/space.ts";

const LAYERS: readonly ConvolutionOptions[] = [
  { filters: 16, kernel: 3 },
  { filters: 8, kernel: 4, stride: 2 },
];

describe("what the first layer sees", () => {
  test("is brightnesses of bytes", () => {
    const image = imageOf("DQN", box(0, 255, [3, 9, 10], "uint8"), LAYERS);
    expect(image).toEqual({ channels: 3, height: 9, width: 10, scale: 1 / 255 });
  });
  test("is planes of 0 and 1 as they are", () => {
    expect(imageOf("DQN", box(0, 1, [4, 10, 10], "uint8"), LAYERS)?.scale).toBe(1);
  });
  test("is a share of the largest bound where bytes are codes", () => {
    expect(imageOf("DQN", box(0, 10, [4, 10, 10], "uint8"), LAYERS)?.scale).toBe(1 / 10);
  });
  test("is float32 as it is, and bytes that are rescaled before", () => {
    expect(imageOf("DQN", box(0, 255, [4, 10, 10]), LAYERS)?.scale).toBe(1);
    expect(imageOf("DQN", box(0, 255, [4, 10, 10], "uint8"), LAYERS, true)?.scale).toBe(1);
  });
  test("is nothing without convolutional layers", () => {
    expect(imageOf("DQN", discrete(4), [])).toBeNull();
  });
});

test("layers lie one behind the other", () => {
  const image = { channels: 3, height: 9, width: 10, scale: 1 / 255 };
  expect(convolutionShapes(image, LAYERS)).toEqual([
    { channels: 3, height: 9, width: 10, filters: 16, kernel: 3, stride: 1, scale: 1 / 255 },
    { channels: 16, height: 7, width: 8, filters: 8, kernel: 4, stride: 2, scale: 1 },
  ]);
});

describe("refused are", () => {
  test("observations that are no image", () => {
    expect(() => imageOf("DQN", box(-1, 1, [4]), LAYERS)).toThrow(
      "DQN: network.convolution expected observations that are a Box [channels, height, width], got a Box [4]. Leave the option out, or give the Box three dimensions.",
    );
    expect(() => imageOf("DQN", discrete(5), LAYERS)).toThrow("got discrete.");
  });
  test("kernels larger than what reaches them", () => {
    const layers = [...LAYERS, { filters: 8, kernel: 3 }];
    // 10 x 9, then 8 x 7, then 3 x 2.
    expect(() => imageOf("DQN", box(0, 1, [4, 10, 9], "uint8"), layers)).toThrow(
      "DQN: network.convolution[2].kernel expected at most the 3 x 2 pixels that reach it, got 3. Make kernels, strides or the list smaller.",
    );
  });
  test.each<[unknown, string]>([
    [16, "DQN: network.convolution expected a list of layers, got 16. Use for example [{ filters: 16, kernel: 3 }]."],
    [[16], "DQN: network.convolution[0] expected { filters, kernel, stride }, got 16. Use for example"],
    [[{ filters: 0, kernel: 3 }], "DQN: network.convolution[0].filters expected"],
    [[{ filters: 16 }], "DQN: network.convolution[0].kernel expected"],
    [[{ filters: 16, kernel: 1.5 }], "DQN: network.convolution[0].kernel expected"],
    [[LAYERS[0], { filters: 16, kernel: 3, stride: 0 }], "DQN: network.convolution[1].stride expected"],
    [[{ filters: 16, kernel: 3, strides: 2 }], "DQN: network.convolution[0]"],
  ])("the layers %j", (layers, message) => {
    expect(() => checkConvolutionOptions("DQN", layers as ConvolutionOptions[])).toThrow(message);
  });
});
