import { expect, test } from "vitest";
import { CartPole } from "../../../src/envs/cart-pole.ts";
import {
  BitFlip,
  Catch,
  DeepSea,
  MemoryChain,
  NChain,
  registerDiagnostics,
  UmbrellaChain,
} from "../../../src/envs/diagnostics/index.ts";
import { Pendulum } from "../../../src/envs/pendulum.ts";
import { make, registeredIds } from "../../../src/envs/registry.ts";
import { unwrap } from "../../../src/envs/wrappers/wrapper.ts";

const PROBLEMS = [
  ["BitFlip-v0", BitFlip, 10],
  ["DeepSea-v0", DeepSea, undefined],
  ["Catch-v0", Catch, undefined],
  ["MemoryChain-v0", MemoryChain, undefined],
  ["UmbrellaChain-v0", UmbrellaChain, undefined],
  ["NChain-v0", NChain, 1000],
  ["CartPoleNoVel-v1", CartPole, 500],
  ["PendulumNoVel-v1", Pendulum, 200],
] as const;

test("registers the problems when asked to, not when imported, and once", () => {
  const before = registeredIds();
  expect(before).not.toContain("BitFlip-v0");
  registerDiagnostics();
  registerDiagnostics();
  expect(registeredIds()).toEqual([...before, ...PROBLEMS.map(([id]) => id)]);
  for (const [id, problem, limit] of PROBLEMS) {
    const env = make(id);
    expect(unwrap(env)).toBeInstanceOf(problem);
    expect(env.spec?.maxEpisodeSteps).toBe(limit);
  }
  expect(() => make("NChain-v0", { links: 7 } as never)).toThrow(
    /^make NChain-v0: option expected a known name, got "links"\./,
  );
});

test("hides what moves in CartPole and Pendulum, and nothing else", () => {
  registerDiagnostics();
  for (const [id, whole, action, shown] of [
    ["CartPoleNoVel-v1", "CartPole-v1", 1, [0, 2]],
    ["PendulumNoVel-v1", "Pendulum-v1", [0.5], [0, 1]],
  ] as const) {
    const [env, open] = [make(id), make(whole)];
    expect(Array.from(env.reset({ seed: 3 }).observation as Float32Array).length).toBe(2);
    open.reset({ seed: 3 });
    for (let i = 0; i < 5; i++) {
      const [result, other] = [env.step(action), open.step(action)];
      const all = other.observation as Float32Array;
      expect(Array.from(result.observation as Float32Array)).toEqual(shown.map((entry) => all[entry]));
      expect(result.reward).toBe(other.reward);
    }
  }
});
