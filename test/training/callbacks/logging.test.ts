import { expect, test } from "vitest";
import { DQN, type DQNOptions } from "../../../src/agents/deep-q/dqn.ts";
import { make } from "../../../src/envs/registry.ts";
import type { LogRecord } from "../../../src/logger.ts";
import { LogCallback } from "../../../src/training/callbacks/logging.ts";

const OPTIONS: DQNOptions = {
  preset: false,
  batchSize: 4,
  warmupSteps: 30,
  trainIntervalSteps: 1,
  network: { hidden: [4] },
};

function collector(): { records: LogRecord[]; flushes: number; log(record: LogRecord): void; flush(): void } {
  return {
    records: [],
    flushes: 0,
    log(record) {
      this.records.push(record);
    },
    flush() {
      this.flushes++;
    },
  };
}
const withoutTime = (records: LogRecord[]): object[] =>
  records.map(({ step, values: { "time/stepsPerSecond": _, ...values } }) => ({ step, ...values }));

test("logs at fixed steps the same values, in one go or resumed", () => {
  const whole = collector();
  new DQN(make("CartPole-v1"), OPTIONS).learnSync(100, {
    callbacks: [new LogCallback({ logger: whole, everySteps: 20 })],
  });
  expect(whole.records.map(({ step }) => step)).toEqual([20, 40, 60, 80, 100]);
  expect(whole.flushes).toBe(1);
  const cut = collector();
  const first = new DQN(make("CartPole-v1"), OPTIONS);
  first.learnSync(50, { callbacks: [new LogCallback({ logger: cut, everySteps: 20 })] });
  const rest = DQN.load(first.save(), { env: make("CartPole-v1") });
  rest.learnSync(50, { callbacks: [new LogCallback({ logger: cut, everySteps: 20 })] });
  expect(withoutTime(cut.records)).toEqual(withoutTime(whole.records));
});

test("every record has the same keys; what is not known yet is NaN", () => {
  const logger = collector();
  new DQN(make("CartPole-v1", { maxEpisodeSteps: 3 }), OPTIONS).learnSync(60, {
    callbacks: [new LogCallback({ logger, everySteps: 2 })],
  });
  const keys = [
    "rollout/return",
    "rollout/length",
    "rollout/meanReturn",
    "train/episodes",
    "train/updates",
    "train/loss",
    "train/meanQ",
    "train/gradientNorm",
    "train/epsilon",
    "train/learningRate",
    "time/stepsPerSecond",
  ];
  for (const { values } of logger.records) expect(Object.keys(values)).toEqual(keys);
  const [first] = logger.records;
  expect(first.values).toMatchObject({ "rollout/return": Number.NaN, "train/loss": Number.NaN, "train/updates": 0 });
  const last = logger.records.at(-1)!;
  expect(last.values).toMatchObject({
    "rollout/return": 3,
    "rollout/length": 3,
    "rollout/meanReturn": 3,
    "train/episodes": 20,
  });
  expect(last.values["train/loss"]).toBeGreaterThanOrEqual(0);
  expect(last.values["time/stepsPerSecond"]).toBeGreaterThan(0);
  expect(last.seconds).toBeGreaterThan(first.seconds);
});

test("refuses something that is no logger", () => {
  expect(() => new LogCallback({ logger: console.log } as never)).toThrow(
    new TypeError("LogCallback: logger expected a Logger, got function log. It has a method log(record)."),
  );
});
