// Replays Gymnasium's own trajectories: same seeds and actions, so same observations, rewards, flags and resets.

import { describe, expect, test } from "vitest";
import { make, registeredIds } from "../../src/envs/registry.ts";
import type { SpaceValue } from "../../src/space.ts";
import { readRecording } from "./recordings.ts";

interface RecordedStep {
  readonly action: number | number[];
  readonly observation: number | number[];
  readonly reward: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
  readonly reset_observation?: number | number[];
}

interface Trajectory {
  readonly env: string;
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly actions: string;
  readonly gymnasium: string;
  readonly reset_observation: number | number[];
  readonly steps: readonly RecordedStep[];
}

// Float observations are float32: half a unit in the last place is 6e-8 of the value, and sin and cos of two mathematical
// libraries may differ in the last place of float64. Toy text (whole numbers) is exact.
const TOLERANCE = 1e-6;

const camelCase = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

function difference(actual: SpaceValue, recorded: number | number[]): number {
  const a = typeof actual === "number" ? [actual] : Array.from(actual as ArrayLike<number>);
  const b = typeof recorded === "number" ? [recorded] : recorded;
  if (a.length !== b.length) return Infinity;
  return Math.max(...b.map((value, i) => Math.abs(a[i] - value) / Math.max(1, Math.abs(value))));
}

const trajectories = readRecording<Trajectory[]>("gymnasium-trajectories.json");

describe("Gymnasium's trajectories", () => {
  test("the recording is there and not empty", () => {
    expect(trajectories.length).toBeGreaterThan(0);
  });

  trajectories.forEach((trajectory, index) => {
    const { env: id, kwargs, seed, actions, steps } = trajectory;
    const name = `${index} ${id} ${JSON.stringify(kwargs)} seed ${seed}, ${actions}, ${steps.length} steps`;
    if (!registeredIds().includes(id)) {
      test(name, (context) => context.skip(`${id} is not registered here`));
      return;
    }
    test(name, () => {
      const options = Object.fromEntries(Object.entries(kwargs).map(([key, value]) => [camelCase(key), value]));
      const env = make(id, options);
      const tolerance = env.observationSpace.kind === "box" ? TOLERANCE : 0;
      const start = env.reset({ seed });
      expect(difference(start.observation, trajectory.reset_observation), "reset").toBeLessThanOrEqual(tolerance);
      steps.forEach((recorded, i) => {
        const result = env.step(recorded.action);
        expect(difference(result.observation, recorded.observation), `step ${i}`).toBeLessThanOrEqual(tolerance);
        expect(difference(result.reward, recorded.reward), `reward ${i}`).toBeLessThanOrEqual(tolerance);
        expect([i, result.terminated, result.truncated]).toEqual([i, recorded.terminated, recorded.truncated]);
        const ended = result.terminated || result.truncated;
        expect(ended, `end ${i}`).toBe(recorded.reset_observation !== undefined);
        if (recorded.reset_observation === undefined) return;
        const next = env.reset().observation;
        expect(difference(next, recorded.reset_observation), `reset ${i}`).toBeLessThanOrEqual(tolerance);
      });
    });
  });
});
