import { describe, expect, test } from "vitest";
import { NStep } from "../../src/experience/n-step.ts";

interface Stored {
  readonly start: number;
  readonly action: number;
  readonly reward: number;
  readonly next: number;
  readonly discount: number;
}
interface Step {
  readonly reward: number;
  readonly terminated?: boolean;
  readonly truncated?: boolean;
}

/** Observations are numbered: step i leads from i to i + 1, an episode's last one to -(i + 1). */
function run(n: number, discount: number, steps: readonly Step[], cutAt = -1): Stored[] {
  let nStep = new NStep(n, discount, 1, 1);
  const stored: Stored[] = [];
  for (const [i, { reward, terminated = false, truncated = false }] of steps.entries()) {
    if (i === cutAt) {
      const resumed = new NStep(n, discount, 1, 1);
      resumed.loadState(nStep.saveState());
      nStep = resumed;
    }
    const next = terminated || truncated ? -(i + 1) : i + 1;
    const end = { reward, terminated, truncated };
    nStep.add(
      Float32Array.of(i),
      Float32Array.of(i % 3),
      Float32Array.of(next),
      end,
      ({ observation, action, sums }, at) => {
        stored.push({ start: observation[0], action: action[0], reward: sums[0], next: at[0], discount: sums[1] });
      },
    );
  }
  return stored;
}

const brief = (stored: Stored[]): number[][] =>
  stored.map(({ start, reward, next, discount }) => [start, reward, next, discount]);

describe("windows, as [start, reward, next, discount], with discount 0.5", () => {
  const one = { reward: 1 };
  const cases: [string, number, Step[], number[][]][] = [
    [
      "n = 1 is the plain transition",
      1,
      [one, { reward: 2 }],
      [
        [0, 1, 1, 0.5],
        [1, 2, 2, 0.5],
      ],
    ],
    [
      "n = 1 at termination",
      1,
      [one, { reward: 2, terminated: true }],
      [
        [0, 1, 1, 0.5],
        [1, 2, -2, 0],
      ],
    ],
    ["n = 1 at truncation", 1, [{ reward: 2, truncated: true }], [[0, 2, -1, 0.5]]],
    ["n = 3 waits for its third step", 3, [one, one], []],
    [
      "n = 3 in full",
      3,
      [{ reward: 1 }, { reward: 2 }, { reward: 4 }, { reward: 8 }],
      [
        [0, 3, 3, 0.125],
        [1, 6, 4, 0.125],
      ],
    ],
    [
      "termination inside cuts all open windows, worth nothing beyond",
      3,
      [one, { reward: 2, terminated: true }],
      [
        [0, 2, -2, 0],
        [1, 2, -2, 0],
      ],
    ],
    [
      "truncation inside cuts them and goes on through the last observation",
      3,
      [one, { reward: 2, truncated: true }],
      [
        [0, 2, -2, 0.25],
        [1, 2, -2, 0.5],
      ],
    ],
    [
      "terminated and truncated at once is terminated",
      2,
      [{ reward: 3, terminated: true, truncated: true }],
      [[0, 3, -1, 0]],
    ],
    [
      "an episode of exactly n steps",
      2,
      [one, { reward: 1, terminated: true }, one],
      [
        [0, 1.5, -2, 0],
        [1, 1, -2, 0],
      ],
    ],
    [
      "the next episode starts with no memory of the last",
      2,
      [{ reward: 9, truncated: true }, one, one],
      [
        [0, 9, -1, 0.5],
        [1, 1.5, 3, 0.25],
      ],
    ],
  ];
  test.each(cases)("%s", (_, n, steps, expected) => {
    expect(brief(run(n, 0.5, steps))).toEqual(expected);
  });
});

describe("random episodes", () => {
  const SEED = 77;
  const LENGTH = 400;

  function randomSteps(seed: number): Step[] {
    let state = seed;
    const random = (): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    return Array.from({ length: LENGTH }, () => ({
      reward: Math.floor(random() * 10),
      terminated: random() < 0.08,
      truncated: random() < 0.08,
    }));
  }

  /** The window that starts at `start`, from the definition: at most n steps, not past the episode's end. */
  function windowFrom(steps: readonly Step[], start: number, n: number, discount: number): Stored | undefined {
    let reward = 0;
    let factor = 1;
    for (let i = start; i < steps.length; i++) {
      reward += factor * steps[i].reward;
      factor *= discount;
      const { terminated, truncated } = steps[i];
      const ended = terminated || truncated;
      if (ended || i - start + 1 === n) {
        return { start, action: start % 3, reward, next: ended ? -(i + 1) : i + 1, discount: terminated ? 0 : factor };
      }
    }
    return undefined;
  }

  test.each([1, 2, 3, 5, 10])("n = %i: every start exactly once, in order, as the definition has it", (n) => {
    for (const seed of [SEED, SEED + 1]) {
      const steps = randomSteps(seed);
      const expected = steps
        .map((_, start) => windowFrom(steps, start, n, 0.9))
        .filter((window) => window !== undefined);
      expect(run(n, 0.9, steps), `seed ${seed}`).toEqual(expected);
    }
  });

  test("saved and loaded at any step it goes on the same", () => {
    const steps = randomSteps(SEED).slice(0, 60);
    const whole = run(4, 0.9, steps);
    for (let cut = 1; cut < steps.length; cut++) expect(run(4, 0.9, steps, cut)).toEqual(whole);
  });
});

test("clear forgets what is open", () => {
  const nStep = new NStep(3, 0.9, 1, 1);
  const stored: number[] = [];
  const add = (i: number, truncated: boolean): void =>
    nStep.add(
      Float32Array.of(i),
      Float32Array.of(0),
      Float32Array.of(0),
      { reward: 1, terminated: false, truncated },
      (w) => {
        stored.push(w.observation[0]);
      },
    );
  add(0, false);
  add(1, false);
  nStep.clear();
  add(2, true);
  expect(stored).toEqual([2]);
});
