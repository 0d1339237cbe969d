// The three logs of a run, and the same numbers in memory for its curve. The record of a step depends on the step alone.
// So a resumed run, whose logs are cut back to the checkpoint, writes the same records as an uninterrupted run.

import { statSync, truncateSync } from "node:fs";
import { CsvLog } from "../formats/csv-log.ts";
import { JsonlLog } from "../formats/jsonl-log.ts";
import { TensorboardLog, tensorboardFileName } from "../formats/tensorboard-log.ts";
import type { Logger } from "../logger.ts";
import { FileSink } from "../node/index.ts";
import { type Curve, readCurve } from "./learning-curve.ts";
import { FILES, type RunFolder } from "./run-folder.ts";

export const EPISODE_RETURN = "rollout/return";
export const EPISODE_LENGTH = "rollout/length";
export const EVALUATION_MEAN = "eval/mean";
const EVALUATION_COLUMNS = [EVALUATION_MEAN, "eval/std", "eval/min", "eval/max"];

export class RunLog {
  readonly curve: Curve;
  readonly #sinks: ReadonlyMap<string, FileSink>;
  #loggers: readonly Logger[] = [];

  constructor(folder: RunFolder, names: readonly string[], curve: Curve) {
    this.curve = curve;
    this.#sinks = new Map(names.map((name) => [name, new FileSink(folder.filePath(name))]));
  }

  /**
   * Opens the logs and cuts them back to the lengths at the checkpoint.
   * @param bytes length of each log at the checkpoint, by file name. Default: {}, for a new run.
   */
  static async open(folder: RunFolder, bytes: Readonly<Record<string, number>> = {}): Promise<RunLog> {
    for (const [name, length] of Object.entries(bytes)) {
      const path = folder.filePath(name);
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > length) truncateSync(path, length);
    }
    const events = Object.keys(bytes).find((name) => name.includes("tfevents")) ?? tensorboardFileName();
    const curve = readCurve((await folder.readText(FILES.jsonl)) ?? "");
    return new RunLog(folder, [FILES.csv, FILES.jsonl, events], curve);
  }

  /** Starts the loggers. @param metrics names of the algorithm's metrics, which become columns of the CSV */
  begin(metrics: readonly string[]): void {
    const [csv, jsonl, events] = this.#sinks.values();
    const training = [...metrics, "episodes", "updates"].map((name) => `train/${name}`);
    const columns = [EPISODE_RETURN, EPISODE_LENGTH, ...EVALUATION_COLUMNS, ...training];
    this.#loggers = [new CsvLog(csv, { columns }), new JsonlLog(jsonl), new TensorboardLog(events)];
  }

  log(step: number, seconds: number, values: Readonly<Record<string, number>>): void {
    if (EPISODE_RETURN in values) this.curve.episodes.push([step, values[EPISODE_RETURN]]);
    if (EVALUATION_MEAN in values) this.curve.evaluations.push([step, values[EVALUATION_MEAN]]);
    const record = { step, seconds: Number(seconds.toFixed(3)), values };
    for (const logger of this.#loggers) logger.log(record);
  }

  /** Writes all records to the disk. @returns the length of each log in bytes, by file name */
  flush(): Record<string, number> {
    const lengths: Record<string, number> = {};
    for (const [name, sink] of this.#sinks) {
      sink.flush();
      lengths[name] = statSync(sink.path).size;
    }
    return lengths;
  }

  close(): void {
    for (const sink of this.#sinks.values()) sink.close();
  }
}
