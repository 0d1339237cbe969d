// Types that `make` returns and accepts for each game id. They lie apart from the games: the registry then imports types only.

import type { ArcadeOptions, RampingArcadeOptions } from "./arcade-game.ts";

/** Types of observation, action and options, by id of the game. */
export interface ArcadeEnvs {
  "Bricks-v0": [Uint8Array, number, ArcadeOptions];
  "Invasion-v0": [Uint8Array, number, RampingArcadeOptions];
  "RoadCrossing-v0": [Uint8Array, number, ArcadeOptions];
  "TreasureHunt-v0": [Uint8Array, number, RampingArcadeOptions];
  "Submarine-v0": [Uint8Array, number, RampingArcadeOptions];
}
