import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { RunFolder } from "../../src/cli/run-folder.ts";
import { EPISODE_LENGTH, EPISODE_RETURN, EVALUATION_MEAN, RunLog } from "../../src/cli/run-log.ts";
import { temporaryFolder } from "./run-cli.ts";

const episode = (log: RunLog, step: number, value: number): void =>
  log.log(step, step / 100, { [EPISODE_RETURN]: value, [EPISODE_LENGTH]: 10 });

test("a log that was cut back to a checkpoint ends as one that was never interrupted", async () => {
  const [whole, cut] = [new RunFolder(temporaryFolder()), new RunFolder(temporaryFolder())];
  let lengths: Record<string, number> = {};
  for (const folder of [whole, cut]) {
    const log = await RunLog.open(folder);
    log.begin(["loss"]);
    episode(log, 10, 1);
    log.log(20, 0.2, { [EVALUATION_MEAN]: 3, "train/loss": 0.5 });
    lengths = log.flush();
    episode(log, 30, folder === whole ? 2 : 99);
    log.close();
  }
  const resumed = await RunLog.open(cut, lengths);
  expect(resumed.curve).toEqual({ episodes: [[10, 1]], evaluations: [[20, 3]] });
  resumed.begin(["loss"]);
  episode(resumed, 30, 2);
  resumed.close();
  for (const name of ["log.csv", "log.jsonl"]) {
    expect(readFileSync(cut.filePath(name), "utf8")).toBe(readFileSync(whole.filePath(name), "utf8"));
  }
  expect(resumed.curve.episodes).toEqual([
    [10, 1],
    [30, 2],
  ]);
});
