// The public API of "bellwether/arcade": five arcade games on 10 x 10 squares.

import { builtIn, type Provided, provide } from "../registry.ts";
import type { ArcadeEnvs } from "./arcade-envs.ts";
import { Bricks } from "./bricks.ts";
import { Invasion } from "./invasion.ts";
import { RoadCrossing } from "./road-crossing.ts";
import { Submarine } from "./submarine.ts";
import { TreasureHunt } from "./treasure-hunt.ts";

export type { ArcadeOptions, ArcadePlane, RampingArcadeOptions } from "./arcade-game.ts";
export { Bricks, Invasion, RoadCrossing, Submarine, TreasureHunt };

/**
 * Registers the games for `make`: "Bricks-v0", "Invasion-v0", "RoadCrossing-v0", "TreasureHunt-v0" and "Submarine-v0".
 * A second call changes nothing.
 */
export function registerArcade(): void {
  const games: Provided<ArcadeEnvs> = {
    "Bricks-v0": builtIn(Bricks, { maxEpisodeSteps: 5000 }),
    "Invasion-v0": builtIn(Invasion, { maxEpisodeSteps: 5000 }),
    "RoadCrossing-v0": builtIn(RoadCrossing, { maxEpisodeSteps: 2500 }),
    "TreasureHunt-v0": builtIn(TreasureHunt, { maxEpisodeSteps: 5000 }),
    "Submarine-v0": builtIn(Submarine, { maxEpisodeSteps: 5000 }),
  };
  provide(games);
}
