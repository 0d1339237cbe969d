// Benchmarks of the convolution of 10 x 10 images, as the MinAtar games show them, and of an update of their reference
// network: 16 filters 3 x 3, a dense layer of 128, batch 32, centred RMSProp (Young & Tian 2019).

import type { Backend } from "../../src/backend.ts";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import type { EngineBinary } from "../../src/engine/engine.ts";
import { DEFAULT_NETWORK, feedForward } from "../../src/nn/network-options.ts";
import { drawNetwork } from "./drawn-network.ts";

const IMAGE = { channels: 4, height: 10, width: 10, scale: 1 };
const [FILTERS, KERNEL, POSITIONS, HIDDEN, ACTIONS] = [16, 3, 64, 128, 6];
const PIXELS = 400;
const TAPS = IMAGE.channels * KERNEL * KERNEL;

/** A pass of one layer for `rows` images: forward with ReLU, or backward to the gradients of weights and bias. */
export interface ConvolutionPass {
  readonly rows: number;
  readonly pass: "forward" | "backward";
}

export function convolutionTask(backend: Backend, { rows, pass }: ConvolutionPass): { run: () => void; flops: number } {
  const specs = [
    { name: "weight", shape: [FILTERS, TAPS] },
    { name: "bias", shape: [FILTERS] },
  ] as const;
  const [parameters, gradients] = [0, 1].map(() => backend.parameters(specs));
  const layer = backend.convolution.plan({ ...IMAGE, filters: FILTERS, kernel: KERNEL, stride: 1 });
  const stream = backend.random.stream(1, "bench");
  const [x, y, dy] = [PIXELS, layer.outputs, layer.outputs].map((columns) => backend.tensor(rows, columns));
  const weights = backend.tensor(FILTERS, TAPS);
  for (const tensor of [x, dy, weights]) backend.random.fillUniform(stream, tensor, -1, 1);
  backend.writeParameter(parameters, 0, backend.read(weights) as Float32Array);
  const flops = 2 * rows * layer.outputs * TAPS;
  const forward = (): void => backend.convolution.forward(rows, layer, x, parameters, 0, 1, "relu", y, null);
  if (pass === "forward") return { run: forward, flops };
  forward();
  return {
    run: () => backend.convolution.backward(rows, layer, x, y, null, dy, parameters, 0, 1, "relu", gradients, null),
    flops,
  };
}

/** Returns an update without replay and targets: forward pass of the target network, forward, backward, optimizer step. */
export function imageUpdateTask(engine: EngineBinary, rows: number): { run: () => void; flops: number } {
  const backend = new WasmBackend(engine);
  const options = { ...DEFAULT_NETWORK, convolution: [{ filters: FILTERS, kernel: KERNEL }], hidden: [HIDDEN] };
  const module = feedForward(PIXELS, ACTIONS, options, { image: IMAGE });
  const [online, target] = [0, 1].map(() => drawNetwork(backend, module, backend.random.stream(1, "init")));
  const [gradients, v, mean] = [0, 1, 2].map(() => backend.parameters(module.specs));
  const stream = backend.random.stream(1, "bench");
  const [x, next] = [0, 1].map(() => backend.tensor(rows, PIXELS));
  for (const tensor of [x, next]) backend.random.fillUniform(stream, tensor, 0, 1);
  const pass = online.network.plan({ rows, x, gradients });
  const nextPass = target.network.plan({ rows, x: next, borrow: pass });
  const slopes = backend.tensor(rows, ACTIONS);
  backend.random.fillUniform(stream, slopes, -0.01, 0.01);
  const values = backend.read(slopes);
  const step = { learningRate: 2.5e-4, alpha: 0.95, epsilon: 0.01 };
  const dense = FILTERS * POSITIONS * HIDDEN + HIDDEN * ACTIONS;
  return {
    run: () => {
      nextPass.forward();
      pass.forward();
      backend.write(pass.dOutput!, values);
      pass.backward();
      backend.optimizers.rmsprop(online.parameters, gradients, v, mean, step);
    },
    // The first layer needs no gradient of its inputs.
    flops: rows * (8 * dense + 6 * FILTERS * POSITIONS * TAPS),
  };
}
