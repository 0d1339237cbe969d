import { expect, test } from "vitest";
import { CliffWalking } from "../../../src/envs/cliff-walking.ts";
import { EpisodeStatistics } from "../../../src/envs/wrappers/episode-statistics.ts";
import { TimeLimit } from "../../../src/envs/wrappers/time-limit.ts";

test("reports return and length of each episode in its last info", () => {
  const env = new EpisodeStatistics(new TimeLimit(new CliffWalking(), { maxEpisodeSteps: 4 }));
  for (let episode = 0; episode < 2; episode++) {
    env.reset({ seed: 0 });
    const infos = [1, 0, 0, 0].map((action) => env.step(action).info);
    expect(infos.slice(0, 3).every((info) => info.episode === undefined)).toBe(true);
    expect(infos[3]).toEqual({ prob: 1, episode: { return: -103, length: 4 } });
  }
});
