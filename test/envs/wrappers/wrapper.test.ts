import { describe, expect, test } from "vitest";
import { Pcg64 } from "../../../src/engine/random.ts";
import type { Env, SyncEnv } from "../../../src/env.ts";
import { CartPole } from "../../../src/envs/cart-pole.ts";
import { MountainCar } from "../../../src/envs/mountain-car.ts";
import { EpisodeStatistics } from "../../../src/envs/wrappers/episode-statistics.ts";
import { FrameSkip } from "../../../src/envs/wrappers/frame-skip.ts";
import { FrameStack } from "../../../src/envs/wrappers/frame-stack.ts";
import { ObservationNormalisation } from "../../../src/envs/wrappers/observation-normalisation.ts";
import { ObservationRescaling } from "../../../src/envs/wrappers/observation-rescaling.ts";
import { ObservationSelection } from "../../../src/envs/wrappers/observation-selection.ts";
import { RewardClipping } from "../../../src/envs/wrappers/reward-clipping.ts";
import { RewardNormalisation } from "../../../src/envs/wrappers/reward-normalisation.ts";
import { RewardScaling } from "../../../src/envs/wrappers/reward-scaling.ts";
import { TimeLimit } from "../../../src/envs/wrappers/time-limit.ts";
import { unwrap } from "../../../src/envs/wrappers/wrapper.ts";
import { run } from "../every-env.ts";
import { PromisedEnv } from "./promised-env.ts";

const WRAPPERS: readonly (readonly [string, <Inner extends Env>(env: Inner) => Env])[] = [
  ["TimeLimit", (env) => new TimeLimit(env, { maxEpisodeSteps: 20 })],
  ["FrameStack", (env) => new FrameStack(env, { frames: 3 })],
  ["ObservationNormalisation", (env) => new ObservationNormalisation(env)],
  ["ObservationRescaling", (env) => new ObservationRescaling(env)],
  ["ObservationSelection", (env) => new ObservationSelection(env, { entries: [1] })],
  ["FrameSkip", (env) => new FrameSkip(env, { frames: 2, takeMaximum: true })],
  ["RewardNormalisation", (env) => new RewardNormalisation(env)],
  ["RewardScaling", (env) => new RewardScaling(env, { scale: 0.5 })],
  ["RewardClipping", (env) => new RewardClipping(env, { low: -0.5, high: 0.5 })],
  ["EpisodeStatistics", (env) => new EpisodeStatistics(env)],
];

describe.each(WRAPPERS)("%s", (_name, wrap) => {
  test("gives an asynchronous environment the results of a synchronous one", async () => {
    const direct = wrap(new TimeLimit(new MountainCar(), { maxEpisodeSteps: 30 })) as SyncEnv;
    const promised = wrap(new PromisedEnv(new TimeLimit(new MountainCar(), { maxEpisodeSteps: 30 })));
    const answer = promised.reset({ seed: 1 });
    expect(answer).toBeInstanceOf(Promise);
    expect(await answer).toEqual(direct.reset({ seed: 1 }));
    for (let i = 0; i < 40; i++) {
      const result = direct.step(i % 3);
      expect(await promised.step(i % 3)).toEqual(result);
      if (result.terminated || result.truncated) expect(await promised.reset()).toEqual(direct.reset());
    }
  });

  test("continues bit-identically from a saved state", () => {
    const build = (): SyncEnv => wrap(new TimeLimit(new MountainCar(), { maxEpisodeSteps: 30 })) as SyncEnv;
    const env = build();
    env.reset({ seed: 1 });
    run(env, new Pcg64(0), 17);
    const state = JSON.parse(JSON.stringify(env.saveState?.()));
    const rest = run(env, new Pcg64(1), 80);
    const other = build();
    other.loadState?.(state);
    expect(run(other, new Pcg64(1), 80)).toEqual(rest);
  });

  test("has the optional methods of what it wraps, and no others", () => {
    const bare = wrap(new PromisedEnv(new MountainCar()));
    const full = wrap(new MountainCar());
    for (const method of ["saveState", "loadState", "renderText", "renderSvg", "close"] as const) {
      expect(bare[method]).toBeUndefined();
    }
    for (const method of ["saveState", "loadState", "renderText", "renderSvg"] as const) {
      expect(typeof full[method]).toBe("function");
    }
    expect(full.close).toBeUndefined();
  });

  test("refuses a state of something else and changes nothing", () => {
    const env = wrap(new MountainCar()) as SyncEnv;
    env.reset({ seed: 1 });
    run(env, new Pcg64(0), 5);
    const good = env.saveState?.() as object;
    const before = JSON.stringify(good);
    for (const bad of [null, {}, { ...good, wrapper: "Other" }, { ...good, own: "x" }, { ...good, env: null }]) {
      expect(() => env.loadState?.(bad)).toThrow(TypeError);
    }
    expect(JSON.stringify(env.saveState?.())).toBe(before);
  });

  test("can be taken off", () => {
    const inner = new MountainCar();
    expect(unwrap(wrap(new TimeLimit(inner, { maxEpisodeSteps: 5 })))).toBe(inner);
  });
});

test("a rejected promise of the environment reaches the caller", async () => {
  const env = new TimeLimit(new PromisedEnv(new CartPole()), { maxEpisodeSteps: 5 });
  await expect(env.step(0)).rejects.toThrow("CartPole.step: episode expected one begun by reset, got none.");
});

test("says which wrapper a state does not fit", () => {
  const env = new RewardClipping(new CartPole());
  const state = new RewardScaling(new CartPole(), { scale: 2 }).saveState?.();
  expect(() => env.loadState?.(state)).toThrow(
    new TypeError(
      'RewardClipping.loadState: state expected one saved by RewardClipping, got "RewardScaling". ' +
        "Wrap the environment as it was when saved.",
    ),
  );
});

test("passes close on", () => {
  let closed = 0;
  const inner: Env = Object.assign(new PromisedEnv(new CartPole()), { close: () => void closed++ });
  new EpisodeStatistics(new TimeLimit(inner, { maxEpisodeSteps: 5 })).close?.();
  expect(closed).toBe(1);
});
