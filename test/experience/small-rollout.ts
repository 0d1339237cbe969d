// Rollouts of three steps of two environments, filled by hand: slot k observes (k, 10 k), goes on to (k + 0.5, 0), acts k modulo 3,
// is paid -k, and remembers 100 + k.

import type { Backend } from "../../src/backend.ts";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { ActionEncoder } from "../../src/experience/action-encoder.ts";
import type { ActingRows } from "../../src/experience/actor.ts";
import { Rollout } from "../../src/experience/rollout.ts";
import { type NormalizationSettings, RunningNormalizer } from "../../src/experience/running-normalizer.ts";
import { discrete } from "../../src/space.ts";
import { stepOf, type WrittenStep } from "./step-rows.ts";

export const STEPS = 3;
export const ENVIRONMENTS = 2;
export const OBSERVATION = 2;
export const OPTIONS = 3;

export interface SmallOptions {
  readonly backend?: Backend;
  /** Null: it learns from any actions. */
  readonly remembered?: Readonly<Record<string, number>> | null;
  readonly normalizeObservations?: NormalizationSettings;
}

export function smallRollout(options: SmallOptions = {}): Rollout<string> {
  const { backend = new WasmBackend(), remembered = { value: 1 }, normalizeObservations = false } = options;
  const actions = new ActionEncoder(discrete(OPTIONS, 5));
  return new Rollout<string>(backend, {
    steps: STEPS,
    environments: ENVIRONMENTS,
    observationSize: OBSERVATION,
    actions,
    remembered,
    normalizer: new RunningNormalizer(OBSERVATION, {
      ...{ normalizeObservations, normalizeRewards: false, discount: 0.9 },
      environments: ENVIRONMENTS,
    }),
    present: (rows, stored, given) => actions.present(rows, stored, given),
  });
}

export function actingRows(observations: readonly (readonly number[])[], mask: readonly number[] | null): ActingRows {
  return {
    rows: observations.length,
    first: 0,
    observation: Float32Array.from(observations.flat()),
    mask: mask === null ? null : Float32Array.from(mask),
    starts: null,
    streams: null,
  };
}

/** Tells of choices for the next slots, one observation each. */
export function expectChoices(
  rollout: Rollout<string>,
  observations: readonly (readonly number[])[],
  actions: readonly number[],
  value: readonly number[] = actions.map(() => 0),
  mask: readonly number[] | null = null,
): void {
  const action = Float32Array.from(actions);
  const remembered = { value: Float32Array.from(value) };
  rollout.expect(actingRows(observations, mask), { action, given: action.slice(), remembered });
}

export const written = (k: number, changes: Partial<WrittenStep> = {}): WrittenStep => ({
  observation: [k, 10 * k],
  next: [k + 0.5, 0],
  action: [k % OPTIONS],
  reward: -k,
  ...changes,
});

/** Takes in the next slots, one by one. */
export function fill(
  rollout: Rollout<string>,
  count: number,
  changes: Record<number, Partial<WrittenStep>> = {},
): void {
  for (let i = 0; i < count; i++) {
    const k = rollout.size;
    const step = stepOf([written(k, changes[k])], rollout.turn);
    if ("value" in rollout.remembered) expectChoices(rollout, [[k, 10 * k]], [k % OPTIONS], [100 + k]);
    rollout.checkRow("observe", 0, step, 0);
    rollout.add(step);
  }
}
