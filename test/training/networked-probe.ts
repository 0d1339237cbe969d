// The probe with two models of two networks, drawn from its seed, and a step that it takes.

import type { Transition } from "../../src/agent.ts";
import type { Env } from "../../src/env.ts";
import { Model } from "../../src/nn/model.ts";
import { plain, withPrior } from "../nn/small-model.ts";
import { countingEnv } from "./counting-env.ts";
import { Probe, type ProbeContext } from "./probe.ts";

const { observationSpace, actionSpace } = countingEnv(0, 4);
export const SPACES: Pick<Env, "observationSpace" | "actionSpace"> = { observationSpace, actionSpace };

export const step: Transition = {
  observation: [0, 0],
  action: 5,
  reward: 0,
  nextObservation: [0, 1],
  terminated: false,
  truncated: false,
};

export class Networked extends Probe {
  constructor(...[workplace, options = {}]: ConstructorParameters<typeof Probe>) {
    super(workplace, options, (context) => [drawn(context, "actor."), drawn(context, "critic.")]);
  }

  models(): readonly Model[] {
    return this.composition.models;
  }
}

function drawn(context: ProbeContext, prefix: string): Model {
  const networks = { policy: plain(), value: withPrior() };
  const model = new Model(context, { networks, prefix, optimizer: { type: "adam" }, maxGradientNorm: null });
  model.initialize(context.stream("init"));
  return model;
}
