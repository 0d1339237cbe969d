import { expect, test } from "vitest";
import {
  Bricks,
  Invasion,
  RoadCrossing,
  registerArcade,
  Submarine,
  TreasureHunt,
} from "../../../src/envs/arcade/index.ts";
import { make, registeredIds } from "../../../src/envs/registry.ts";
import { unwrap } from "../../../src/envs/wrappers/wrapper.ts";

const GAMES = [
  ["Bricks-v0", Bricks, 5000],
  ["Invasion-v0", Invasion, 5000],
  ["RoadCrossing-v0", RoadCrossing, 2500],
  ["TreasureHunt-v0", TreasureHunt, 5000],
  ["Submarine-v0", Submarine, 5000],
] as const;

test("registers the games when asked to, not when imported, and once", () => {
  const before = registeredIds();
  expect(before).not.toContain("Bricks-v0");
  registerArcade();
  registerArcade();
  expect(registeredIds()).toEqual([...before, ...GAMES.map(([id]) => id)]);
  for (const [id, game, limit] of GAMES) {
    const env = make(id, { minimalActions: true });
    expect(unwrap(env)).toBeInstanceOf(game);
    expect(env.spec).toEqual({ id, options: { minimalActions: true }, maxEpisodeSteps: limit });
  }
  expect(() => make("Bricks-v0", { difficultyRamping: true } as never)).toThrow(
    /^make Bricks-v0: option expected a known name, got "difficultyRamping"\./,
  );
});
