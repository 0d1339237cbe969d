// Whole updates of every agent as PyTorch computes them (data/agent-updates.json, written by record/agent-updates.py):
// weights are imported, experience is observed, `update` is called, and the loss, the gradient's norm, the gradients, the
// errors and the weights after several updates are compared. The target network has moved by half on the way.

import { describe, expect, test } from "vitest";
import { BootstrappedDQN } from "../../src/agents/deep-q/bootstrapped-dqn.ts";
import { C51 } from "../../src/agents/deep-q/c51.ts";
import { DQN, type DQNOptions } from "../../src/agents/deep-q/dqn.ts";
import { IQN } from "../../src/agents/deep-q/iqn.ts";
import { MunchausenDQN } from "../../src/agents/deep-q/munchausen-dqn.ts";
import { PQN, type PQNOptions } from "../../src/agents/deep-q/pqn.ts";
import { QRDQN } from "../../src/agents/deep-q/qr-dqn.ts";
import { Rainbow } from "../../src/agents/deep-q/rainbow.ts";
import type { BackendChoice } from "../../src/backends/select.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/formats/safetensors.ts";
import { toFloat32 } from "../../src/formats/to-float32.ts";
import { box, discrete } from "../../src/space.ts";
import type { Workplace } from "../../src/workplace.ts";
import { BACKENDS } from "./backends.ts";
import { expectClose } from "./compare.ts";
import { readOwnRecording } from "./recordings.ts";
import { type Draws, ScriptedDraws } from "./scripted-draws.ts";

/** Relative to max(1, |expected|): some hundred roundings of float32, where the recording has float64. */
const VALUE_TOLERANCE = 5e-6;
/** Most gradients are below 1, and their roundings that much smaller. */
const GRADIENT_TOLERANCE = 2e-6;
/** Steps divide by the root of the second moment: of a gradient near 0 its rounding counts, too. */
const WEIGHT_TOLERANCE = 1e-4;

interface Recorded {
  readonly name: string;
  readonly algorithm: string;
  readonly options: DQNOptions & PQNOptions;
  readonly observations: number;
  readonly actions: number;
  /** One entry per step; observations row by row. */
  readonly experience: Readonly<
    Record<"observation" | "action" | "reward" | "nextObservation" | "terminated" | "truncated", readonly number[]>
  >;
  readonly weights: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>>;
  readonly updates: readonly (Draws & {
    readonly loss: number;
    readonly meanQ: number;
    readonly gradientNorm: number;
    readonly absError?: readonly number[];
    /** By name, of the first and the last update. */
    readonly gradients?: Readonly<Record<string, readonly number[]>>;
  })[];
  /** Weights after the last update. */
  readonly after: Readonly<Record<string, readonly number[]>>;
}

const { cases } = readOwnRecording<{ readonly cases: readonly Recorded[] }>("agent-updates.json");

type Learner = DQN | PQN;
type Create = (workplace: Workplace, options: DQNOptions & PQNOptions & { backend: BackendChoice }) => Learner;

/** One line an agent. */
const AGENTS: Readonly<Record<string, Create>> = {
  dqn: (...given) => new DQN(...given),
  rainbow: (...given) => new Rainbow(...given),
  c51: (...given) => new C51(...given),
  "qr-dqn": (...given) => new QRDQN(...given),
  iqn: (...given) => new IQN(...given),
  "munchausen-dqn": (...given) => new MunchausenDQN(...given),
  "bootstrapped-dqn": (...given) => new BootstrappedDQN(...given),
  pqn: (...given) => new PQN(...given),
};

function weightsFile({ weights }: Recorded): Uint8Array {
  const tensors = Object.entries(weights).map(([name, { shape, data }]) => ({
    name,
    dtype: "F32" as const,
    shape,
    data: Float32Array.from(data),
  }));
  return encodeSafetensors(tensors);
}

function observeAll(agent: Learner, { experience, observations }: Recorded): void {
  const row = (values: readonly number[], k: number): number[] => {
    return values.slice(k * observations, (k + 1) * observations);
  };
  experience.action.forEach((action, k) => {
    agent.observe({
      observation: row(experience.observation, k),
      action,
      reward: experience.reward[k],
      nextObservation: row(experience.nextObservation, k),
      terminated: experience.terminated[k] === 1,
      truncated: experience.truncated[k] === 1,
    });
  });
}

test("every agent and what it is made of is recorded, with clipped gradients and others", () => {
  expect(new Set(cases.map(({ algorithm }) => algorithm))).toEqual(new Set(Object.keys(AGENTS)));
  for (const { name, options, updates, weights, after } of cases) {
    const norms = updates.map(({ gradientNorm }) => gradientNorm);
    const limit = options.maxGradientNorm ?? Number.NaN;
    expect(
      norms.some((norm) => norm > limit),
      name,
    ).toBe(true);
    expect(updates[0].gradients, name).toBeDefined();
    expect(updates.at(-1)?.gradients, name).toBeDefined();
    expect(Object.keys(after), name).toEqual(Object.keys(weights));
  }
  const norms = cases.flatMap(({ options, updates }) =>
    updates.map(({ gradientNorm }) => gradientNorm / (options.maxGradientNorm ?? 1)),
  );
  expect(norms.filter((norm) => norm < 1).length).toBeGreaterThan(4);
});

describe.each(BACKENDS.filter(({ isImmediate }) => isImmediate))("$name equals PyTorch", ({ create }) => {
  test.each(cases)("$name", (recorded) => {
    const { actions, algorithm, observations, options, updates, weights } = recorded;
    const script = new ScriptedDraws(create());
    const spaces = { observationSpace: box(-10, 10, [observations]), actionSpace: discrete(actions) };
    const agent = AGENTS[algorithm](spaces, { ...options, preset: false, backend: () => script.backend });
    agent.importWeights(weightsFile(recorded));
    script.begin();
    observeAll(agent, recorded);

    const trained = Object.keys(weights).filter((name) => !name.startsWith("prior."));
    for (const [k, update] of updates.entries()) {
      const what = `update ${k + 1}: `;
      script.expect(update);
      expect(agent.update({ maxUpdates: 1 })).toBe(1);
      expect(script.left, `${what}draws not made`).toBe(0);
      const seen = script.seen[k];
      expectClose(`${what}loss`, [seen.loss], [update.loss], VALUE_TOLERANCE);
      expectClose(`${what}mean q`, [seen.meanQ], [update.meanQ], VALUE_TOLERANCE);
      expectClose(`${what}gradient norm`, [seen.gradientNorm], [update.gradientNorm], VALUE_TOLERANCE);
      if (seen.absError !== null) {
        expectClose(`${what}errors`, seen.absError, update.absError ?? [], VALUE_TOLERANCE);
      }
      expect(options.replay === undefined).toBe(seen.absError === null);
      if (update.gradients === undefined) continue;
      expect(seen.gradients).toHaveLength(trained.length);
      for (const [i, name] of trained.entries()) {
        expectClose(`${what}gradient ${name}`, seen.gradients[i], update.gradients[name], GRADIENT_TOLERANCE);
      }
    }
    const { tensors } = decodeSafetensors(agent.exportWeights());
    expect([...tensors.keys()].sort()).toEqual(Object.keys(recorded.after).sort());
    for (const [name, values] of Object.entries(recorded.after)) {
      expectClose(`weight ${name}`, toFloat32(tensors.get(name)!), values, WEIGHT_TOLERANCE);
    }
  });
});
