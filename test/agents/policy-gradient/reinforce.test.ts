import { describe, expect, test } from "vitest";
import { Reinforce, type ReinforceOptions } from "../../../src/agents/policy-gradient/reinforce.ts";
import { REINFORCE_PRESETS } from "../../../src/agents/policy-gradient/reinforce-presets.ts";
import { make } from "../../../src/envs/registry.ts";
import { decodeSafetensors } from "../../../src/formats/safetensors.ts";
import { box, discrete } from "../../../src/space.ts";
import { expectClose } from "../../conformance/compare.ts";
import { ChainEnv } from "../small-envs.ts";
import { type Weights, weightsOf } from "../weights-of.ts";

const SPACES = { observationSpace: box(-1, 1, [2]), actionSpace: discrete(3) };
const PLAIN: ReinforceOptions = { preset: false, network: { hidden: [] } };

const observationOf = (k: number): number[] => [Math.fround(Math.sin(k)), Math.fround(Math.cos(k))];

/** Acts and observes steps `from` to `to`; an episode ends at each of `ends`. @returns the actions */
function drive(agent: Reinforce, from: number, to: number, ends: readonly number[], isTruncated = false): number[] {
  return Array.from({ length: to - from }, (_, i) => {
    const k = from + i;
    const action = agent.act(observationOf(k), { explore: true }) as number;
    const ended = ends.includes(k);
    agent.observe({
      observation: observationOf(k),
      action,
      reward: ((k * 5) % 7) - 2,
      nextObservation: observationOf(k + 1),
      terminated: ended && !isTruncated,
      truncated: ended && isTruncated,
    });
    return action;
  });
}

describe("one update", () => {
  test.each([true, false])("one update moves the weights as a naive float64 twin does, baseline: %s", (baseline) => {
    const [discount, valueCoefficient] = [0.9, 0.3];
    const agent = new Reinforce(SPACES, {
      ...PLAIN,
      baseline,
      discount,
      valueCoefficient,
      normalizeAdvantages: false,
      episodesPerUpdate: 2,
      optimizer: "sgd",
      learningRate: 0.1,
    });
    const linear = (weights: Weights, name: string, x: readonly number[]): number[] => {
      const [W, b] = [weights.get(`${name}.0.weight`)!, weights.get(`${name}.0.bias`)!];
      return b.map((bias, o) => bias + x[0] * W[2 * o] + x[1] * W[2 * o + 1]);
    };
    const before = weightsOf(agent);
    const actions = drive(agent, 0, 7, [2, 6]);
    const returns = new Array<number>(7);
    for (let k = 6, G = 0; k >= 0; k--) {
      G = ((k * 5) % 7) - 2 + (k === 2 || k === 6 ? 0 : discount * G);
      returns[k] = G;
    }
    const value = (weights: Weights, k: number): number => linear(weights, "value", observationOf(k))[0];
    const loss = (weights: Weights): number =>
      returns.reduce((sum, G, k) => {
        const logits = linear(weights, "policy", observationOf(k));
        const log = logits[actions[k]] - Math.log(logits.reduce((total, logit) => total + Math.exp(logit), 0));
        const advantage = G - (baseline ? value(before, k) : 0);
        const error = baseline ? value(weights, k) - G : 0;
        return sum + (valueCoefficient * error * error - advantage * log) / 7;
      }, 0);
    expect(agent.update()).toBe(1);
    const after = weightsOf(agent);
    for (const [name, numbers] of before) {
      const expected = numbers.map((number, i) => {
        const at = (moved: number): number => loss(new Map(before).set(name, numbers.with(i, moved)));
        return number - (0.1 * (at(number + 1e-6) - at(number - 1e-6))) / 2e-6;
      });
      expectClose(name, after.get(name)!, expected, 1e-5);
    }
  });

  test("an update comes with the last of its episodes, whatever their length", () => {
    const agent = new Reinforce(SPACES, { ...PLAIN, episodesPerUpdate: 2 });
    drive(agent, 0, 5, [4]);
    expect(agent.update()).toBe(0);
    drive(agent, 5, 6, [5]);
    expect([agent.update(), agent.update()]).toEqual([1, 0]);
    drive(agent, 6, 9, [6, 8]);
    expect(agent.update()).toBe(1);
    expect(agent.envSteps).toBe(9);
  });

  test("an episode that fills the rollout is cut, and goes on", () => {
    const agent = new Reinforce(SPACES, { ...PLAIN, rolloutSteps: 4 });
    drive(agent, 0, 4, []);
    expect(() => drive(agent, 4, 5, [])).toThrow("observe: rollout expected room for 1 transitions, got 0 of 4 free.");
    expect(agent.update()).toBe(1);
    drive(agent, 4, 6, [5]);
    expect(agent.update()).toBe(1);
  });

  test("returns of a truncated episode go on with the value of its last observation, where there is a baseline", () => {
    const learned = (baseline: boolean, isTruncated: boolean): Uint8Array => {
      const agent = new Reinforce(SPACES, { ...PLAIN, baseline, normalizeAdvantages: false });
      drive(agent, 0, 3, [2], isTruncated);
      agent.update();
      return agent.exportWeights();
    };
    expect(learned(true, true)).not.toEqual(learned(true, false));
    expect(learned(false, true)).toEqual(learned(false, false));
  });

  test("an update knows nothing of longer rollouts before it", () => {
    const fresh = new Reinforce(SPACES, { ...PLAIN, learningRate: 0 });
    const used = new Reinforce(SPACES, { ...PLAIN, learningRate: 0 });
    drive(used, 0, 50, [49]);
    used.update();
    const lossOf = (agent: Reinforce): number => {
      drive(agent, 100, 104, [103]);
      agent.update();
      return (decodeSafetensors(agent.save()).tensors.get("metrics")!.data as Float32Array)[1];
    };
    expect(lossOf(used)).toBe(lossOf(fresh));
  });
});

describe("known answers", () => {
  // As in the tests of DQN: V* = 2.3684, 2.6316 with actions 1, 0.
  const chain = (): ChainEnv =>
    new ChainEnv(2, 2, 10, (state, action) => {
      if (state === 0) return { next: action, reward: 0, terminated: false };
      return action === 0 ? { next: 0, reward: 0.5, terminated: false } : { next: 1, reward: 2, terminated: true };
    });

  test.each([true, false])("in a chain of two states the best actions are learned, baseline: %s", (baseline) => {
    const agent = new Reinforce(chain(), {
      ...PLAIN,
      baseline,
      totalSteps: 20_000,
      discount: 0.9,
      episodesPerUpdate: 4,
      learningRate: { type: "linear", from: 0.03, to: 0 },
    });
    agent.learnSync(20_000);
    expect([agent.act(0), agent.act(1)]).toEqual([1, 0]);
    if (!baseline) return;
    expect(Math.abs(agent.value(0) / 2.3684 - 1)).toBeLessThan(0.02);
    expect(Math.abs(agent.value(1) / 2.6316 - 1)).toBeLessThan(0.02);
  });
});

test.each([
  [{ episodesPerUpdate: 0 }, "Reinforce: episodesPerUpdate expected an integer at least 1, got 0. It counts whole"],
  [{ baseline: 1 }, "Reinforce: baseline expected true or false, got 1. Set options.baseline."],
  [{ advantage: "gae" }, "Reinforce: advantage.type expected one of monte-carlo, got"],
  [{ epochs: 2 }, 'Reinforce: option expected a known name, got "epochs".'],
] as [ReinforceOptions, string][])("options %o are refused", (options, message) => {
  expect(() => new Reinforce(SPACES, options)).toThrow(message);
});

test("presets are valid, for their environments", () => {
  for (const [id, { source, options }] of Object.entries(REINFORCE_PRESETS)) {
    expect(source).not.toBe("");
    expect(new Reinforce(make(id)).settings.totalSteps).toBe(options.totalSteps);
  }
});
