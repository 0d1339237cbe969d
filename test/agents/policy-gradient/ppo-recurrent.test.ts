// PPO with a memory: what it carries from step to step, where it forgets, and how gradients go back through time.

import { describe, expect, test, vi } from "vitest";
import type { Transition } from "../../../src/agent.ts";
import { PPO, type PPOOptions } from "../../../src/agents/policy-gradient/ppo.ts";
import type { RecurrentOptions } from "../../../src/agents/policy-gradient/recurrent-options.ts";
import type { SyncEnv, VectorEnv } from "../../../src/env.ts";
import { MemoryChain, registerDiagnostics } from "../../../src/envs/diagnostics/index.ts";
import { SyncVectorEnv } from "../../../src/envs/vector-env.ts";
import { CheckpointError } from "../../../src/errors.ts";
import { decodeSafetensors, encodeSafetensors } from "../../../src/formats/safetensors.ts";
import { box, discrete } from "../../../src/space.ts";
import { expectClose } from "../../conformance/compare.ts";
import { asynchronous, forgetful, vectorOf } from "../small-envs.ts";
import { tamper } from "../tamper.ts";
import { type Weights, weightsOf } from "../weights-of.ts";

registerDiagnostics();

const SPACES = { observationSpace: box(-1, 1, [2]), actionSpace: discrete(2) };
const SMALL: PPOOptions = {
  preset: false,
  totalSteps: 300,
  rolloutSteps: 8,
  epochs: 2,
  minibatches: 3,
  network: { hidden: [4] },
  recurrent: { type: "gru", units: 5 },
};
const memoryChain = (): SyncEnv => new MemoryChain({ memoryLength: 4 }) as SyncEnv;
const three = (): VectorEnv => vectorOf(memoryChain, 3);

const observationOf = (k: number): number[] => [Math.fround(Math.sin(k)), Math.fround(Math.cos(k))];

/** Acts and observes one by one, environments in turn. @returns what was observed */
function drive(agent: PPO, from: number, to: number): Transition[] {
  return Array.from({ length: to - from }, (_, i) => {
    const k = from + i;
    const observation = observationOf(k);
    const action = agent.act(observation, { explore: true }) as number;
    const transition = {
      observation,
      action,
      reward: ((k * 5) % 7) - 2,
      nextObservation: observationOf(k + 2),
      terminated: k % 9 === 8,
      truncated: k % 7 === 6,
    };
    agent.observe(transition);
    return transition;
  });
}

const tensorOf = (agent: PPO, name: string): number[] =>
  Array.from(decodeSafetensors(agent.save()).tensors.get(name)!.data as Float32Array);

describe("one update", () => {
  const [E, T, H] = [2, 4, 3];
  const product = (weights: Weights, W: string, b: string, x: readonly number[]): number[] => {
    const [matrix, bias] = [weights.get(W)!, weights.get(b)!];
    return bias.map((start, o) => x.reduce((sum, value, i) => sum + value * matrix[o * x.length + i], start));
  };
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  /** PyTorch's equations in float64. */
  function gru(weights: Weights, x: readonly number[], h: readonly number[]): number[] {
    const a = product(weights, "memory.weight_ih_l0", "memory.bias_ih_l0", x);
    const b = product(weights, "memory.weight_hh_l0", "memory.bias_hh_l0", h);
    return h.map((before, j) => {
      const r = sigmoid(a[j] + b[j]);
      const z = sigmoid(a[H + j] + b[H + j]);
      return (1 - z) * Math.tanh(a[2 * H + j] + r * b[2 * H + j]) + z * before;
    });
  }
  const head = (weights: Weights, network: string, h: readonly number[]): number[] =>
    product(weights, `${network}.0.weight`, `${network}.0.bias`, h);
  const logSoftmax = (x: number[]): number[] => {
    const sum = x.reduce((total, value) => total + Math.exp(value), 0);
    return x.map((value) => value - Math.log(sum));
  };
  const ended = ({ terminated, truncated }: Transition): boolean => terminated || truncated;

  /** The states before the steps of `list`, environments in turn, and those after the last. */
  function walk(weights: Weights, list: readonly Transition[], first: readonly number[][]): number[][] {
    const states = [...first];
    for (const [k, transition] of list.entries()) {
      const after = gru(weights, transition.observation as number[], states[k]);
      states.push(ended(transition) ? after.map(() => 0) : after);
    }
    return states;
  }

  test.each([
    ["a sequence is the rollout", null],
    ["two sequences a rollout", 2],
  ])(
    "one update moves all weights as a naive float64 twin does, from states carried over from the last rollout: %s",
    (_, sequenceSteps) => {
      const [discount, lambda, entropyCoefficient, valueCoefficient] = [0.9, 0.7, 0.02, 0.4];
      const agent = new PPO(SPACES, {
        preset: false,
        environments: E,
        rolloutSteps: T,
        epochs: 1,
        minibatches: 1,
        seed: 5,
        discount,
        advantage: { type: "gae", lambda },
        entropyCoefficient,
        valueCoefficient,
        maxGradientNorm: null,
        optimizer: "sgd",
        learningRate: 0.2,
        network: { hidden: [] },
        recurrent: { type: "gru", units: H, sequenceSteps },
      });
      const zero = new Array<number>(H).fill(0);
      const carried = walk(weightsOf(agent), drive(agent, 0, E * T), [zero, zero]).slice(E * T);
      expect(agent.update()).toBe(1);
      const before = weightsOf(agent);
      const list = drive(agent, E * T, 2 * E * T);
      const states = walk(before, list, carried);
      expect(states.slice(E, E * T).filter((h) => h.every((x) => x === 0)).length).toBeGreaterThan(0);
      expect(states.slice(0, E).some((h) => h.some((x) => x !== 0))).toBe(true);

      const after = list.map(({ observation }, k) => gru(before, observation as number[], states[k]));
      const value = after.map((h) => head(before, "value", h)[0]);
      const advantage = new Array<number>(E * T);
      for (let k = E * T - 1; k >= 0; k--) {
        const { nextObservation, reward, terminated } = list[k];
        const next = head(before, "value", gru(before, nextObservation as number[], after[k]))[0];
        const delta = reward + (terminated ? 0 : discount * next) - value[k];
        advantage[k] = delta + (ended(list[k]) || k >= E * T - E ? 0 : discount * lambda * advantage[k + E]);
      }
      const returns = advantage.map((a, k) => a + value[k]);
      const mean = advantage.reduce((sum, a) => sum + a, 0) / (E * T);
      const deviation = Math.sqrt(advantage.reduce((sum, a) => sum + (a - mean) ** 2, 0) / (E * T - 1));
      const old = list.map(({ action }, k) => logSoftmax(head(before, "policy", after[k]))[action as number]);
      const loss = (weights: Weights): number => {
        let sum = 0;
        let h: number[][] = [];
        for (const [k, { observation, action }] of list.entries()) {
          const t = Math.floor(k / E);
          // Where a sequence starts the state is a constant, as it was when acting.
          const isFirst = t % (sequenceSteps ?? T) === 0;
          const from = isFirst ? states[k] : ended(list[k - E]) ? zero : h[k - E];
          h = [...h, gru(weights, observation as number[], from)];
          const logs = logSoftmax(head(weights, "policy", h[k]));
          const entropy = -logs.reduce((total, log) => total + Math.exp(log) * log, 0);
          const ratio = Math.exp(logs[action as number] - old[k]);
          const error = head(weights, "value", h[k])[0] - returns[k];
          const gain = (ratio * (advantage[k] - mean)) / (deviation + 1e-8);
          sum += (-gain - entropyCoefficient * entropy + valueCoefficient * error * error) / (E * T);
        }
        return sum;
      };
      expect(agent.update()).toBe(1);
      const moved = weightsOf(agent);
      for (const [name, numbers] of before) {
        const expected = numbers.map((number, i) => {
          const at = (x: number): number => loss(new Map(before).set(name, numbers.with(i, x)));
          return number - (0.2 * (at(number + 1e-6) - at(number - 1e-6))) / 2e-6;
        });
        expectClose(name, moved.get(name)!, expected, 2e-5);
      }
      expect([...before.keys()].slice(-4)).toEqual([
        "memory.weight_ih_l0",
        "memory.weight_hh_l0",
        "memory.bias_ih_l0",
        "memory.bias_hh_l0",
      ]);
    },
  );
});

describe("acting", () => {
  const [a, b, c] = [0, 1, 2].map(observationOf);
  const fresh = (): PPO => new PPO(SPACES, { ...SMALL, environments: 3, seed: 3 });

  test("greedy acting remembers what was shown, until it is told that an episode starts", () => {
    const agent = fresh();
    const unseen = agent.value(b);
    agent.act(a);
    const seen = agent.value(b);
    expect(seen).not.toBe(unseen);
    // Asking changes nothing.
    expect(agent.value(b)).toBe(seen);
    expect(agent.distribution(b)).toEqual(agent.distribution(b));
    agent.act(a);
    expect(agent.value(b)).not.toBe(seen);
    agent.act(a, { episodeStart: true });
    expect(agent.value(b)).toBe(seen);
    agent.act(a, { episodeStart: false });
    expect(agent.value(b)).not.toBe(seen);
  });

  test("streams of actBatch remember apart from each other, also beyond the rows of its workspace", () => {
    const agent = fresh();
    const count = 70;
    const shown = (i: number, t: number): number[] => observationOf(7 * i + t);
    const alone = Array.from({ length: count }, (_, i) => {
      return [0, 1, 2, 3].map((t) => agent.act(shown(i, t), { episodeStart: t === 0 || (t === 2 && i % 3 === 0) }));
    });
    const other = fresh();
    const together = [0, 1, 2, 3].map((t) =>
      other.actBatch(
        Array.from({ length: count }, (_, i) => shown(i, t)),
        { episodeStarts: Array.from({ length: count }, (_, i) => t === 2 && i % 3 === 0) },
      ),
    );
    expect(alone).toEqual(Array.from({ length: count }, (_, i) => together.map((actions) => actions[i])));
    // The policy is not one that acts alike whatever it saw.
    expect(new Set(alone.flat()).size).toBe(2);
  });

  test("exploring does not touch what greedy acting remembers, nor the other way round", () => {
    const agent = fresh();
    agent.act(a);
    const seen = agent.value(b);
    drive(agent, 0, 5);
    expect(agent.value(b)).toBe(seen);
    const carried = tensorOf(agent, "state.carried");
    agent.act(c, { episodeStart: true });
    expect(tensorOf(agent, "state.carried")).toEqual(carried);
  });

  test("an action that is chosen again does not remember the first choice", () => {
    const [once, twice] = [fresh(), fresh()];
    const step = (agent: PPO, observation: number[]): void => {
      const action = agent.act(observation, { explore: true });
      agent.observe({ observation, action, reward: 0, nextObservation: a, terminated: false, truncated: false });
    };
    step(once, b);
    twice.act(c, { explore: true });
    step(twice, b);
    expect(tensorOf(twice, "state.carried")).toEqual(tensorOf(once, "state.carried"));
    expect(tensorOf(once, "state.carried").slice(0, 5)).not.toEqual([0, 0, 0, 0, 0]);
    expect(tensorOf(once, "state.carried").slice(5)).toEqual(new Array(10).fill(0));
  });

  test("the state of an environment is 0 where its episode ended, and goes on in the others", () => {
    const agent = fresh();
    for (const [k, end] of [{}, { terminated: true }, { truncated: true }].entries()) {
      const observation = observationOf(k);
      const action = agent.act(observation, { explore: true });
      const ends = { terminated: false, truncated: false, ...end };
      agent.observe({ observation, action, reward: 0, nextObservation: a, ...ends });
    }
    const carried = tensorOf(agent, "state.carried");
    expect(carried.slice(0, 5).every((x) => x !== 0)).toBe(true);
    expect(carried.slice(5)).toEqual(new Array(10).fill(0));
    // What the next steps start from is what the rollout remembers of them.
    drive(agent, 3, 6);
    expect(tensorOf(agent, "rollout.state").slice(15)).toEqual(carried);
  });
});

describe("evaluation", () => {
  const trained = (): PPO => {
    const agent = new PPO(three(), { ...SMALL, seed: 2 });
    agent.learnSync(240);
    return agent;
  };

  test("an evaluation begins every episode anew, and disturbs neither acting nor another evaluation", async () => {
    const agent = trained();
    const options = { episodes: 20, seed: 5 };
    const alone = agent.evaluateSync(memoryChain, options);
    const byHand = Array.from({ length: 20 }, (_, i) => {
      const env = memoryChain();
      let { observation } = env.reset({ seed: 5 + i });
      for (let t = 0; ; t++) {
        const result = env.step(agent.act(observation, { episodeStart: t === 0 }) as never);
        if (result.terminated) return result.reward;
        observation = result.observation;
      }
    });
    expect(byHand).toEqual(alone.returns);
    const observation = memoryChain().reset({ seed: 1 }).observation;
    agent.act(observation);
    const seen = agent.value(observation);
    const both = await Promise.all([
      agent.evaluate(() => asynchronous(memoryChain()), options),
      agent.evaluate(() => asynchronous(memoryChain()), { ...options, episodes: 10 }),
    ]);
    expect(both.map(({ returns }) => returns)).toEqual([alone.returns, alone.returns.slice(0, 10)]);
    expect(agent.value(observation)).toBe(seen);
  });

  test("an evaluation in the middle of training leaves the run as it is", () => {
    const [undisturbed, evaluated] = [trained(), trained()];
    evaluated.evaluateSync(memoryChain, { episodes: 3 });
    undisturbed.learnSync(60);
    evaluated.learnSync(60);
    expect(evaluated.save()).toEqual(undisturbed.save());
  });
});

test("a caller's own loop goes on bit for bit between acting and observing, and in the middle of a round", () => {
  const options = { ...SMALL, environments: 3 };
  const goOn = (agent: PPO, from: number, to: number): void => {
    for (let k = from; k < to; k++) {
      drive(agent, k, k + 1);
      agent.update();
    }
  };
  const [whole, first] = [0, 1].map(() => new PPO(SPACES, options));
  goOn(whole, 0, 90);
  // 24 transitions fill a rollout, and its round has 6 updates.
  drive(first, 0, 24);
  expect(first.update({ maxUpdates: 4 })).toBe(4);
  const inRound = PPO.load(first.save());
  expect(inRound.update()).toBe(2);
  goOn(inRound, 24, 31);
  const observation = observationOf(31);
  const action = inRound.act(observation, { explore: true });
  const rest = PPO.load(inRound.save());
  const nextObservation = observationOf(33);
  const ends = { terminated: false, truncated: false };
  rest.observe({ observation, action, reward: ((31 * 5) % 7) - 2, nextObservation, ...ends });
  rest.update();
  goOn(rest, 32, 90);
  expect(rest.save()).toEqual(whole.save());
});

test("where environments cannot save their state, new episodes begin from states of 0", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const forgetfuls = (): VectorEnv => vectorOf(() => forgetful(memoryChain()), 3);
  const agent = new PPO(forgetfuls(), SMALL);
  agent.learnSync(30);
  expect(tensorOf(agent, "state.carried").some((x) => x !== 0)).toBe(true);
  const loaded = PPO.load(agent.save(), { env: forgetfuls() });
  expect(warn.mock.calls.length).toBe(1);
  expect(tensorOf(loaded, "state.carried")).toEqual(new Array(15).fill(0));
  warn.mockRestore();
});

test("a policy acts as the agent did, anywhere", () => {
  const agent = new PPO(three(), SMALL);
  agent.learnSync(100);
  const shown = [0, 1, 2, 3].map((k) => [k / 4, 0, k % 2]);
  const acts = (policy: PPO): unknown[] =>
    shown.map((observation, t) => [
      policy.act(observation, { episodeStart: t === 0 }),
      policy.distribution(observation),
    ]);
  const bytes = agent.save({ contents: "policy" });
  for (const env of [undefined, memoryChain(), vectorOf(memoryChain, 5)]) {
    expect(acts(PPO.load(bytes, env && { env }))).toEqual(acts(agent));
  }
});

test("weights of a torch.nn.GRU are taken over by name", () => {
  const [agent, other] = [1, 2].map((seed) => new PPO(SPACES, { ...SMALL, environments: 1, seed }));
  const observation = [0.5, -0.5];
  expect(other.value(observation)).not.toBe(agent.value(observation));
  const { tensors } = decodeSafetensors(agent.exportWeights());
  const shapes = Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]));
  expect(shapes).toMatchObject({
    "memory.weight_ih_l0": [15, 2],
    "memory.weight_hh_l0": [15, 5],
    "memory.bias_ih_l0": [15],
    "memory.bias_hh_l0": [15],
  });
  other.importWeights(
    encodeSafetensors(
      [...tensors].map(([name, tensor]) => ({ name: `net.${name}`, ...tensor })),
      {},
    ),
    { prefix: "net." },
  );
  expect(other.value(observation)).toBe(agent.value(observation));
});

describe("refuses", () => {
  const wrong: [string, PPOOptions, string][] = [
    [
      "options that are none",
      { recurrent: 7 as never },
      'PPO: recurrent expected options, got 7. Use for example { type: "gru", units: 64 }.',
    ],
    [
      "unknown options",
      { recurrent: { type: "gru", size: 5 } as never },
      'PPO: recurrent: option expected a known name, got "size".',
    ],
    ["other kinds", { recurrent: "lstm" as never }, 'PPO: recurrent.type expected "gru", got "lstm". Choose it.'],
    [
      "no units",
      { recurrent: { type: "gru", units: 0 } },
      "PPO: recurrent.units expected an integer at least 1 and at most 65536, got 0. It counts numbers that are remembered.",
    ],
    [
      "sequences that do not fit the rollout",
      { recurrent: { type: "gru", sequenceSteps: 3 } },
      "PPO: recurrent.sequenceSteps expected a divisor of the 8 rolloutSteps, got 3. Leave it out for as many as fit.",
    ],
    [
      "fewer sequences than minibatches",
      { recurrent: { type: "gru", sequenceSteps: 8 } },
      "PPO: minibatches expected at most the 1 sequences of a rollout, got 3. Lower recurrent.sequenceSteps.",
    ],
    [
      "images",
      { recurrent: "gru", network: { convolution: [{ filters: 4, kernel: 3 }] } },
      "PPO: recurrent expected a network without convolutions, got 1. Stack frames instead, or leave one of them out.",
    ],
  ];
  test.each(wrong)("%s are refused", (_, options, message) => {
    expect(() => new PPO(SPACES, { ...SMALL, ...options })).toThrow(message);
  });

  test("a vector whose resets are steps of their own is refused: they would stand inside sequences", () => {
    const env = new SyncVectorEnv(memoryChain, { count: 2, autoresetMode: "next-step" });
    expect(() => new PPO(env, SMALL)).toThrow(
      'PPO: autoresetMode expected "same-step" or "disabled" beside recurrent, got "next-step". Its resets would stand inside sequences: build the environment in another mode.',
    );
  });

  test("a file whose states are damaged is refused", () => {
    const agent = new PPO(three(), SMALL);
    agent.learnSync(30);
    const hostile = tamper(agent.save(), ({ tensors }) => {
      (tensors.get("state.carried")!.data as Float32Array)[3] = Number.NaN;
    });
    expect(() => PPO.load(hostile)).toThrow(CheckpointError);
    expect(() => PPO.load(hostile)).toThrow("load: state.carried expected finite numbers, got");
    const short = tamper(agent.save(), ({ tensors }) => tensors.delete("state.pending"));
    expect(() => PPO.load(short)).toThrow(CheckpointError);
    const giant = tamper(agent.save(), ({ description }) => (description.data.settings.recurrent.units = 65_536));
    expect(() => PPO.load(giant)).toThrow(/^load: tensor .* expected \d+ numbers, got \d+\./);
  });
});

describe("learning", () => {
  const LEARNING: PPOOptions = {
    preset: false,
    totalSteps: 10_000,
    rolloutSteps: 32,
    minibatches: 2,
    epochs: 8,
    learningRate: 2e-3,
    entropyCoefficient: 0.01,
    network: { hidden: [32] },
  };
  const chain = (): SyncEnv => new MemoryChain({ memoryLength: 5 }) as SyncEnv;

  test("the bit that was shown five steps ago is learned, which PPO without memory cannot", () => {
    const mean = (recurrent: RecurrentOptions | null): number => {
      const agent = new PPO(vectorOf(chain, 8), { ...LEARNING, seed: 1, recurrent });
      agent.learnSync(10_000);
      return agent.evaluateSync(chain, { episodes: 100 }).mean;
    };
    expect(mean({ type: "gru", units: 32 })).toBe(1);
    // Chance is 0, and 0.1 the deviation of 100 episodes.
    expect(Math.abs(mean(null))).toBeLessThan(0.4);
  });
});
