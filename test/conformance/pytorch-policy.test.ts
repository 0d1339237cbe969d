// Updates of PPO that PyTorch computed (data/pytorch-updates.json), through the networks and operations that agents use.
// What the recordings take for granted: parameters are weight, bias, weight, bias ... of the policy, then of the value, then
// log_std; the value's loss is half of the mean of squares.

import { describe, expect, test } from "vitest";
import { ActorCriticPass } from "../../src/agents/policy-gradient/actor-critic.ts";
import type { Backend } from "../../src/backend.ts";
import { createPolicyHead } from "../../src/nn/action-distribution.ts";
import { Model } from "../../src/nn/model.ts";
import { DEFAULT_NETWORK, featureSize, feedForward } from "../../src/nn/network-options.ts";
import { policyModule } from "../../src/nn/policy.ts";
import type { Tensor } from "../../src/operations/handles.ts";
import type { Activation } from "../../src/operations/layers.ts";
import { SURROGATE_METRICS, SurrogateMetric } from "../../src/operations/policy-loss.ts";
import { box, discrete } from "../../src/space.ts";
import { placeOn } from "../nn/small-model.ts";
import { BACKENDS } from "./backends.ts";
import { expectClose, now } from "./compare.ts";
import { readRecording } from "./recordings.ts";

/** As in pytorch.test.ts. */
const VALUE_TOLERANCE = 1e-5;
const PARAMETER_TOLERANCE = 1e-4;

interface Recorded {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface PpoCase {
  readonly name: string;
  readonly kind: "ppo";
  readonly policy_dims: readonly number[];
  readonly value_dims: readonly number[];
  readonly activation: Activation;
  readonly continuous: boolean;
  readonly clip_range: number;
  readonly value_clip: boolean;
  readonly value_coef: number;
  readonly entropy_coef: number;
  readonly max_grad_norm: number;
  readonly lr: number;
  readonly adam_eps: number;
  readonly policy_params: readonly Recorded[];
  readonly value_params: readonly Recorded[];
  readonly log_std?: readonly number[];
  readonly batches: readonly {
    readonly obs: Recorded;
    readonly action: readonly number[];
    readonly old_log_prob: readonly number[];
    readonly advantage: readonly number[];
    readonly returns: readonly number[];
    readonly old_value: readonly number[];
  }[];
  readonly expected: readonly {
    readonly policy_loss: number;
    readonly value_loss: number;
    readonly entropy: number;
    readonly loss: number;
    readonly grad_norm: number;
    readonly clip_fraction: number;
    readonly approx_kl: number;
    readonly log_prob: readonly number[];
    /** The arrays are recorded for some updates only. */
    readonly grads_before_clip?: readonly Recorded[];
    readonly params?: readonly Recorded[];
  }[];
}

const cases = readRecording<{ cases: (PpoCase | { readonly kind: "another" })[] }>("pytorch-updates.json").cases.filter(
  (recorded): recorded is PpoCase => recorded.kind === "ppo",
);

function runPpo(backend: Backend, recorded: PpoCase): void {
  const [inputs, ...hidden] = recorded.policy_dims;
  const outputs = hidden.pop() as number;
  expect(recorded.value_dims).toEqual([inputs, ...hidden, 1]);
  const place = placeOn(backend);
  const network = { ...DEFAULT_NETWORK, hidden, activation: recorded.activation };
  const space = recorded.continuous ? box(-1, 1, [outputs]) : discrete(outputs);
  const head = createPolicyHead(space, null, featureSize(inputs, network));
  const model = new Model(place, {
    networks: { policy: policyModule({ inputs, network, head }), value: feedForward(inputs, 1, network) },
    optimizer: { type: "adam", epsilon: recorded.adam_eps },
    maxGradientNorm: recorded.max_grad_norm,
  });
  const { gradients, parameters, specs } = model;
  /** The recording's order. */
  const indices = specs
    .map(({ name }, i) => ({ name, i }))
    .sort((a, b) => Number(a.name === "policy.log_std") - Number(b.name === "policy.log_std") || a.i - b.i)
    .map(({ i }) => i);
  const start = [...recorded.policy_params, ...recorded.value_params].map(({ data }) => data);
  for (const [k, data] of [...start, ...(recorded.log_std ? [recorded.log_std] : [])].entries()) {
    backend.writeParameter(parameters, indices[k], data);
  }

  const [B] = recorded.batches[0].obs.shape;
  const x = backend.tensor(B, inputs);
  const pass = new ActorCriticPass(backend, { ...model.networks, memory: null }, { rows: B, x, gradients });
  const { distribution, value } = pass;
  const action = backend.tensor(B, head.actionSize);
  const column = (): Tensor => backend.tensor(B, 1);
  const [logProbability, entropy, oldLogProbability, advantage] = [column(), column(), column(), column()];
  const [target, oldValue, dLogProbability] = [column(), column(), column()];
  const metrics = backend.tensor(1, SURROGATE_METRICS);
  const valueLoss = backend.tensor(1, 1);

  // Nothing below may pass because it was not recorded.
  const last = recorded.expected.length - 1;
  expect(recorded.batches).toHaveLength(last + 1);
  expect(recorded.expected[0].grads_before_clip).toHaveLength(specs.length);
  expect(recorded.expected[last].params).toHaveLength(specs.length);

  recorded.batches.forEach((batch, update) => {
    const expected = recorded.expected[update];
    const what = `update ${update + 1}: `;
    backend.write(x, batch.obs.data);
    backend.write(action, batch.action);
    backend.write(oldLogProbability, batch.old_log_prob);
    backend.write(advantage, batch.advantage);
    backend.write(target, batch.returns);
    backend.write(oldValue, batch.old_value);

    const { actionDistribution } = backend;
    backend.rows.standardize(B, advantage);
    pass.forward();
    actionDistribution.evaluate(B, distribution, action, logProbability, entropy);
    const clip = recorded.clip_range;
    const loss = { logProbability, oldLogProbability, advantage, entropy, clip, dLogProbability, metrics };
    backend.policyLoss.surrogate(B, loss);
    const weight = recorded.value_coef / 2;
    backend.policyLoss.value(B, {
      value,
      target,
      oldValue: recorded.value_clip ? oldValue : null,
      clip,
      weight,
      dValue: pass.dValue as Tensor,
      metrics: valueLoss,
    });
    actionDistribution.gradient(B, distribution, action, dLogProbability, -recorded.entropy_coef / B);
    pass.backward();

    expectClose(`${what}ln pi`, now(backend.read(logProbability)), expected.log_prob, VALUE_TOLERANCE);
    expected.grads_before_clip?.forEach(({ data }, k) => {
      expectClose(`${what}gradient ${k}`, now(backend.readParameter(gradients, indices[k])), data, VALUE_TOLERANCE);
    });
    model.descend(recorded.lr);
    const read = now(backend.read(metrics));
    const policyLoss = read[SurrogateMetric.loss];
    const meanEntropy = read[SurrogateMetric.entropy];
    const [meanSquare] = now(backend.read(valueLoss));
    expectClose(
      `${what}policy loss, value loss, entropy, loss, gradient norm, clip fraction, KL`,
      [
        policyLoss,
        meanSquare / 2,
        meanEntropy,
        policyLoss + weight * meanSquare - recorded.entropy_coef * meanEntropy,
        place.metrics.latest("gradientNorm"),
        read[SurrogateMetric.clipFraction],
        read[SurrogateMetric.approximateKl],
      ],
      [
        expected.policy_loss,
        expected.value_loss,
        expected.entropy,
        expected.loss,
        expected.grad_norm,
        expected.clip_fraction,
        expected.approx_kl,
      ],
      VALUE_TOLERANCE,
    );
    expected.params?.forEach(({ data }, k) => {
      expectClose(
        `${what}parameter ${k}`,
        now(backend.readParameter(parameters, indices[k])),
        data,
        PARAMETER_TOLERANCE,
      );
    });
  });
}

describe.each(BACKENDS)("$name equals PyTorch", ({ create }) => {
  test("in three cases", () => expect(cases).toHaveLength(3));
  for (const recorded of cases) test(recorded.name, () => runPpo(create(), recorded));
});
