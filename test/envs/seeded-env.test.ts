import { describe, expect, test } from "vitest";
import { Pcg64 } from "../../src/engine/random.ts";
import { CartPole } from "../../src/envs/cart-pole.ts";
import { MountainCar } from "../../src/envs/mountain-car.ts";
import { Pendulum } from "../../src/envs/pendulum.ts";
import { registeredIds } from "../../src/envs/registry.ts";
import { unwrap } from "../../src/envs/wrappers/wrapper.ts";
import { StateError } from "../../src/errors.ts";
import { contains } from "../../src/space.ts";
import { BUILT_IN_IDS, made, run } from "./every-env.ts";

test("the list of built-in environments is complete", () => {
  expect(registeredIds()).toEqual([...BUILT_IN_IDS]);
});

describe.each(BUILT_IN_IDS)("%s", (id) => {
  test("repeats itself with the same seed and actions", () => {
    const a = made(id);
    const b = made(id);
    expect(a.reset({ seed: 9 }).observation).toEqual(b.reset({ seed: 9 }).observation);
    expect(run(a, new Pcg64(1), 600)).toEqual(run(b, new Pcg64(1), 600));
    a.reset({ seed: 9 });
    b.reset({ seed: 9 });
    expect(run(a, new Pcg64(2), 50)).toEqual(run(b, new Pcg64(2), 50));
  });

  test("continues bit-identically from a state saved inside an episode, through JSON and into another object", () => {
    for (const steps of [0, 1, 3, 57]) {
      const env = made(id);
      env.reset({ seed: 4 });
      run(env, new Pcg64(3), steps);
      const state = JSON.parse(JSON.stringify(env.saveState?.()));
      const rest = run(env, new Pcg64(5), 300);
      const other = made(id);
      other.loadState?.(state);
      expect(run(other, new Pcg64(5), 300)).toEqual(rest);
    }
  });

  test("observes inside its space, a new object each step", () => {
    const env = made(id);
    let before: unknown = env.reset({ seed: 1 }).observation;
    const random = new Pcg64(0);
    for (let i = 0; i < 300; i++) {
      const action =
        env.actionSpace.kind === "discrete" ? random.integers(0, env.actionSpace.n) : [random.uniform(-1, 1)];
      const result = env.step(action);
      expect(contains(env.observationSpace, result.observation)).toBe(true);
      if (typeof result.observation === "object") expect(result.observation).not.toBe(before);
      before = result.observation;
      if (result.terminated || result.truncated) env.reset();
    }
  });

  test("refuses a step before the first reset", () => {
    const env = made(id);
    const action = env.actionSpace.kind === "discrete" ? 0 : [0];
    expect(() => env.step(action)).toThrow(StateError);
    expect(() => env.step(action)).toThrow(
      /\.step: episode expected one begun by reset, got none\. Call reset\(\) first\.$/,
    );
  });

  test("refuses an illegal action and changes nothing", () => {
    const env = made(id);
    env.reset({ seed: 2 });
    const before = JSON.stringify(env.saveState?.());
    const illegal =
      env.actionSpace.kind === "discrete" ? [-1, env.actionSpace.n, 0.5, NaN] : [[], [0, 0], [NaN], [Infinity]];
    for (const action of illegal) expect(() => env.step(action)).toThrow(RangeError);
    for (const action of ["0", null, undefined]) expect(() => env.step(action as never)).toThrow(TypeError);
    expect(JSON.stringify(env.saveState?.())).toBe(before);
  });

  test("refuses a bad reset and changes nothing", () => {
    const env = made(id);
    env.reset({ seed: 2 });
    const before = JSON.stringify(env.saveState?.());
    expect(() => env.reset({ seed: -1 })).toThrow(/seed expected an integer at least 0 .*, got -1\./);
    expect(() => env.reset({ seed: 5, options: { speed: 1 } })).toThrow(RangeError);
    expect(JSON.stringify(env.saveState?.())).toBe(before);
  });

  test("refuses a state of something else and changes nothing", () => {
    const env = unwrap(made(id));
    env.reset({ seed: 2 });
    const good = env.saveState?.() as { episode: number[] };
    const before = JSON.stringify(good);
    for (const bad of [null, 3, {}, { ...good, env: "Chess" }, { ...good, episode: [1e9] }, { ...good, random: {} }]) {
      expect(() => env.loadState?.(bad)).toThrow(TypeError);
    }
    expect(JSON.stringify(env.saveState?.())).toBe(before);
  });

  test("draws itself before and after the first reset", () => {
    const env = made(id);
    expect(typeof env.renderText?.()).toBe("string");
    expect(env.renderSvg?.()).toMatch(/^<rect width="600" height="400"/);
    env.reset({ seed: 0 });
    run(env, new Pcg64(0), 20);
    expect(env.renderText?.().length).toBeGreaterThan(5);
    expect(env.renderSvg?.()).not.toMatch(/NaN|undefined/);
  });
});

describe("messages", () => {
  test("an action outside a Discrete space", () => {
    const env = new CartPole();
    env.reset({ seed: 0 });
    expect(() => env.step(7)).toThrow(
      new RangeError("CartPole.step: action expected an integer in 0..1, got 7. Take it from the actionSpace."),
    );
    expect(() => env.step("left" as never)).toThrow(
      new TypeError('CartPole.step: action expected an integer in 0..1, got "left". Take it from the actionSpace.'),
    );
  });

  test("an action outside a Box space", () => {
    const env = new Pendulum();
    env.reset({ seed: 0 });
    expect(() => env.step([NaN])).toThrow(
      new RangeError(
        "Pendulum.step: action expected a finite number at index 0, got NaN. Take it from the actionSpace.",
      ),
    );
    expect(() => env.step(1 as never)).toThrow(
      new TypeError("Pendulum.step: action expected 1 numbers, got 1. Take it from the actionSpace."),
    );
  });

  test("bounds of the start state", () => {
    const env = new MountainCar();
    expect(() => env.reset({ options: { low: 1, high: 0 } })).toThrow(
      new RangeError("MountainCar.reset: low expected at most high, got 1 > 0. Give both bounds."),
    );
    expect(() => env.reset({ options: { low: "x" } })).toThrow(
      new TypeError('MountainCar.reset: low expected a number, got "x". Pass a finite number.'),
    );
    expect(() => env.reset({ options: { lo: 1 } })).toThrow(
      new RangeError('MountainCar.reset: option expected a known name, got "lo". Did you mean low?'),
    );
  });

  test("a state of another environment", () => {
    const state = new MountainCar().saveState();
    expect(() => new CartPole().loadState(state)).toThrow(
      new TypeError(
        'CartPole.loadState: state expected one saved by CartPole with the same options, got "MountainCar". ' +
          "Load it into the kind of environment that saved it.",
      ),
    );
  });
});
