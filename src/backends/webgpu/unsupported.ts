// Operations that this backend does not have. Their use is an error that names a way out.

import { UnsupportedError } from "../../errors.ts";
import type { ActionDistributionOperations } from "../../operations/action-distribution.ts";
import type { ConvolutionOperations } from "../../operations/convolution.ts";
import type { NoiseOperations } from "../../operations/noise.ts";
import type { PolicyLossOperations } from "../../operations/policy-loss.ts";
import type { PriorityOperations } from "../../operations/priorities.ts";
import type { RecurrentOperations } from "../../operations/recurrent.ts";
import type { ReturnDistributionOperations } from "../../operations/return-distribution.ts";
import type { RolloutOperations } from "../../operations/rollout.ts";
import type { StateNoiseOperations } from "../../operations/state-noise.ts";

export function unsupported(what: string, advice: string): UnsupportedError {
  return new UnsupportedError(
    `webgpu: backend expected to be asked for what it can do, got ${what}. ${advice}, or choose backend "wasm".`,
  );
}

/** Groups of operations that this backend lacks entirely. */
export abstract class UnsupportedGroups {
  get convolution(): ConvolutionOperations {
    throw unsupported("convolutional layers", "Use dense layers");
  }

  get noise(): NoiseOperations {
    throw unsupported("noisy layers", "Explore by epsilon");
  }

  get returnDistribution(): ReturnDistributionOperations {
    throw unsupported("distributions of returns", "Leave distribution out");
  }

  get priorities(): PriorityOperations {
    throw unsupported("prioritized replay", 'Use replay: "uniform"');
  }

  get rollout(): RolloutOperations {
    throw unsupported("rollouts", "Use an agent with replay");
  }

  get actionDistribution(): ActionDistributionOperations {
    throw unsupported("a policy of its own", "Use an agent of the DQN family");
  }

  get stateNoise(): StateNoiseOperations {
    throw unsupported("a policy of its own", "Use an agent of the DQN family");
  }

  get policyLoss(): PolicyLossOperations {
    throw unsupported("a policy of its own", "Use an agent of the DQN family");
  }

  get recurrent(): RecurrentOperations {
    throw unsupported("recurrent layers", "Leave network.recurrent out");
  }
}
