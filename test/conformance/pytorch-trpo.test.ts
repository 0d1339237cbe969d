// Rounds of TRPO as PyTorch computes them (data/trpo-updates.json, written by record/trpo-updates.py): a run is saved, its
// weights and its rollout are replaced by the recorded ones, and it goes on. The recording's products with the Fisher
// information come from autograd, twice.

import { describe, expect, test } from "vitest";
import { TRPO, type TRPOOptions } from "../../src/agents/policy-gradient/trpo.ts";
import type { Backend } from "../../src/backend.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/formats/safetensors.ts";
import { toFloat32 } from "../../src/formats/to-float32.ts";
import { box, discrete, type SpaceValue } from "../../src/space.ts";
import { tamper } from "../agents/tamper.ts";
import { BACKENDS } from "./backends.ts";
import { expectClose } from "./compare.ts";
import { readOwnRecording } from "./recordings.ts";

/** Relative to max(1, |expected|): fifteen iterations of conjugate gradient in float32. */
const POLICY_TOLERANCE = 2e-5;
/** Adam's first steps divide by the gradient's own size: a rounding counts as much as in it. */
const VALUE_TOLERANCE = 1e-4;
const LOSS_TOLERANCE = 1e-5;
const INPUTS = 3;

interface Recorded {
  readonly name: string;
  readonly space: "discrete" | "box";
  readonly options: TRPOOptions & { readonly environments: number; readonly rolloutSteps: number };
  readonly experience: Readonly<Record<string, readonly number[]>>;
  readonly weights: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>>;
  readonly tried: readonly { readonly divergence: number; readonly improvement: number }[];
  readonly accepted: boolean;
  readonly policyLoss: number;
  readonly entropy: number;
  readonly valueLosses: readonly number[];
  readonly after: Readonly<Record<string, readonly number[]>>;
}

const { cases } = readOwnRecording<{ readonly cases: readonly Recorded[] }>("trpo-updates.json");

function weightsFile({ weights }: Recorded): Uint8Array {
  return encodeSafetensors(
    Object.entries(weights).map(([name, { shape, data }]) => ({
      name,
      dtype: "F32" as const,
      shape,
      data: Float32Array.from(data),
    })),
  );
}

/** An agent with a full rollout of its own, then with the recorded one in its place. */
function recordedAgent(recorded: Recorded, create: () => Backend): TRPO {
  const { space, options, experience } = recorded;
  const spaces = {
    observationSpace: box(-10, 10, [INPUTS]),
    actionSpace: space === "discrete" ? discrete(3) : box(-5, 5, [2]),
  };
  const backend = { backend: create };
  const agent = new TRPO(spaces, { ...options, preset: false, ...backend });
  agent.importWeights(weightsFile(recorded));
  const observations = Array.from({ length: options.environments }, (_, e) => [e, 0, 0]);
  for (let step = 0; step < options.rolloutSteps; step++) {
    const given = agent.actBatch(observations, { explore: true });
    agent.observeBatch(
      observations.map((observation, e) => ({
        observation,
        action: (space === "discrete" ? given[e] : Array.from(given.slice(2 * e, 2 * e + 2))) as SpaceValue as number,
        reward: 0,
        nextObservation: observation,
        terminated: false,
        truncated: false,
      })),
    );
  }
  const bytes = tamper(agent.save(), ({ tensors }) => {
    for (const [name, values] of Object.entries(experience)) {
      const { data } = tensors.get(`rollout.${name}`)!;
      expect(data.length, name).toBe(values.length);
      data.set(values as never);
    }
  });
  return TRPO.load(bytes, backend);
}

test("the recording has steps as long as tried first, shorter ones, and none", () => {
  const accepted = cases.map(({ accepted, tried }) => (accepted ? tried.length : 0));
  expect(accepted.filter((length) => length === 1).length).toBeGreaterThan(0);
  expect(Math.max(...accepted)).toBeGreaterThan(1);
  expect(accepted).toContain(0);
});

/** Columns of the tensor "metrics" in files. */
const [POLICY_LOSS, VALUE_LOSS, ENTROPY] = [0, 1, 4];

describe.each(BACKENDS.filter(({ isImmediate }) => isImmediate))("$name equals PyTorch", ({ create }) => {
  test.each(cases)("$name", (recorded) => {
    const agent = recordedAgent(recorded, create);
    const metric = (column: number): number => {
      const { data } = decodeSafetensors(agent.save()).tensors.get("metrics")!;
      return (data as Float32Array)[column];
    };
    const expectAfter = (prefix: string, tolerance: number): void => {
      const { tensors } = decodeSafetensors(agent.exportWeights());
      expect([...tensors.keys()].sort()).toEqual(Object.keys(recorded.after).sort());
      for (const [name, values] of Object.entries(recorded.after)) {
        if (name.startsWith(prefix)) expectClose(name, toFloat32(tensors.get(name)!), values, tolerance);
      }
    };
    for (const [k, valueLoss] of recorded.valueLosses.entries()) {
      expect(agent.update({ maxUpdates: 1 })).toBe(1);
      // The policy's step comes with the first update of the value, and is the only one.
      expectAfter("policy.", POLICY_TOLERANCE);
      expectClose(`value loss ${k}`, [metric(VALUE_LOSS)], [valueLoss], LOSS_TOLERANCE);
    }
    expect(agent.update()).toBe(0);
    expectAfter("value.", VALUE_TOLERANCE);
    expectClose("policy loss", [metric(POLICY_LOSS)], [recorded.policyLoss], LOSS_TOLERANCE);
    expectClose("entropy", [metric(ENTROPY)], [recorded.entropy], LOSS_TOLERANCE);
  });
});
