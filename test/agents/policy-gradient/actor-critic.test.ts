// A policy and its value on one block of weights: names and start, gradients of both, passes of one of them, and the gradient that
// goes on to a memory.

import { describe, expect, test } from "vitest";
import {
  type ActorCriticModel,
  ActorCriticPass,
  type ActorCriticSettings,
  createActorCritic,
  networksOf,
} from "../../../src/agents/policy-gradient/actor-critic.ts";
import { PPO, type PPOOptions } from "../../../src/agents/policy-gradient/ppo.ts";
import type { Backend } from "../../../src/backend.ts";
import type { ActionDistributionOptions } from "../../../src/nn/action-distribution.ts";
import type { Tensor } from "../../../src/operations/handles.ts";
import { box, discrete, multiBinary, multiDiscrete, type Space } from "../../../src/space.ts";
import { open } from "../../../src/training/open.ts";
import { BACKENDS } from "../../conformance/backends.ts";
import { expectClose, now } from "../../conformance/compare.ts";
import { tensorOf } from "../../conformance/pair.ts";
import { Sampler } from "../../conformance/sampler.ts";

const INPUTS = 3;
const BOX = box(-2, 2, [2]);
const gaussian = (options: object = {}): ActionDistributionOptions => ({
  ...{ type: "gaussian", logDeviation: -0.3, ...options },
});
const gsde = (options: object = {}): ActionDistributionOptions => ({ type: "gsde", logDeviation: -0.3, ...options });

interface Made {
  readonly model: ActorCriticModel;
  readonly backend: Backend;
}

function make(create: () => Backend, actionSpace: Space, options: PPOOptions = {}): Made {
  const spaces = { observationSpace: box(-9, 9, [INPUTS]), actionSpace };
  const context = open<ActorCriticSettings>(PPO, spaces, {
    ...{ rolloutSteps: 8, minibatches: 1, backend: create, ...options },
    network: { hidden: [5, 4], activation: "tanh", ...options.network },
  });
  const model = createActorCritic(context);
  model.initialize(context.stream("init"));
  return { model, backend: context.backend };
}

const KINDS: [string, Space, ActionDistributionOptions | null][] = [
  ["categorical", discrete(4), null],
  ["multi-categorical", multiDiscrete([2, 3]), null],
  ["Bernoulli", multiBinary(3), null],
  ["Gaussian with deviations of its own", BOX, gaussian()],
  ["Gaussian with deviations of the network", BOX, gaussian({ stateDependent: true })],
  ["squashed", BOX, gaussian({ stateDependent: true, squashed: true })],
  ["a function of the state", BOX, gsde()],
  ["a function of the state, deviations shared", BOX, gsde({ sharedDeviations: true })],
];

/** Central differences in float32: see test/conformance/gradients.test.ts. */
const STEP = 1 / 128;
const TOLERANCE = 2e-3;

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

describe.each(BACKENDS)("$name", ({ create }) => {
  describe.each(KINDS)("%s", (_, space, distribution) => {
    test.each([false, true])(
      "gradients of weights and input equal difference quotients, in one network: %s",
      (shared) => {
        const network = { initializer: "pytorch-linear" } as const;
        const { model, backend } = make(create, space, { distribution, sharedNetwork: shared, network });
        // Planned larger than used.
        const [ROWS, MORE] = [4, 6];
        const sampler = new Sampler(3);
        const observations = sampler.values(MORE * INPUTS);
        const x = tensorOf(backend, MORE, INPUTS, observations);
        const dX = backend.tensor(MORE, INPUTS);
        const { gradients } = model;
        const pass = new ActorCriticPass(backend, networksOf(model), { rows: MORE, x, gradients, dX });
        const P = model.networks.policy.module.head.actionSize;
        const choices = space.kind === "discrete" ? [space.n] : space.kind === "multi-discrete" ? space.nvec : [];
        const actions = Float32Array.from({ length: MORE * P }, (__, k) => {
          if (choices.length > 0) return sampler.index(choices[k % P]);
          return space.kind === "multi-binary" ? sampler.index(2) : 2 * sampler.next() - 1;
        });
        const action = tensorOf(backend, MORE, P, actions);
        const [ofLog, ofValue] = [sampler.values(ROWS), sampler.values(ROWS)];
        const [log, H] = [0, 1].map(() => backend.tensor(MORE, 1));
        const { distribution: planned } = pass;
        // Deviations that follow from features are constants to what gives the features.
        let constant: Float32Array | null = null;
        const loss = (): number => {
          pass.forward(ROWS);
          if (constant !== null && planned.family === "gaussian") backend.write(planned.logDeviation, constant);
          backend.actionDistribution.evaluate(ROWS, planned, action, log, H);
          return dot(ofLog, now(backend.read(log))) + dot(ofValue, now(backend.read(pass.value)));
        };
        loss();
        backend.actionDistribution.gradient(ROWS, planned, action, tensorOf(backend, ROWS, 1, ofLog), 0);
        backend.write(pass.dValue as Tensor, ofValue);
        pass.backward(ROWS);
        const ofFeatures = distribution?.type === "gsde" && planned.family === "gaussian" ? planned.logDeviation : null;
        const deviations = ofFeatures === null ? null : now(backend.read(ofFeatures));
        const compare = (
          name: string,
          numbers: Float32Array,
          gradient: Float32Array,
          write: (n: Float32Array) => void,
        ) => {
          const expected = numbers.map((value, k) => {
            const at = (moved: number): number => {
              write(numbers.with(k, moved));
              return loss();
            };
            return (at(value + STEP) - at(value - STEP)) / (2 * STEP);
          });
          write(numbers);
          expect(
            expected.some((slope) => Math.abs(slope) > 0.01),
            name,
          ).toBe(true);
          expectClose(name, gradient, expected, TOLERANCE);
        };
        for (const [i, { name }] of model.specs.entries()) {
          constant = name === "policy.log_std" ? null : deviations;
          const [numbers, gradient] = [model.parameters, gradients].map((block) =>
            now(backend.readParameter(block, i)),
          );
          compare(name, numbers, gradient, (moved) => backend.writeParameter(model.parameters, i, moved));
        }
        constant = deviations;
        const [used, ofInput] = [observations, now(backend.read(dX))].map((list) => list.slice(0, ROWS * INPUTS));
        compare("input", used, ofInput, (moved) => backend.write(x, moved));
      },
    );
  });

  test("passes for policy and value alone give what a pass for both gives", () => {
    for (const sharedNetwork of [false, true]) {
      const { model, backend } = make(create, discrete(3), { sharedNetwork });
      const x = tensorOf(backend, 2, INPUTS, [1, 2, 3, -1, 0.5, 0]);
      const [both, alone] = [0, 1].map(() => new ActorCriticPass(backend, networksOf(model), { rows: 2, x }));
      both.forward();
      alone.forwardPolicy();
      const logits = ({ distribution }: ActorCriticPass): Float32Array =>
        now(backend.read((distribution as { logits: Tensor }).logits));
      expect(logits(alone)).toEqual(logits(both));
      expect(alone.forwardValue()).toBe(alone.value);
      expect(now(backend.read(alone.value))).toEqual(now(backend.read(both.value)));
      expect(both.dValue).toBe(null);
    }
  });
});

const create = BACKENDS[1].create;
const arrays =
  ({ model, backend }: Made): ((name: string) => Float32Array) =>
  (name) =>
    now(
      backend.readParameter(
        model.parameters,
        model.specs.findIndex((spec) => spec.name === name),
      ),
    );

test("the value's gradients alone leave those of the policy as they are", () => {
  const { model, backend } = make(create, discrete(3));
  const x = tensorOf(backend, 2, INPUTS, [1, 2, 3, -1, 0.5, 0]);
  const pass = new ActorCriticPass(backend, networksOf(model), { rows: 2, x, gradients: model.gradients });
  pass.forwardValue();
  backend.write(pass.dValue!, [1, 2]);
  pass.backwardValue();
  for (const [i, { name }] of model.specs.entries()) {
    const isZero = now(backend.readParameter(model.gradients, i)).every((slope) => slope === 0);
    expect(isZero, name).toBe(name.startsWith("policy."));
  }
});

describe("arrays", () => {
  const namesOf = (space: Space, options: PPOOptions = {}): string[] =>
    make(create, space, options).model.specs.map(({ name }) => name);
  const own = ["0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"];
  const [policy, value] = ["policy.", "value."].map((prefix) => own.map((name) => prefix + name));

  test("lie in one block, the policy's first, named as PyTorch's nn.Sequential names them", () => {
    expect(namesOf(discrete(4))).toEqual([...policy, ...value]);
    expect(namesOf(discrete(4), { sharedNetwork: true })).toEqual(policy);
    expect(namesOf(BOX, { distribution: gaussian() })).toEqual([...policy, "policy.log_std", ...value]);
    expect(namesOf(BOX, { distribution: gsde() })).toEqual([...policy, "policy.log_std", ...value]);
    const shared = make(create, BOX, { distribution: gaussian({ stateDependent: true }), sharedNetwork: true });
    expect(shared.model.specs.find(({ name }) => name === "policy.4.weight")?.shape).toEqual([5, 4]);
  });

  test("have a memory's behind them, whose states the networks see", () => {
    const { model } = make(create, discrete(4), { recurrent: { type: "gru", units: 6 } });
    expect(model.specs.map(({ name }) => name)).toEqual([
      ...[...policy, ...value],
      ...["memory.weight_ih_l0", "memory.weight_hh_l0", "memory.bias_ih_l0", "memory.bias_hh_l0"],
    ]);
    expect(model.specs[0].shape).toEqual([5, 6]);
    expect(model.networks.memory?.module.inputs).toBe(INPUTS);
    expect(networksOf(model).memory).toBe(model.networks.memory);
  });

  test("start with small policies and values of gain 1, deviations where they are told", () => {
    for (const sharedNetwork of [false, true]) {
      for (const stateDependent of [false, true]) {
        const distribution = gaussian({ stateDependent });
        const read = arrays(make(create, BOX, { distribution, sharedNetwork, seed: 5 }));
        const weight = read("policy.4.weight");
        const outputs = stateDependent ? 4 : 2;
        const lengthOf = (row: number): number => Math.hypot(...weight.subarray(4 * row, 4 * row + 4));
        for (let row = 0; row < outputs; row++) expect(lengthOf(row)).toBeCloseTo(0.01, 6);
        expect(sharedNetwork ? lengthOf(outputs) : Math.hypot(...read("value.4.weight"))).toBeCloseTo(1, 6);
        const bias = read("policy.4.bias");
        const deviations = stateDependent ? bias.slice(2, 4) : read("policy.log_std");
        expect(Array.from(deviations)).toEqual([-0.3, -0.3].map(Math.fround));
        expect(Array.from(bias.slice(0, 2))).toEqual([0, 0]);
        // Hidden layers keep their gain.
        expect(Math.hypot(...read("policy.0.weight").subarray(0, 15))).toBeCloseTo(Math.SQRT2 * Math.sqrt(3), 5);
      }
    }
  });
});

test("networks are those that learn, or those that act", () => {
  const { model } = make(create, discrete(4));
  expect(networksOf(model)).toEqual({ policy: model.networks.policy, value: model.networks.value, memory: null });
  expect(networksOf(model, true).policy).toBe(model.acting.networks.policy);
  const shared = make(create, discrete(4), { sharedNetwork: true });
  expect(networksOf(shared.model).value).toBe(null);
});

test("images are seen by convolutions, and refused where they are none", () => {
  const network = { convolution: [{ filters: 2, kernel: 2 }], hidden: [] };
  expect(() => make(create, discrete(2), { network })).toThrow(
    "PPO: network.convolution expected observations that are a Box [channels, height, width]",
  );
});
