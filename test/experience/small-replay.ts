// Replays of seven transitions, of observations of two numbers and two actions.

import type { Backend } from "../../src/backend.ts";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { ActionEncoder } from "../../src/experience/action-encoder.ts";
import { ReplayExperience, type ReplayPlan } from "../../src/experience/replay-experience.ts";
import { box, discrete } from "../../src/space.ts";

export const CAPACITY = 7;
const OBSERVATION = 2;

export function replayPlan(plan: Partial<ReplayPlan> = {}): ReplayPlan {
  return {
    capacity: CAPACITY,
    observationSpace: box(-100, 100, [OBSERVATION]),
    observationSize: OBSERVATION,
    observationStorage: "float32",
    actions: new ActionEncoder(discrete(2)),
    environments: 1,
    nStep: 1,
    discount: 0.5,
    replay: { type: "uniform" },
    hindsight: null,
    ...plan,
  };
}

export function smallReplay(plan: Partial<ReplayPlan> = {}, backend: Backend = new WasmBackend()): ReplayExperience {
  return new ReplayExperience(backend, replayPlan(plan));
}
