import { expect, test } from "vitest";
import { DQN, type DQNOptions } from "../../../src/agents/deep-q/dqn.ts";
import { make } from "../../../src/envs/registry.ts";
import { DivergenceError } from "../../../src/errors.ts";
import { FiniteGuard } from "../../../src/training/callbacks/finite-guard.ts";

const OPTIONS: DQNOptions = {
  preset: false,
  batchSize: 4,
  warmupSteps: 8,
  trainIntervalSteps: 1,
  network: { hidden: [4] },
};

test("lets a sound run go on", () => {
  const run = new DQN(make("CartPole-v1"), OPTIONS).learnSync(50, { callbacks: [new FiniteGuard({ everySteps: 1 })] });
  expect(run.stopped).toBe("completed");
});

test("stops at the very step whose update broke the weights", () => {
  // The loss before that update was finite: DQN's own check would notice one update later.
  const options: DQNOptions = { ...OPTIONS, learningRate: 1e39, optimizer: "sgd", maxGradientNorm: null };
  const agent = new DQN(make("CartPole-v1"), options);
  expect(() => agent.learnSync(500, { callbacks: [new FiniteGuard({ everySteps: 1 })] })).toThrow(
    new DivergenceError(
      "FiniteGuard: weights expected finite numbers, got NaN or infinity at environment step 8 (update 1). Likely cause: a learning rate of 1e+39; lower it. The last checkpoint before it is good.",
    ),
  );
});

test("says where, and the likely cause by the run's own numbers", () => {
  const messageFor = (options: DQNOptions): string => {
    const agent = new DQN(make("CartPole-v1"), { ...OPTIONS, ...options });
    agent.learnSync(20);
    agent.hasFiniteWeights = () => false;
    try {
      agent.learnSync(10, { callbacks: [new FiniteGuard({ everySteps: 10 })] });
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };
  const start =
    "FiniteGuard: weights expected finite numbers, got NaN or infinity at environment step 30 (update 23). Likely cause: ";
  const end = ". The last checkpoint before it is good.";
  expect(messageFor({ learningRate: 0.5 })).toBe(`${start}a learning rate of 0.5; lower it${end}`);
  expect(messageFor({ maxGradientNorm: null })).toBe(`${start}unclipped gradients; set maxGradientNorm${end}`);
  expect(messageFor({})).toBe(`${start}a learning rate too high or rewards too large; lower them${end}`);
});

test("refuses an interval of 0", () => {
  expect(() => new FiniteGuard({ everySteps: 0 })).toThrow(
    "FiniteGuard: everySteps expected an integer at least 1, got 0. It counts environment steps.",
  );
});
