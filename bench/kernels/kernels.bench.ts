// Benchmarks of single kernels, called through the backend. test/conformance/operations.test.ts checks them against the
// reference backend; this file only times them.

import type { Backend } from "../../src/backend.ts";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import type { EngineBinary } from "../../src/engine/engine.ts";
import { Gru } from "../../src/nn/gru.ts";
import type { RandomStream, Tensor } from "../../src/operations/handles.ts";
import { type Activation, needsPreactivation } from "../../src/operations/layers.ts";
import { VALUE_METRICS } from "../../src/operations/value-loss.ts";
import type { Timed } from "../measure.ts";
import { convolutionTask } from "./convolution.bench.ts";
import { distributionalTasks } from "./distributional.bench.ts";
import { drawNetwork } from "./drawn-network.ts";
import { policyTasks } from "./policy.bench.ts";

/** Returns y = x W' + b with B = I = O = size: the engine's matrix product. */
export function gemmTask(engine: EngineBinary, size: number): { run: () => void; flops: number } {
  const backend = new WasmBackend(engine);
  const parameters = backend.parameters([
    { name: "weight", shape: [size, size] },
    { name: "bias", shape: [size] },
  ]);
  const stream = backend.random.stream(1, "bench");
  const x = backend.tensor(size, size);
  const y = backend.tensor(size, size);
  backend.random.fillUniform(stream, x, -1, 1);
  const weights = backend.tensor(size, size);
  backend.random.fillUniform(stream, weights, -0.1, 0.1);
  backend.writeParameter(parameters, 0, backend.read(weights));
  return {
    run: () => backend.layers.denseForward(size, x, parameters, 0, 1, "identity", y, null),
    flops: 2 * size * size * size,
  };
}

export function kernelTasks(backend: Backend = new WasmBackend()): Timed[] {
  const [rows, width] = [64, 64];
  const stream = backend.random.stream(1, "bench");
  const specs = [
    { name: "weight", shape: [width, width] },
    { name: "bias", shape: [width] },
    { name: "scale", shape: [width] },
    { name: "shift", shape: [width] },
  ] as const;
  const [p, target, g, m, v] = [0, 1, 2, 3, 4].map(() => backend.parameters(specs));
  const [noise, effective] = [0, 1].map(() => backend.parameters(specs));
  const [noisy, dNoisy] = [0, 1].map(() => backend.parameters([...specs, ...specs]));
  const [x, y, z, dy, dx] = [0, 1, 2, 3, 4].map(() => backend.tensor(rows, width));
  const statistics = backend.tensor(rows, 2);
  const metrics = backend.tensor(1, 4);
  for (const tensor of [x, y, z, dy]) backend.random.fillNormal(stream, tensor, 0, 1);
  const values = backend.read(x) as Float32Array;
  backend.writeParameter(
    p,
    0,
    values.map((value) => value * 0.1),
  );
  backend.writeParameter(p, 2, new Float32Array(width).fill(1));
  const rmsprop = { learningRate: 1e-4, alpha: 0.99, epsilon: 1e-8 };
  const order = backend.tensor(1, rows);
  const step = {
    learningRate: 1e-4,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0,
    biasCorrection1: 0.5,
    biasCorrection2: 0.5,
  };
  const shape = `${rows} x ${width}`;
  const activations: Activation[] = ["relu", "tanh", "silu", "gelu", "elu", "sigmoid"];
  return [
    {
      name: `dense forward ${shape} x ${width}`,
      run: () => backend.layers.denseForward(rows, x, p, 0, 1, "relu", y, null),
    },
    {
      name: `dense backward ${shape} x ${width}`,
      run: () => backend.layers.denseBackward(rows, x, y, null, dy, p, 0, 1, "relu", g, dx),
    },
    {
      name: `dense backward ${shape} x ${width}, frozen`,
      run: () => backend.layers.denseBackward(rows, x, y, null, dy, p, 0, 1, "relu", null, dx),
    },
    ...activations.map((name) => ({
      name: `${name} forward ${shape}`,
      run: () => backend.layers.activationForward(rows, x, name, y),
    })),
    // Each call gets a new gradient: the kernel multiplies it in place, and repeated calls would end in subnormals.
    ...activations.map((name) => ({
      name: `${name} backward ${shape}, and a copy`,
      run: () => {
        backend.rows.copyColumns(rows, x, 0, dx, 0, width);
        backend.layers.activationBackward(rows, dx, y, needsPreactivation(name) ? z : null, name);
      },
    })),
    { name: `columns copy ${shape}`, run: () => backend.rows.copyColumns(rows, x, 0, dx, 0, width) },
    { name: `scaled sum ${shape}`, run: () => backend.rows.addScaled(rows, x, 1e-9, y) },
    {
      name: `layer norm forward ${shape}`,
      run: () => backend.layers.layerNormForward(rows, x, p, 2, 3, 1e-5, y, statistics),
    },
    {
      name: `layer norm backward ${shape}`,
      run: () => backend.layers.layerNormBackward(rows, x, statistics, dy, p, 2, 3, g, dx),
    },
    {
      name: `layer norm backward ${shape}, frozen`,
      run: () => backend.layers.layerNormBackward(rows, x, statistics, dy, p, 2, 3, null, dx),
    },
    { name: `softmax ${shape}`, run: () => backend.rows.softmax(rows, x, z) },
    { name: `log softmax ${shape}`, run: () => backend.rows.logSoftmax(rows, x, z) },
    { name: `argmax of ${width}`, run: () => backend.rows.argmax(0, x, null) },
    { name: `adam ${width * width} weights`, run: () => backend.optimizers.adam(p, g, m, v, step) },
    { name: `RMSProp ${width * width} weights`, run: () => backend.optimizers.rmsprop(p, g, v, null, rmsprop) },
    { name: `SGD ${width * width} weights`, run: () => backend.optimizers.sgd(p, g, null, 1e-4, 0) },
    { name: `polyak ${width * width} weights`, run: () => backend.vectors.polyak(target, p, 0.005) },
    { name: `copy ${width * width} weights`, run: () => backend.vectors.copy(target, p) },
    { name: `gradient norm ${width * width} weights`, run: () => backend.vectors.clipNorm(g, 1e9, metrics) },
    { name: `factorised noise ${shape}`, run: () => backend.noise.factorized(stream, noise, 0, 1) },
    { name: `noisy weights ${shape}`, run: () => backend.noise.apply(effective, noisy, noise) },
    { name: `noisy gradients ${shape}`, run: () => backend.noise.gradient(dNoisy, g, noise) },
    ...valueTasks(backend, stream),
    ...distributionalTasks(backend, stream),
    ...rolloutTasks(backend, stream),
    ...recurrentTasks(backend, stream),
    ...policyTasks(backend, stream),
    ...(["forward", "backward"] as const).map((pass) => ({
      name: `convolution ${pass} 32 x 4 x 10 x 10, 16 x 3 x 3`,
      run: convolutionTask(backend, { rows: 32, pass }).run,
    })),
    { name: `permutation of ${rows}`, run: () => backend.random.permutation(stream, order) },
    { name: `normal numbers ${shape}`, run: () => backend.random.fillNormal(stream, z, 0, 1) },
    { name: `uniform numbers ${shape}`, run: () => backend.random.fillUniform(stream, z, 0, 1) },
  ];
}

/** Returns benchmarks of targets, losses and action choices for a few action values. */
function valueTasks(backend: Backend, stream: RandomStream): Timed[] {
  const [rows, A] = [64, 6];
  const [q, nextQ, policyQ, dQ] = [0, 1, 2, 3].map(() => backend.tensor(rows, A));
  const [action, reward, discount, weight, target, absError] = [0, 1, 2, 3, 4, 5].map(() => backend.tensor(rows, 1));
  for (const tensor of [q, nextQ, policyQ, reward]) backend.random.fillNormal(stream, tensor, 0, 1);
  backend.write(
    action,
    Array.from({ length: rows }, (_, b) => b % A),
  );
  for (const tensor of [discount, weight]) backend.random.fillUniform(stream, tensor, 0.9, 1);
  const unused = backend.tensor(rows, 1);
  const batch = { observation: unused, nextObservation: unused, index: unused, action, reward, discount, weight };
  const outputs = { loss: "huber", dQ, target, absError, metrics: backend.tensor(1, VALUE_METRICS) } as const;
  const td = { ...outputs, q, nextQ, selectionQ: null, batch };
  const munchausen = { ...outputs, q, nextQ, policyQ, batch, alpha: 0.9, temperature: 0.03, clip: -1 };
  const regression = { ...outputs, q, action, weight: null };
  const shape = `${rows} x ${A}`;
  return [
    { name: `TD update ${shape}`, run: () => backend.valueLoss.td(rows, td) },
    { name: `Munchausen update ${shape}`, run: () => backend.valueLoss.munchausen(rows, munchausen) },
    { name: `value regression ${shape}`, run: () => backend.valueLoss.regression(rows, regression) },
    { name: `Boltzmann action of ${A}`, run: () => backend.random.categorical(stream, 0, q, 0.1, null) },
  ];
}

/** Returns benchmarks of a rollout's returns. One step in twenty ends an episode. */
function rolloutTasks(backend: Backend, stream: RandomStream): Timed[] {
  const [steps, envs] = [128, 16];
  const plan = (): Tensor => backend.tensor(steps, envs);
  const [reward, value, nextValue, terminated, truncated, advantage, returns] = [0, 1, 2, 3, 4, 5, 6].map(plan);
  for (const tensor of [reward, value, nextValue]) backend.random.fillNormal(stream, tensor, 0, 1);
  backend.write(
    terminated,
    Array.from({ length: steps * envs }, (_, k) => (k % 20 === 0 ? 1 : 0)),
  );
  const common = { reward, terminated, truncated, returns, discount: 0.99, lambda: 0.95 };
  const shape = `${steps} x ${envs}`;
  const lambda = { ...common, nextMaxQ: nextValue };
  const gae = { ...common, value, nextValue, advantage };
  const nStep = { ...gae, horizon: 5 };
  const vTrace = { ...gae, logProbability: value, behaviourLogProbability: nextValue, rhoBar: 1, cBar: 1 };
  const [records, order, rows] = [backend.tensor(steps, envs * 4), backend.tensor(1, steps * envs), 64];
  backend.random.permutation(stream, order);
  const [batch, q] = [backend.tensor(rows, 4), backend.tensor(envs, 4)];
  return [
    { name: `lambda returns ${shape}`, run: () => backend.rollout.lambdaReturns(steps, lambda) },
    { name: `generalized advantages ${shape}`, run: () => backend.rollout.gae(steps, gae) },
    { name: `5-step advantages ${shape}`, run: () => backend.rollout.nStepAdvantages(steps, nStep) },
    { name: `V-trace ${shape}`, run: () => backend.rollout.vTrace(steps, vTrace) },
    { name: `row maxima ${envs} x 4`, run: () => backend.rows.maximum(envs, q, 0, nextValue) },
    { name: `gather ${rows} of ${shape} x 4`, run: () => backend.rows.gather(rows, order, 0, records, batch) },
  ];
}

/** Returns benchmarks of a minibatch of sequences. One step in twenty starts an episode. */
function recurrentTasks(backend: Backend, stream: RandomStream): Timed[] {
  const [steps, sequences, inputs, units] = [32, 8, 64, 64];
  const rows = steps * sequences;
  const layer = new Gru(inputs, units, "pytorch-linear");
  const { network } = drawNetwork(backend, layer, stream);
  const gradients = backend.parameters(layer.specs);
  const [x, dX] = [0, 1].map(() => backend.tensor(rows, inputs));
  const pass = network.plan({ rows, x, gradients, dX, steps });
  const slope = backend.tensor(rows, units);
  for (const tensor of [x, slope, pass.state]) backend.random.fillNormal(stream, tensor, 0, 1);
  backend.write(
    pass.start,
    Array.from({ length: rows }, (_, row) => (row % 20 === 0 ? 1 : 0)),
  );
  const shape = `${steps} x ${sequences} x ${units}`;
  return [
    { name: `GRU forward ${shape}`, run: () => void pass.forward() },
    {
      name: `GRU forward and backward ${shape}`,
      run: () => {
        pass.forward();
        backend.rows.copyColumns(rows, slope, 0, pass.dOutput!, 0, units);
        pass.backward();
      },
    },
  ];
}
