// The groups of operations that WGSL does not have: asking for one is an error that says what to do instead.

import type { ConvolutionOperations } from "../../convolution-operations.ts";
import type { DistributionalOperations } from "../../distributional-operations.ts";
import { UnsupportedError } from "../../errors.ts";
import type { NoiseOperations } from "../../noise-operations.ts";
import type { PolicyOperations } from "../../policy-operations.ts";
import type { PriorityOperations } from "../../priority-operations.ts";
import type { RecurrentOperations } from "../../recurrent-operations.ts";
import type { RolloutOperations } from "../../rollout-operations.ts";

export function unsupported(what: string, advice: string): UnsupportedError {
  return new UnsupportedError(
    `webgpu: backend expected to be asked for what it can do, got ${what}. ${advice}, or choose backend "wasm".`,
  );
}

export abstract class UnsupportedGroups {
  get convolution(): ConvolutionOperations {
    throw unsupported("convolutional layers", "Use dense layers");
  }

  get noise(): NoiseOperations {
    throw unsupported("noisy layers", "Explore by epsilon");
  }

  get distributional(): DistributionalOperations {
    throw unsupported("distributions of returns", "Leave distribution out");
  }

  get priorities(): PriorityOperations {
    throw unsupported("prioritized replay", 'Use replay: "uniform"');
  }

  get rollout(): RolloutOperations {
    throw unsupported("rollouts", "Use an agent with replay");
  }

  get policy(): PolicyOperations {
    throw unsupported("a policy of its own", "Use an agent of the DQN family");
  }

  get recurrent(): RecurrentOperations {
    throw unsupported("recurrent layers", "Leave network.recurrent out");
  }
}
