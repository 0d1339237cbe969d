import { describe, expect, test } from "vitest";
import { BootstrappedDQN } from "../../../src/agents/deep-q/bootstrapped-dqn.ts";
import { DQN, type DQNOptions } from "../../../src/agents/deep-q/dqn.ts";
import { IQN } from "../../../src/agents/deep-q/iqn.ts";
import { registerArcade } from "../../../src/envs/arcade/index.ts";
import { registerDiagnostics } from "../../../src/envs/diagnostics/index.ts";
import { make } from "../../../src/envs/registry.ts";
import { box, discrete, multiDiscrete } from "../../../src/space.ts";

registerArcade();
registerDiagnostics();

const PRESETS = DQN.about.presets!;
const SPACES = { observationSpace: box(-1, 1, [2]), actionSpace: discrete(3) };
const SCHEDULE = "Give a number or a schedule (linear, exponential, per-episode).";

const REFUSED: [object, string][] = [
  [{ learningrate: 1 }, 'DQN: option expected a known name, got "learningrate". Did you mean learningRate?'],
  [{ seed: -1 }, "DQN: seed expected an integer at least 0 and at most 9007199254740991, got -1. Set options.seed."],
  [{ totalSteps: 0 }, "DQN: totalSteps expected an integer at least 1, got 0. Set options.totalSteps."],
  [
    { batchSize: 70_000 },
    "DQN: batchSize expected an integer at least 1 and at most 65536, got 70000. Set options.batchSize.",
  ],
  [
    { capacity: 2e7 },
    "DQN: capacity expected an integer at least 1 and at most 16777216, got 20000000. Set options.capacity.",
  ],
  [{ warmupSteps: 1.5 }, "DQN: warmupSteps expected an integer at least 0, got 1.5. Set options.warmupSteps."],
  [
    { trainIntervalSteps: 0 },
    "DQN: trainIntervalSteps expected an integer at least 1, got 0. Set options.trainIntervalSteps.",
  ],
  [
    { updatesPerTrain: 0 },
    "DQN: updatesPerTrain expected an integer at least 1 and at most 65536, got 0. Set options.updatesPerTrain.",
  ],
  [
    { targetIntervalUpdates: "1" },
    'DQN: targetIntervalUpdates expected an integer at least 1, got "1". Set options.targetIntervalUpdates.',
  ],
  [{ nStep: 1001 }, "DQN: nStep expected an integer at least 1 and at most 1000, got 1001. Set options.nStep."],
  [{ discount: 1.1 }, "DQN: discount expected a number at least 0 and at most 1, got 1.1. It is gamma."],
  [{ tau: 0 }, "DQN: tau expected a number above 0 and at most 1, got 0. 1 copies the online network."],
  [{ maxGradientNorm: 0 }, "DQN: maxGradientNorm expected a number above 0, got 0. Use null for no clipping."],
  [{ double: 1 }, "DQN: double expected true or false, got 1. Set options.double."],
  [{ dueling: "no" }, 'DQN: dueling expected true or false, got "no". Set options.dueling.'],
  [{ loss: "l1" }, 'DQN: loss expected "huber" or "mse", got "l1". Set options.loss.'],
  [
    { batchSize: 64, capacity: 32 },
    "DQN: batchSize expected at most the capacity of 32, got 64. Raise options.capacity.",
  ],
  [{ learningRate: -1 }, `DQN: learningRate expected a number at least 0, got -1. ${SCHEDULE}`],
  [{ learningRate: Number.NaN }, `DQN: learningRate expected a number at least 0, got NaN. ${SCHEDULE}`],
  [{ epsilon: 2 }, `DQN: epsilon expected a number at least 0 and at most 1, got 2. ${SCHEDULE}`],
  [
    { epsilon: { type: "linear", from: 1, to: 3 } },
    `DQN: epsilon.to expected a number at least 0 and at most 1, got 3. ${SCHEDULE}`,
  ],
  [
    { epsilon: { type: "cosine" } },
    `DQN: epsilon.type expected one of linear, exponential, per-episode, got "cosine". ${SCHEDULE}`,
  ],
  [
    { optimizer: "adagrad" },
    'DQN: optimizer.type expected one of adam, adamw, radam, rmsprop, sgd, got "adagrad". Choose one.',
  ],
  [
    { optimizer: { type: "sgd", beta1: 0.9 } },
    'DQN: optimizer: option expected a known name, got "beta1". Known options: type, momentum.',
  ],
  [
    { optimizer: { type: "adam", beta1: 1 } },
    "DQN: optimizer.beta1 expected a number at least 0 and below 1, got 1. Leave it out for PyTorch's default.",
  ],
  [
    { network: { hidden: 64 } },
    "DQN: network.hidden expected a list of layer widths, got 64. Use for example [64, 64].",
  ],
  [
    { network: { hidden: [0] } },
    "DQN: network.hidden expected an integer at least 1 and at most 65536, got 0. Use for example [64, 64].",
  ],
  [
    { network: { activation: "mish" } },
    'DQN: network.activation expected one of identity, relu, tanh, silu, gelu, elu, sigmoid, got "mish". Choose one.',
  ],
  [
    { network: { initializer: "zeros" } },
    'DQN: network.initializer expected one of pytorch-linear, kaiming-uniform, xavier-uniform, orthogonal, got "zeros". Choose one.',
  ],
  [{ network: { layerNorm: 1 } }, "DQN: network.layerNorm expected true or false, got 1. Set network.layerNorm."],
  [
    { network: { layers: [64] } },
    'DQN: network: option expected a known name, got "layers". Known options: convolution, hidden, activation, layerNorm, initializer.',
  ],
  [
    { replay: "prioritised" },
    'DQN: replay expected "uniform", "proportional" or "rank", got "prioritised". Set options.replay.',
  ],
  [{ replay: 0.6 }, 'DQN: replay expected "uniform", "proportional" or "rank", got 0.6. Set options.replay.'],
  [
    { replay: { type: "uniform", alpha: 1 } },
    'DQN: replay: option expected a known name, got "alpha". Known options: type.',
  ],
  [
    { replay: { type: "rank", alpha: 2 } },
    "DQN: replay: alpha expected a number at least 0 and at most 1, got 2. 0 samples uniformly.",
  ],
  [
    { replay: { type: "proportional", epsilon: 0 } },
    "DQN: replay: epsilon expected a number above 0 and at most 1, got 0. It keeps every transition in the draw.",
  ],
  [
    { replay: { type: "proportional", beta: { type: "linear", from: 0.4, to: 2 } } },
    `DQN: replay.beta.to expected a number at least 0 and at most 1, got 2. ${SCHEDULE}`,
  ],
  [{ noisy: 0.5 }, "DQN: noisy expected true, false or { sigma }, got 0.5. Set options.noisy."],
  [{ noisy: { sigma: 0 } }, "DQN: noisy.sigma expected a number above 0, got 0. Use for example 0.5."],
  [{ munchausen: 0.9 }, "DQN: munchausen expected true, false or an object, got 0.9. Set options.munchausen."],
  [
    { munchausen: { temperature: 0 } },
    "DQN: munchausen.temperature expected a number at least 1e-37, got 0. Use for example 0.03.",
  ],
  [{ munchausen: { clip: 1 } }, "DQN: munchausen.clip expected a number at most 0, got 1. Use for example -1."],
  [
    { distribution: "categorical" },
    'DQN: distribution expected an object, got "categorical". Use for example { type: "categorical" }.',
  ],
  [
    { distribution: { type: "quantile" }, munchausen: true },
    "DQN: distribution expected null beside munchausen, got quantile. Leave one of them out.",
  ],
  [
    { distribution: { type: "implicit-quantile" } },
    'DQN: distribution.type expected categorical or quantile, got "implicit-quantile". Use IQN, which has the network for it.',
  ],
  [{ ensemble: 10 }, "DQN: ensemble expected true, false or an object, got 10. Set options.ensemble."],
  [
    { ensemble: { members: 0 } },
    "DQN: ensemble.members expected an integer at least 1 and at most 256, got 0. Use for example 10.",
  ],
  [
    { ensemble: { priorScale: -1 } },
    "DQN: ensemble.priorScale expected a number at least 0 and at most 1000000, got -1. 0: no priors.",
  ],
  [
    { ensemble: { heads: 3 } },
    'DQN: ensemble: option expected a known name, got "heads". Known options: members, priorScale.',
  ],
  [
    { ensemble: true },
    "DQN: ensemble expected null, got 10 members. Use BootstrappedDQN, which has the network for it.",
  ],
  [
    { double: true, munchausen: true },
    "DQN: double expected false beside munchausen, got true. Its targets average over actions and select none.",
  ],
  [{ boltzmann: -1 }, `DQN: boltzmann expected a number at least 0, got -1. ${SCHEDULE}`],
  [
    { preset: "CartPole-v2" },
    'DQN: preset expected one of CartPole-v1, CartPole-v1/polyak, MountainCar-v0, Acrobot-v1, Bricks-v0, Invasion-v0, RoadCrossing-v0, TreasureHunt-v0, Submarine-v0, BitFlip-v0, BitFlip-v0/40, got "CartPole-v2". Did you mean CartPole-v1?',
  ],
  [
    { backend: "cuda" },
    'DQN: backend expected "wasm" or a function that makes one, got "cuda". Leave it out for "wasm".',
  ],
];

test.each(REFUSED)("refuses %o", (options, message) => {
  expect(() => new DQN(SPACES, options)).toThrow(message);
});

test("IQN refuses noise, which its network has no place for", () => {
  expect(() => new IQN(SPACES, { noisy: true })).toThrow(
    "IQN: noisy expected false beside implicit-quantile, got true. Its network has no noisy layers.",
  );
  expect(
    new IQN(SPACES, { capacity: 100, noisy: true, distribution: { type: "quantile" } }).settings.noisy,
  ).toBeTruthy();
});

test.each<[DQNOptions, string]>([
  [{ noisy: true }, "noisy"],
  [{ munchausen: true }, "munchausen"],
  [{ distribution: { type: "quantile" } }, "distribution"],
])("an ensemble goes without %o", (options, name) => {
  expect(() => new BootstrappedDQN(SPACES, options)).toThrow(
    new RangeError(`BootstrappedDQN: ensemble expected null beside ${name}, got 10 members. Leave one of them out.`),
  );
  const alone = new BootstrappedDQN(SPACES, { capacity: 100, ...options, ensemble: null });
  expect(alone.settings).toMatchObject({ ensemble: null });
});

test("refuses actions that are not numbered, and rescaling without finite bounds", () => {
  expect(() => new DQN({ ...SPACES, actionSpace: multiDiscrete([2, 2]) })).toThrow(
    new TypeError("DQN: actionSpace expected discrete, got multi-discrete. DQN chooses among numbered actions."),
  );
  const unbounded = { ...SPACES, observationSpace: box(-Infinity, 1, [2]) };
  expect(() => new DQN(unbounded, { rescaleObservations: true })).toThrow(
    "DQN: rescaleObservations expected a Box with finite bounds, got infinite bounds. Leave it out, or wrap the environment in ObservationNormalisation.",
  );
});

describe("options in several forms", () => {
  const settings = (options: DQNOptions): DQN["settings"] => new DQN(SPACES, { capacity: 100, ...options }).settings;

  test("replay by name takes the paper's values, and annealed weights", () => {
    const beta = { type: "linear", from: 0.4, to: 1 };
    expect(settings({}).replay).toEqual({ type: "uniform" });
    expect(settings({ replay: "proportional" }).replay).toEqual({
      type: "proportional",
      alpha: 0.6,
      beta,
      epsilon: 1e-6,
    });
    expect(settings({ replay: { type: "rank", alpha: 0.5, beta: 1 } }).replay).toMatchObject({ alpha: 0.5, beta: 1 });
  });

  test("noise and Boltzmann exploration stand in for random actions unless both are asked for", () => {
    expect(settings({ noisy: true })).toMatchObject({ noisy: { sigma: 0.5 }, epsilon: 0 });
    expect(settings({ boltzmann: 1 }).epsilon).toBe(0);
    const { settings: ensemble } = new BootstrappedDQN(SPACES, { capacity: 100, ensemble: { priorScale: 1 } });
    expect(ensemble).toMatchObject({ ensemble: { members: 10, priorScale: 1 }, epsilon: 0 });
    expect(settings({ noisy: { sigma: 0.1 }, epsilon: 0.1 })).toMatchObject({ noisy: { sigma: 0.1 }, epsilon: 0.1 });
  });

  test("munchausen as a switch, or with some values of one's own", () => {
    expect(settings({ munchausen: true }).munchausen).toEqual({ alpha: 0.9, temperature: 0.03, clip: -1 });
    expect(settings({ munchausen: { alpha: 0.5 } }).munchausen).toEqual({ alpha: 0.5, temperature: 0.03, clip: -1 });
    expect(settings({ munchausen: false }).munchausen).toBe(null);
  });
});

describe("presets", () => {
  test("an environment's own preset is the default, and the caller's options win over it", () => {
    const agent = new DQN(make("CartPole-v1"), { batchSize: 16, network: { activation: "tanh" } });
    const { options } = PRESETS["CartPole-v1"];
    expect(agent.settings).toMatchObject({
      ...options,
      batchSize: 16,
      network: { hidden: [120, 84], activation: "tanh" },
    });
  });

  test("preset: false leaves the defaults, and an environment without one gets them", () => {
    expect(new DQN(make("CartPole-v1"), { preset: false }).settings.batchSize).toBe(32);
    expect(new DQN(make("Blackjack-v1")).settings.batchSize).toBe(32);
  });

  test.each(Object.keys(PRESETS))("%s is valid, and names its source", (name) => {
    const agent = new DQN(make(name.split("/")[0]), { preset: name });
    expect(agent.settings).toMatchObject(PRESETS[name].options);
    expect(PRESETS[name].source.length).toBeGreaterThan(10);
  });
});
