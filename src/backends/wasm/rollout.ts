// Returns and advantages of a rollout on the engine: addresses for assembly/kernels/rollout.ts.

import type { EngineExports } from "#engine";
import type { Engine } from "../../engine/engine.ts";
import type {
  GeneralizedAdvantages,
  LambdaReturns,
  NStepAdvantages,
  RolloutOperations,
  VTraceAdvantages,
} from "../../operations/rollout.ts";
import { addressOf, strideOf } from "./handles.ts";

export class WasmRollout implements RolloutOperations {
  readonly #kernel: EngineExports;

  constructor(engine: Engine) {
    this.#kernel = engine.exports;
  }

  lambdaReturns(steps: number, rollout: LambdaReturns): void {
    this.#kernel.rollout_lambda_returns(
      steps,
      strideOf(rollout.reward),
      addressOf(rollout.reward),
      addressOf(rollout.nextMaxQ),
      addressOf(rollout.terminated),
      addressOf(rollout.truncated),
      rollout.discount,
      rollout.lambda,
      1 - rollout.lambda,
      addressOf(rollout.returns),
    );
  }

  gae(steps: number, rollout: GeneralizedAdvantages): void {
    this.#kernel.rollout_gae(
      steps,
      strideOf(rollout.reward),
      addressOf(rollout.reward),
      addressOf(rollout.value),
      addressOf(rollout.nextValue),
      addressOf(rollout.terminated),
      addressOf(rollout.truncated),
      rollout.discount,
      rollout.discount * rollout.lambda,
      addressOf(rollout.advantage),
      addressOf(rollout.returns),
    );
  }

  nStepAdvantages(steps: number, rollout: NStepAdvantages): void {
    this.#kernel.rollout_n_step(
      steps,
      strideOf(rollout.reward),
      rollout.horizon,
      addressOf(rollout.reward),
      addressOf(rollout.value),
      addressOf(rollout.nextValue),
      addressOf(rollout.terminated),
      addressOf(rollout.truncated),
      rollout.discount,
      addressOf(rollout.advantage),
      addressOf(rollout.returns),
    );
  }

  vTrace(steps: number, rollout: VTraceAdvantages): void {
    this.#kernel.rollout_v_trace(
      steps,
      strideOf(rollout.reward),
      addressOf(rollout.reward),
      addressOf(rollout.value),
      addressOf(rollout.nextValue),
      addressOf(rollout.terminated),
      addressOf(rollout.truncated),
      addressOf(rollout.logProbability),
      addressOf(rollout.behaviourLogProbability),
      rollout.discount,
      rollout.discount * rollout.lambda,
      rollout.rhoBar,
      rollout.cBar,
      addressOf(rollout.advantage),
      addressOf(rollout.returns),
    );
  }
}
