import { describe, expect, test } from "vitest";
import { createBackend } from "../../src/backends/select.ts";
import { createPolicyHead, readActionDistribution } from "../../src/nn/action-distribution.ts";
import { box, dict, discrete, multiBinary, multiDiscrete, type Space } from "../../src/space.ts";

const BOX = box(-1, 1, [2]);
const DEFAULTS = { type: "gaussian", logDeviation: 0, stateDependent: false, squashed: false };

describe("the distribution option", () => {
  test("fills in defaults for a Box, and is none of the others'", () => {
    expect(readActionDistribution("PPO", BOX, null)).toEqual(DEFAULTS);
    expect(readActionDistribution("PPO", BOX, "gaussian")).toEqual(DEFAULTS);
    expect(readActionDistribution("PPO", BOX, { type: "gaussian", logDeviation: -2, squashed: true })).toEqual({
      ...DEFAULTS,
      logDeviation: -2,
      squashed: true,
    });
    const noise = { type: "gsde", logDeviation: 0, sampleEverySteps: null, sharedDeviations: false, squashed: false };
    expect(readActionDistribution("PPO", BOX, "gsde")).toEqual(noise);
    expect(readActionDistribution("PPO", BOX, { type: "gsde", sampleEverySteps: 4, squashed: true })).toEqual({
      ...noise,
      sampleEverySteps: 4,
      squashed: true,
    });
    for (const space of [discrete(2), multiDiscrete([2, 3]), multiBinary(2)]) {
      expect(readActionDistribution("PPO", space, null)).toBe(null);
      expect(() => readActionDistribution("PPO", space, "gaussian")).toThrow(
        new TypeError(
          `PPO: distribution expected none for ${space.kind} actions, got "gaussian". It describes the actions of a Box: leave it out.`,
        ),
      );
    }
  });

  test.each([
    [5, "PPO: distribution expected options, got 5."],
    ["normal", 'PPO: distribution.type expected one of gaussian, gsde, got "normal". Choose one.'],
    [{ type: "toString" }, 'PPO: distribution.type expected one of gaussian, gsde, got "toString".'],
    [{ type: "gaussian", logDev: 1 }, 'PPO: distribution: option expected a known name, got "logDev".'],
    [
      { type: "gaussian", logDeviation: 21 },
      "PPO: distribution.logDeviation expected a number at least -20 and at most 20, got 21. It is a logarithm: 0 stands for 1.",
    ],
    [{ type: "gaussian", squashed: 1 }, "PPO: distribution.squashed expected true or false, got 1."],
    [{ type: "gaussian", stateDependent: null }, "PPO: distribution.stateDependent expected true or false, got null."],
    [
      { type: "gaussian", sampleEverySteps: 4 },
      'PPO: distribution: option expected a known name, got "sampleEverySteps".',
    ],
    [{ type: "gsde", stateDependent: true }, 'PPO: distribution: option expected a known name, got "stateDependent".'],
    [
      { type: "gsde", logDeviation: -21 },
      "PPO: distribution.logDeviation expected a number at least -20 and at most 20",
    ],
    [
      { type: "gsde", sampleEverySteps: 0 },
      "PPO: distribution.sampleEverySteps expected an integer at least 1, got 0. It counts steps; null is for all of a rollout.",
    ],
    [
      { type: "gsde", sampleEverySteps: -1 },
      "PPO: distribution.sampleEverySteps expected an integer at least 1, got -1. It counts steps; null is for all of a rollout.",
    ],
    [{ type: "gsde", sharedDeviations: 0 }, "PPO: distribution.sharedDeviations expected true or false, got 0."],
    [{ type: "gsde", squashed: "yes" }, 'PPO: distribution.squashed expected true or false, got "yes".'],
  ])("%o is refused", (given, message) => {
    expect(() => readActionDistribution("PPO", BOX, given as never)).toThrow(message);
  });

  test("squashing needs bounds", () => {
    const open = box([-1, 0], [1, Number.POSITIVE_INFINITY]);
    for (const type of ["gaussian", "gsde"] as const) {
      expect(() => readActionDistribution("PPO", open, { type, squashed: true })).toThrow(
        new RangeError(
          "PPO: distribution.squashed expected a Box with finite bounds, got infinite ones. Leave it out, or wrap the environment.",
        ),
      );
    }
  });
});

test.each([
  [discrete(4, 2), 4, 1, []],
  [multiDiscrete([2, 3]), 5, 2, []],
  [multiBinary(3), 3, 3, []],
  [box(0, 1, [2, 2]), 4, 4, [{ name: "log_std", shape: [4] }]],
] as [Space, number, number, unknown[]][])(
  "of %o: outputs, numbers per action, and what is trained beside",
  (space, outputs, size, specs) => {
    const head = createPolicyHead(space, null, 3);
    expect([head.outputs, head.actionSize, head.specs, head.biases.length]).toEqual([outputs, size, specs, outputs]);
    const backend = createBackend("test");
    const parameters = backend.parameters(head.specs.length === 0 ? [{ name: "none", shape: [1] }] : head.specs);
    const output = backend.tensor(3, outputs);
    const { distribution } = head.plan(backend, {
      rows: 3,
      output,
      dOutput: null,
      parameters,
      gradients: null,
      firstSpec: 0,
    });
    expect(distribution.family).toBe(
      space.kind === "box" ? "gaussian" : space.kind === "multi-binary" ? "bernoulli" : "categorical",
    );
  },
);

test("deviations that depend on the state are outputs, and start where they are told", () => {
  const head = createPolicyHead(
    BOX,
    { type: "gaussian", logDeviation: -0.5, stateDependent: true, squashed: false },
    3,
  );
  expect([head.outputs, head.actionSize, head.specs]).toEqual([4, 2, []]);
  expect(head.biases).toEqual([0, 0, -0.5, -0.5]);
  const free = createPolicyHead(
    BOX,
    { type: "gaussian", logDeviation: -0.5, stateDependent: false, squashed: false },
    3,
  );
  expect(free.values).toEqual([[-0.5, -0.5]]);
});

test("deviations of an exploration matrix are trained beside, as many as features and dimensions, or one for each feature", () => {
  const settings = readActionDistribution("PPO", BOX, { type: "gsde", logDeviation: -1 });
  const head = createPolicyHead(BOX, settings, 3);
  expect([head.outputs, head.actionSize, head.specs]).toEqual([2, 2, [{ name: "log_std", shape: [3, 2] }]]);
  expect([head.biases, head.values]).toEqual([[0, 0], [[-1, -1, -1, -1, -1, -1]]]);
  const sharing = readActionDistribution("PPO", BOX, { type: "gsde", sharedDeviations: true });
  const shared = createPolicyHead(BOX, sharing, 3);
  expect([shared.specs, shared.values]).toEqual([[{ name: "log_std", shape: [3, 1] }], [[0, 0, 0]]]);
});

test("there is no policy for a Dict", () => {
  expect(() => createPolicyHead(dict({ a: BOX }), null, 3)).toThrow(
    new TypeError("createPolicyHead: space expected one of actions, got dict. Wrap the environment."),
  );
});
