// Sarsa (Rummery & Niranjan 1994; Sutton & Barto 2018, section 6.4) with a table:
//
//   Q(s, a) += alpha (r + gamma Q(s', a') - Q(s, a)),   without the second term where the episode terminated
//
// a' is the action really taken next, so it learns the values of the policy that it follows, exploration included. A step
// therefore waits until the next one tells a'; where the episode was truncated, a' is drawn from the policy.

import { rejectUnknownOptions } from "../errors.ts";
import { type Checkpoint, type CheckpointTensor, damaged } from "../formats/checkpoint.ts";
import { choosePreset } from "../training/preset.ts";
import { openTabular, readTabularSettings, TabularAgent, type TabularOptions } from "../training/tabular-agent.ts";
import type { Workplace } from "../training/trainable-agent.ts";
import { SARSA_PRESETS } from "./sarsa-presets.ts";

export type SarsaOptions = TabularOptions;

export class Sarsa extends TabularAgent {
  readonly algorithm = "sarsa";
  /** s, a, r, s' of the step that waits for its a'; s is -1 when none waits. */
  readonly #waiting: Float64Array = Float64Array.of(-1, 0, 0, 0);

  /**
   * @param workplace an environment, or `{ observationSpace, actionSpace }`; observations Discrete or MultiDiscrete
   * @throws TypeError or RangeError when an option is unknown or out of range, or a space has no numbered values
   */
  constructor(workplace: Workplace, options: SarsaOptions = {}) {
    const preset = choosePreset("Sarsa", SARSA_PRESETS, workplace, options.preset);
    super("Sarsa", workplace, readTabularSettings("Sarsa", options, preset));
  }

  /** An agent from `save`'s bytes; see DQN.load. @throws CheckpointError */
  static load(bytes: Uint8Array, options: { readonly env?: Workplace } = {}): Sarsa {
    rejectUnknownOptions("Sarsa.load", options, ["env"]);
    const saved = openTabular("Sarsa", "sarsa", bytes, options.env);
    const agent = new Sarsa(saved.workplace, saved.options);
    agent.restore(saved.checkpoint);
    return agent;
  }

  protected learnFrom(
    state: number,
    action: number,
    reward: number,
    nextState: number,
    terminated: boolean,
    truncated: boolean,
  ): void {
    const waiting = this.#waiting;
    // A caller's steps may come from several episodes in turn: then nobody saw which a' followed.
    if (waiting[0] >= 0) this.#finish(waiting[3] === state ? action : this.draw(waiting[3], null));
    if (terminated) {
      this.move(state, action, reward);
      return;
    }
    waiting[0] = state;
    waiting[1] = action;
    waiting[2] = reward;
    waiting[3] = nextState;
    if (truncated) this.#finish(this.draw(nextState, null));
  }

  #finish(nextAction: number): void {
    const [state, action, reward, nextState] = this.#waiting;
    this.#waiting[0] = -1;
    this.move(state, action, reward + this.settings.discount * this.table.value(nextState, nextAction));
  }

  protected override forgetEpisode(): void {
    this.#waiting[0] = -1;
  }

  protected override state(contents: "run" | "policy"): { tensors: CheckpointTensor[]; data: Record<string, unknown> } {
    const { tensors, data } = super.state(contents);
    if (contents === "run") tensors.push({ name: "waiting", dtype: "F64", shape: [4], data: this.#waiting });
    return { tensors, data };
  }

  protected override restore(checkpoint: Checkpoint): void {
    if (checkpoint.contents === "run") {
      const saved = checkpoint.tensors.get("waiting")?.data;
      const limits = [this.table.states, this.table.actions, Number.POSITIVE_INFINITY, this.table.states];
      const fits = (value: number, i: number): boolean =>
        i === 2 ? Number.isFinite(value) : Number.isInteger(value) && value >= (i === 0 ? -1 : 0) && value < limits[i];
      if (!(saved instanceof Float64Array) || saved.length !== 4 || !saved.every(fits)) {
        throw damaged("waiting", "state, action, reward and next state", saved);
      }
      this.#waiting.set(saved);
    }
    super.restore(checkpoint);
  }
}
