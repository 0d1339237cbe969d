// The default backend with all groups of operations.

import type { Engine, EngineBinary } from "../../engine/engine.ts";
import { WasmActionDistribution } from "./action-distribution.ts";
import { WasmPolicyLoss } from "./policy-loss.ts";
import { WasmRecurrent } from "./recurrent.ts";
import { WasmRollout } from "./rollout.ts";
import { WasmStateNoise } from "./state-noise.ts";
import { WasmValueBackend } from "./value-backend.ts";

export class WasmBackend extends WasmValueBackend {
  readonly #recurrent: WasmRecurrent;
  readonly #actionDistribution: WasmActionDistribution;
  readonly #stateNoise: WasmStateNoise;
  readonly #policyLoss: WasmPolicyLoss;
  readonly #rollout: WasmRollout;

  /** @param engine a binary, or an engine whose memory no other backend uses */
  constructor(engine?: EngineBinary | Engine) {
    super(engine);
    this.#recurrent = new WasmRecurrent(this.engine);
    this.#actionDistribution = new WasmActionDistribution(this.engine);
    this.#stateNoise = new WasmStateNoise(this.engine);
    this.#policyLoss = new WasmPolicyLoss(this.engine);
    this.#rollout = new WasmRollout(this.engine);
  }

  override get recurrent(): WasmRecurrent {
    return this.#recurrent;
  }

  override get actionDistribution(): WasmActionDistribution {
    return this.#actionDistribution;
  }

  override get stateNoise(): WasmStateNoise {
    return this.#stateNoise;
  }

  override get policyLoss(): WasmPolicyLoss {
    return this.#policyLoss;
  }

  override get rollout(): WasmRollout {
    return this.#rollout;
  }
}
