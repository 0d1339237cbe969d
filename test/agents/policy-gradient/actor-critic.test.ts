import { describe, expect, test } from "vitest";
import type { Backend } from "../../../src/backend.ts";
import { type ActionDistributionSettings, createPolicyHead } from "../../../src/nn/action-distribution.ts";
import { ActorCritic, type ActorCriticPlan, actorCriticSpecs } from "../../../src/agents/policy-gradient/actor-critic.ts";
import { DEFAULT_NETWORK } from "../../../src/nn/network-options.ts";
import { PolicyNetwork } from "../../../src/nn/policy.ts";
import type { Tensor } from "../../../src/operations/handles.ts";
import { box, discrete, multiBinary, multiDiscrete, type Space } from "../../../src/space.ts";
import { BACKENDS } from "../../conformance/backends.ts";
import { expectClose, now } from "../../conformance/compare.ts";
import { Sampler } from "../../conformance/sampler.ts";

const INPUTS = 3;
const BOX = box(-2, 2, [2]);
type Gaussian = Extract<ActionDistributionSettings, { type: "gaussian" }>;
const gaussian = (settings: Partial<Gaussian> = {}): Gaussian => ({
  type: "gaussian",
  logDeviation: -0.3,
  stateDependent: false,
  squashed: false,
  ...settings,
});

type StateNoise = Extract<ActionDistributionSettings, { type: "gsde" }>;
const gsde = (settings: Partial<StateNoise> = {}): StateNoise => ({
  type: "gsde",
  logDeviation: -0.3,
  sampleEverySteps: null,
  sharedDeviations: false,
  squashed: false,
  ...settings,
});

function planFor(
  space: Space,
  distribution: ActionDistributionSettings | null,
  values: boolean,
  initializer: "orthogonal" | "pytorch-linear" = "orthogonal",
): ActorCriticPlan {
  const network = { ...DEFAULT_NETWORK, hidden: [5, 4], activation: "tanh", initializer } as const;
  return { inputs: INPUTS, image: null, network, head: createPolicyHead(space, distribution, 4), values };
}

const KINDS: [string, Space, ActionDistributionSettings | null][] = [
  ["categorical", discrete(4), null],
  ["multi-categorical", multiDiscrete([2, 3]), null],
  ["Bernoulli", multiBinary(3), null],
  ["Gaussian with deviations of its own", BOX, gaussian()],
  ["Gaussian with deviations of the network", BOX, gaussian({ stateDependent: true })],
  ["squashed", BOX, gaussian({ stateDependent: true, squashed: true })],
  ["a function of the state", BOX, gsde()],
  ["a function of the state, deviations shared", BOX, gsde({ sharedDeviations: true })],
];

describe.each(BACKENDS)("$name", ({ create }) => {
  describe.each(KINDS)("%s", (_, space, distribution) => {
    test.each([false, true])("gradients equal difference quotients, in one network: %s", (values) => {
      const backend = create();
      const agent = new ActorCritic(backend, planFor(space, distribution, values, "pytorch-linear"));
      agent.initialize(backend.random.stream(1, "init"));
      const ROWS = 4;
      // Planned larger than used.
      const workspace = agent.workspace(ROWS + 2, true);
      const sampler = new Sampler(3);
      const x = tensorOf(backend, ROWS + 2, INPUTS, sampler.values((ROWS + 2) * INPUTS));
      const P = agent.policy.head.actionSize;
      const choices = space.kind === "discrete" ? [space.n] : space.kind === "multi-discrete" ? space.nvec : [];
      const actions = Float32Array.from({ length: (ROWS + 2) * P }, (__, k) => {
        if (choices.length > 0) return sampler.index(choices[k % P]);
        return space.kind === "multi-binary" ? sampler.index(2) : 2 * sampler.next() - 1;
      });
      const action = tensorOf(backend, ROWS + 2, P, actions);
      const [ofLog, ofValue] = [sampler.values(ROWS), sampler.values(ROWS)];
      const [log, H] = [0, 1].map(() => backend.tensor(ROWS + 2, 1));
      const { distribution: planned } = workspace;
      // Deviations that follow from features are constants to what gives the features.
      let constant: Float32Array | null = null;
      const loss = (): number => {
        agent.forward(x, workspace, ROWS);
        if (constant !== null && planned.family === "gaussian") backend.write(planned.logDeviation, constant);
        backend.actionDistribution.evaluate(ROWS, workspace.distribution, action, log, H);
        return dot(ofLog, now(backend.read(log))) + dot(ofValue, now(backend.read(workspace.value)));
      };
      loss();
      backend.actionDistribution.gradient(ROWS, workspace.distribution, action, tensorOf(backend, ROWS, 1, ofLog), 0);
      backend.write(workspace.dValue as Tensor, ofValue);
      agent.backward(x, workspace, ROWS);
      const ofFeatures = distribution?.type === "gsde" && planned.family === "gaussian" ? planned.logDeviation : null;
      const deviations = ofFeatures === null ? null : now(backend.read(ofFeatures));
      for (const [i, { name }] of agent.specs.entries()) {
        constant = name === "policy.log_std" ? null : deviations;
        const numbers = now(backend.readParameter(agent.parameters, i));
        const gradient = now(backend.readParameter(agent.gradients, i));
        const expected = numbers.map((value, k) => {
          const at = (moved: number): number => {
            backend.writeParameter(agent.parameters, i, numbers.with(k, moved));
            return loss();
          };
          return (at(value + STEP) - at(value - STEP)) / (2 * STEP);
        });
        backend.writeParameter(agent.parameters, i, numbers);
        expect(
          expected.some((slope) => Math.abs(slope) > 0.01),
          name,
        ).toBe(true);
        expectClose(name, gradient, expected, TOLERANCE);
      }
    });
  });

  test("passes for policy and value alone give what a pass for both gives", () => {
    for (const values of [false, true]) {
      const backend = create();
      const agent = new ActorCritic(backend, planFor(discrete(3), null, values));
      agent.initialize(backend.random.stream(2, "init"));
      const x = tensorOf(backend, 2, INPUTS, [1, 2, 3, -1, 0.5, 0]);
      const [both, alone] = [agent.workspace(2, false), agent.workspace(2, false)];
      agent.forward(x, both);
      agent.forwardPolicy(x, alone);
      const logits = ({ distribution }: typeof both): Float32Array =>
        now(backend.read((distribution as { logits: Tensor }).logits));
      expect(logits(alone)).toEqual(logits(both));
      expect(agent.forwardValue(x, alone)).toBe(alone.value);
      expect(now(backend.read(alone.value))).toEqual(now(backend.read(both.value)));
    }
  });
});

/** Central differences in float32: see test/conformance/gradients.test.ts. */
const STEP = 1 / 128;
const TOLERANCE = 2e-3;

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

function tensorOf(backend: Backend, rows: number, columns: number, values: ArrayLike<number>): Tensor {
  const tensor = backend.tensor(rows, columns);
  backend.write(tensor, values);
  return tensor;
}

describe("parameters", () => {
  const namesOf = (plan: ActorCriticPlan): string[] => actorCriticSpecs(plan).map(({ name }) => name);

  test("lie in one block, the policy's first, named as PyTorch's nn.Sequential names them", () => {
    const own = ["0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"];
    const [policy, value] = ["policy.", "value."].map((prefix) => own.map((name) => prefix + name));
    expect(namesOf(planFor(discrete(4), null, false))).toEqual([...policy, ...value]);
    expect(namesOf(planFor(discrete(4), null, true))).toEqual(policy);
    expect(namesOf(planFor(BOX, gaussian(), false))).toEqual([...policy, "policy.log_std", ...value]);
    expect(namesOf(planFor(BOX, gsde(), false))).toEqual([...policy, "policy.log_std", ...value]);
    const shared = actorCriticSpecs(planFor(BOX, gaussian({ stateDependent: true }), true));
    expect(shared.find(({ name }) => name === "policy.4.weight")?.shape).toEqual([5, 4]);
  });

  test("start with small policies and values of gain 1, deviations where they are told", () => {
    for (const values of [false, true]) {
      for (const stateDependent of [false, true]) {
        const backend = BACKENDS[1].create();
        const agent = new ActorCritic(backend, planFor(BOX, gaussian({ stateDependent }), values));
        agent.initialize(backend.random.stream(5, "init"));
        const read = (name: string): Float32Array =>
          now(
            backend.readParameter(
              agent.parameters,
              agent.specs.findIndex((spec) => spec.name === name),
            ),
          );
        const weight = read("policy.4.weight");
        const outputs = stateDependent ? 4 : 2;
        const lengthOf = (row: number): number => Math.hypot(...weight.subarray(4 * row, 4 * row + 4));
        for (let row = 0; row < outputs; row++) expect(lengthOf(row)).toBeCloseTo(0.01, 6);
        expect(values ? lengthOf(outputs) : Math.hypot(...read("value.4.weight"))).toBeCloseTo(1, 6);
        const bias = read("policy.4.bias");
        const deviations = stateDependent ? bias.slice(2, 4) : read("policy.log_std");
        expect(Array.from(deviations)).toEqual([-0.3, -0.3].map(Math.fround));
        expect(Array.from(bias.slice(0, 2))).toEqual([0, 0]);
        // Hidden layers keep their gain.
        expect(Math.hypot(...read("policy.0.weight").subarray(0, 15))).toBeCloseTo(Math.SQRT2 * Math.sqrt(3), 5);
      }
    }
  });

  test("a policy alone has a block of its own", () => {
    const backend = BACKENDS[1].create();
    const policy = new PolicyNetwork(backend, planFor(BOX, gaussian(), false));
    expect(policy.specs.map(({ name }) => name)).toEqual([
      "0.weight",
      "0.bias",
      "2.weight",
      "2.bias",
      "4.weight",
      "4.bias",
      "log_std",
    ]);
    policy.initialize(backend.random.stream(1, "init"));
    const gradients = backend.parameters(policy.specs);
    const workspace = policy.workspace(2, gradients);
    expect(workspace.value).toBe(null);
    policy.forward(tensorOf(backend, 2, INPUTS, [1, 2, 3, 4, 5, 6]), workspace);
    const { mean } = workspace.distribution as { mean: Tensor };
    expect(now(backend.read(mean)).some((x) => x !== 0)).toBe(true);
  });
});
