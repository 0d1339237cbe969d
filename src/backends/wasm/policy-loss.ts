// Losses of a policy and its value function on the engine: addresses for assembly/kernels/policy-loss.ts.

import type { EngineExports } from "#engine";
import type { Engine } from "../../engine/engine.ts";
import type { PolicyLoss, PolicyLossOperations, ValueLoss } from "../../operations/policy-loss.ts";
import { addressOf } from "./handles.ts";

export class WasmPolicyLoss implements PolicyLossOperations {
  readonly #kernel: EngineExports;

  constructor(engine: Engine) {
    this.#kernel = engine.exports;
  }

  surrogate(rows: number, loss: PolicyLoss): void {
    this.#kernel.policy_loss_surrogate(
      rows,
      addressOf(loss.logProbability),
      addressOf(loss.oldLogProbability),
      addressOf(loss.advantage),
      addressOf(loss.entropy),
      loss.clip,
      addressOf(loss.dLogProbability),
      addressOf(loss.metrics),
    );
  }

  value(rows: number, loss: ValueLoss): void {
    this.#kernel.policy_loss_value(
      rows,
      addressOf(loss.value),
      addressOf(loss.target),
      addressOf(loss.oldValue),
      loss.clip,
      2 * loss.weight,
      addressOf(loss.dValue),
      addressOf(loss.metrics),
    );
  }
}
