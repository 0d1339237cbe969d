// What `make` gives for the names of the games: apart from the games, so that the registry knows the types alone.

import type { ArcadeOptions, RampingArcadeOptions } from "./arcade-game.ts";

/** Observation, action and options of the games. */
export interface ArcadeEnvs {
  "Bricks-v0": [Uint8Array, number, ArcadeOptions];
  "Invasion-v0": [Uint8Array, number, RampingArcadeOptions];
  "RoadCrossing-v0": [Uint8Array, number, ArcadeOptions];
  "TreasureHunt-v0": [Uint8Array, number, RampingArcadeOptions];
  "Submarine-v0": [Uint8Array, number, RampingArcadeOptions];
}
