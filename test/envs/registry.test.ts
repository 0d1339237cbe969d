import { expect, test } from "vitest";
import type { Env } from "../../src/env.ts";
import { CartPole } from "../../src/envs/cart-pole.ts";
import { make, register, registeredIds } from "../../src/envs/registry.ts";
import { unwrap } from "../../src/envs/wrappers/wrapper.ts";

test.each([
  ["CartPole-v0", 200, 195],
  ["CartPole-v1", 500, 475],
  ["MountainCar-v0", 200, -110],
  ["MountainCarContinuous-v0", 999, 90],
  ["Acrobot-v1", 500, -100],
  ["Pendulum-v1", 200, undefined],
  ["FrozenLake-v1", 100, 0.7],
  ["FrozenLake8x8-v1", 200, 0.85],
  ["CliffWalking-v1", undefined, undefined],
  ["Taxi-v4", 200, 8],
  ["Blackjack-v1", undefined, undefined],
])("%s is cut off after %s steps and solved at %s", (id, steps, threshold) => {
  const { spec } = make(id);
  expect([spec?.id, spec?.maxEpisodeSteps, spec?.rewardThreshold]).toEqual([id, steps, threshold]);
});

test("truncates after maxEpisodeSteps, which the caller may change or drop", () => {
  const env = make("MountainCar-v0", { maxEpisodeSteps: 3 });
  env.reset({ seed: 0 });
  expect([1, 1, 1].map((action) => env.step(action).truncated)).toEqual([false, false, true]);
  expect(env.spec).toEqual({
    id: "MountainCar-v0",
    options: { maxEpisodeSteps: 3 },
    maxEpisodeSteps: 3,
    rewardThreshold: -110,
  });
  const endless = make("MountainCar-v0", { maxEpisodeSteps: null });
  endless.reset({ seed: 0 });
  for (let i = 0; i < 300; i++) expect(endless.step(1).truncated).toBe(false);
  expect(endless.spec?.maxEpisodeSteps).toBeUndefined();
});

test("passes options on, over the registration's own", () => {
  expect(make("FrozenLake8x8-v1").observationSpace).toMatchObject({ n: 64 });
  expect(make("FrozenLake8x8-v1", { mapName: "4x4" }).observationSpace).toMatchObject({ n: 16 });
  expect(make("FrozenLake-v1", { desc: ["SG"] }).observationSpace).toMatchObject({ n: 2 });
});

test("types the built-in environments", () => {
  const observation: Float32Array = make("CartPole-v1").reset({ seed: 0 }).observation;
  const state: number = make("Taxi-v4").reset({ seed: 0 }).observation;
  expect([observation.length, state]).toEqual([4, 314]);
});

test("refuses unknown environments and options with the nearest name", () => {
  expect(() => make("CartPol-v1")).toThrow(
    new RangeError('make: id expected a registered environment, got "CartPol-v1". Did you mean CartPole-v1?'),
  );
  expect(() => make("Chess")).toThrow(
    /^make: id expected a registered environment, got "Chess"\. Registered: CartPole-v0, /,
  );
  expect(() => make("FrozenLake-v1", { slippery: true } as never)).toThrow(
    new RangeError('make FrozenLake-v1: option expected a known name, got "slippery". Did you mean isSlippery?'),
  );
  expect(() => make("CartPole-v1", { maxEpisodeStep: 5 } as never)).toThrow(
    new RangeError(
      'make CartPole-v1: option expected a known name, got "maxEpisodeStep". Did you mean maxEpisodeSteps?',
    ),
  );
  expect(() => make("CartPole-v1", { maxEpisodeSteps: 0 })).toThrow(
    new RangeError("make CartPole-v1: maxEpisodeSteps expected an integer at least 1, got 0. Use null for no limit."),
  );
});

test.each([
  ["Bricks-v0", 'registerArcade } from "bellwether/arcade"'],
  ["Submarine-v0", 'registerArcade } from "bellwether/arcade"'],
  ["BitFlip-v0", 'registerDiagnostics } from "bellwether/diagnostics"'],
  ["NChain-v0", 'registerDiagnostics } from "bellwether/diagnostics"'],
])("says which entry makes %s known, and keeps its name for it", (id, names) => {
  expect(registeredIds()).not.toContain(id);
  expect(() => make(id)).toThrow(
    new RangeError(`make: id expected a registered environment, got "${id}". Import { ${names} and call it first.`),
  );
  expect(() => register({ id, create: () => new CartPole() })).toThrow(
    new RangeError(`register: id expected an unused name, got "${id}". Raise its version.`),
  );
  expect(() => make(`${id.slice(0, -1)}9`)).toThrow(new RegExp(`Did you mean ${id}\\?$`));
});

test("makes what was registered, with its limit and defaults", () => {
  register({
    id: "TestCart-v0",
    create: (options) => new CartPole(options),
    maxEpisodeSteps: 7,
    rewardThreshold: 6,
    defaults: { suttonBartoReward: true },
  });
  expect(registeredIds()).toContain("TestCart-v0");
  const env = make("TestCart-v0");
  env.reset({ seed: 0 });
  expect(env.step(1).reward).toBe(0);
  expect(env.spec).toEqual({ id: "TestCart-v0", options: {}, maxEpisodeSteps: 7, rewardThreshold: 6 });
  expect(unwrap(env)).toBeInstanceOf(CartPole);
});

test("gives environments without a limit their spec, whatever their class", () => {
  const create = (): Env => {
    const inner = new CartPole();
    const { observationSpace, actionSpace } = inner;
    return {
      observationSpace,
      actionSpace,
      get spec(): undefined {
        return undefined;
      },
      reset: (options) => inner.reset(options),
      step: (action) => inner.step(action as number),
    };
  };
  register({ id: "TestGetter-v0", create });
  expect(make("TestGetter-v0").spec).toEqual({ id: "TestGetter-v0", options: {} });
});

test("refuses bad registrations", () => {
  const create = (): Env => new CartPole();
  expect(() => register({ id: "CartPole-v1", create })).toThrow(
    new RangeError('register: id expected an unused name, got "CartPole-v1". Raise its version.'),
  );
  expect(() => register({ id: "", create })).toThrow(
    new TypeError('register: id expected a name, got "". For example "GridWorld-v0".'),
  );
  expect(() => register({ id: "TestX-v0", create: 3 as never })).toThrow(
    new TypeError("register: create expected a function, got 3. It returns a new environment."),
  );
  expect(() => register({ id: "TestX-v0", create, maxEpisodeSteps: -1 })).toThrow(
    new RangeError("register: maxEpisodeSteps expected an integer at least 1, got -1. It counts steps."),
  );
  expect(() => register({ id: "TestX-v0", create, rewardThreshold: NaN })).toThrow(
    new RangeError("register: rewardThreshold expected a number, got NaN. It is a mean return."),
  );
  expect(() => register({ id: "TestX-v0", create, maxSteps: 5 } as never)).toThrow(RangeError);
});
