import { describe, expect, test } from "vitest";
import { Pcg64 } from "../../../src/engine/random.ts";
import { type ArcadeGame, CELLS, STAY } from "../../../src/envs/arcade/arcade-game.ts";
import { Bricks } from "../../../src/envs/arcade/bricks.ts";
import { registerArcade } from "../../../src/envs/arcade/index.ts";
import { Invasion } from "../../../src/envs/arcade/invasion.ts";
import { RoadCrossing } from "../../../src/envs/arcade/road-crossing.ts";
import { Submarine } from "../../../src/envs/arcade/submarine.ts";
import { TreasureHunt } from "../../../src/envs/arcade/treasure-hunt.ts";
import { make } from "../../../src/envs/registry.ts";
import { numbersOf } from "./episode.ts";
import { randomPolicy, SCRIPTED } from "./scripted-policies.ts";

registerArcade();

const GAMES: readonly (readonly [string, number, number, (options?: object) => ArcadeGame])[] = [
  ["Bricks-v0", 4, 3, (options) => new Bricks(options)],
  ["Invasion-v0", 6, 4, (options) => new Invasion(options)],
  ["RoadCrossing-v0", 7, 3, (options) => new RoadCrossing(options)],
  ["TreasureHunt-v0", 4, 5, (options) => new TreasureHunt(options)],
  ["Submarine-v0", 10, 6, (options) => new Submarine(options)],
];

/** Mean return of a policy over episodes from seed 0. */
function meanReturn(id: string, policy: (bits: Uint8Array) => number, episodes: number): number {
  const env = make(id);
  env.reset({ seed: 0 });
  let sum = 0;
  for (let episode = 0; episode < episodes; episode++) {
    let bits = env.reset().observation as Uint8Array;
    for (;;) {
      const { observation, reward, terminated, truncated } = env.step(policy(bits));
      sum += reward;
      bits = observation as Uint8Array;
      if (terminated || truncated) break;
    }
  }
  return sum / episodes;
}

describe.each(GAMES)("%s", (id, planes, minimal, create) => {
  test("shows planes of bits, each with a name, a mark and a colour of its own", () => {
    const game = create();
    expect(game.observationSpace).toMatchObject({ kind: "box", shape: [planes, 10, 10], dtype: "uint8" });
    expect(game.planes).toHaveLength(planes);
    expect(new Set(game.planes.map(({ name }) => name)).size).toBe(planes);
    expect(new Set(game.planes.map(({ mark }) => mark)).size).toBe(planes);
    const seen = new Uint8Array(planes);
    const random = new Pcg64(5);
    game.reset({ seed: 5 });
    for (let i = 0; i < 20_000; i++) {
      const { observation, terminated } = game.step(random.integers(0, 6));
      for (let plane = 0; plane < planes; plane++) {
        if (seen[plane] === 0 && observation.subarray(plane * CELLS, (plane + 1) * CELLS).includes(1)) seen[plane] = 1;
      }
      if (terminated) game.reset();
    }
    expect(seen).toEqual(new Uint8Array(planes).fill(1));
  });

  test("keeps observations as they were", () => {
    const game = create();
    const random = new Pcg64(6);
    const kept = [game.reset({ seed: 6 }).observation];
    const copies = [kept[0].slice()];
    for (let i = 0; i < 60; i++) {
      const { observation, terminated } = game.step(random.integers(0, 6));
      kept.push(observation);
      copies.push(observation.slice());
      if (terminated) game.reset();
    }
    expect(kept).toEqual(copies);
  });

  test("takes all six actions, or with minimalActions those that do something", () => {
    expect(create().actionSpace.n).toBe(6);
    const game = create({ minimalActions: true });
    expect(game.actionSpace.n).toBe(minimal);
    game.reset({ seed: 0 });
    expect(() => game.step(minimal)).toThrow(RangeError);
  });

  test("plays on from a state that random play reaches, every number within its bounds", () => {
    const game = create();
    const other = create();
    const random = new Pcg64(7);
    game.reset({ seed: 7 });
    for (let i = 0; i < 3000; i++) {
      const { terminated } = game.step(random.integers(0, 6));
      other.loadState(game.saveState());
      expect(numbersOf(other)).toEqual(numbersOf(game));
      if (terminated) game.reset();
    }
  });

  test("refuses a state with a number out of bounds, and changes nothing", () => {
    const game = create();
    game.reset({ seed: 1 });
    const good = game.saveState() as { episode: number[] };
    const before = JSON.stringify(good);
    good.episode.forEach((_, i) => {
      for (const wrong of [-100, 1000, 0.5]) {
        const episode = good.episode.map((value, k) => (k === i ? wrong : value));
        expect(() => game.loadState({ ...good, episode })).toThrow(TypeError);
      }
    });
    expect(JSON.stringify(game.saveState())).toBe(before);
  });

  test("does nothing more after its end", () => {
    const game = create();
    const random = new Pcg64(8);
    game.reset({ seed: 8 });
    if (id === "RoadCrossing-v0") return;
    while (!game.step(random.integers(0, 6)).terminated);
    const before = JSON.stringify(game.saveState());
    expect(game.step(STAY)).toMatchObject({ reward: 0, terminated: true });
    expect(JSON.stringify(game.saveState())).toBe(before);
    expect(game.renderText()).toMatch(/\ngame over$/);
    expect(game.reset().observation.includes(1)).toBe(true);
    expect(game.renderText()).not.toMatch(/game over/);
  });

  test("is played far better by a policy that reads the planes than by chance", () => {
    const chance = meanReturn(id, randomPolicy(new Pcg64(1)), 20);
    expect(meanReturn(id, SCRIPTED[id], 4)).toBeGreaterThan(2 * chance + 5);
  });

  test("refuses bad options", () => {
    const { name } = create();
    expect(() => create({ stickyActionProbability: 2 })).toThrow(
      new RangeError(
        `${name}: stickyActionProbability expected a number at least 0 and at most 1, got 2. Default: 0.1.`,
      ),
    );
    expect(() => create({ minimalActions: 1 })).toThrow(
      new TypeError(`${name}: minimalActions expected true or false, got 1. Default: false.`),
    );
    expect(() => create({ stickyActions: 0.1 })).toThrow(RangeError);
  });
});

test("sticky actions repeat what was done last, with their probability", () => {
  const game = new Bricks({ stickyActionProbability: 0.3 });
  game.reset({ seed: 9 });
  let stuck = 0;
  let tried = 0;
  for (let i = 0; i < 4000; i++) {
    // Away from the edges the paddle shows what was done: left and right in turns, so that a repetition shows.
    const [paddle] = numbersOf(game);
    const last = (game.saveState() as { episode: number[] }).episode[1];
    const action = last === 1 ? 3 : 1;
    const { terminated } = game.step(action);
    const moved = numbersOf(game)[0] - paddle;
    if (paddle > 0 && paddle < 8 && last !== 0) {
      tried++;
      if (moved !== (action === 1 ? -1 : 1)) stuck++;
    }
    if (terminated) game.reset();
  }
  expect(tried).toBeGreaterThan(1000);
  // Four standard errors.
  expect(Math.abs(stuck / tried - 0.3)).toBeLessThan(4 * Math.sqrt(0.21 / tried));
});

test("never stick at probability 0, always at 1", () => {
  const paddles = (stickyActionProbability: number): number[] => {
    const game = new Bricks({ stickyActionProbability });
    game.reset({ seed: 0 });
    return [1, 1, 3, 0].map((action) => {
      game.step(action);
      return numbersOf(game)[0];
    });
  };
  expect(paddles(0)).toEqual([3, 2, 3, 3]);
  expect(paddles(1)).toEqual([4, 4, 4, 4]);
});
