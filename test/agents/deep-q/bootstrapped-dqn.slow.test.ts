import { expect, test } from "vitest";
import { BootstrappedDQN } from "../../../src/agents/deep-q/bootstrapped-dqn.ts";
import { registerDiagnostics } from "../../../src/envs/diagnostics/index.ts";
import { make } from "../../../src/envs/registry.ts";

registerDiagnostics();

test.each([0, 1])(
  "priors find DeepSea's treasure of 10 rows within 500 episodes, no priors find nothing: seed %i",
  (seed) => {
    const dive = (priorScale: number): number => {
      const options = { seed, totalSteps: 5000, network: { hidden: [32, 32] }, ensemble: { priorScale } };
      const agent = new BootstrappedDQN(make("DeepSea-v0"), options);
      agent.learnSync(5000);
      return agent.evaluateSync(() => make("DeepSea-v0"), { episodes: 1 }).mean;
    };
    expect(dive(3)).toBeCloseTo(0.99, 6);
    expect(dive(0)).toBeLessThanOrEqual(0);
  },
);
