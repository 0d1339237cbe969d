// The parts that our own agents are built of, for agents of yours. docs/parts.md explains them; examples/own-algorithm is an
// agent in one file.

// Values and policies: the parts of our two families of agents.
export { CategoricalHead, type CategoricalOptions } from "./agents/deep-q/categorical-head.ts";
export { QuantileHead, type QuantileOptions } from "./agents/deep-q/quantile-head.ts";
// Acting: by values, by a policy, or by an actor that you write.
export { ValueActor, type ValueExploration } from "./agents/deep-q/value-actor.ts";
export {
  ExpectedHead,
  type PlannedLoss,
  type PlannedMembers,
  type PlannedValues,
  type ValueHead,
  type ValuePasses,
} from "./agents/deep-q/value-head.ts";

// Options as fields: each with a default and a check.
export { type LearningOptions, type LearningSettings, learningFields } from "./agents/learning-options.ts";
// Learners around an update: batches from a replay memory, rounds of minibatches from a rollout.
export { type OffPolicyUpdate, offPolicyLearner, planReplay } from "./agents/off-policy.ts";
export { type OffPolicyOptions, type OffPolicySettings, offPolicyFields } from "./agents/off-policy-options.ts";
export {
  onPolicyLearner,
  planNormalizer,
  type Round,
  type RoundPlan,
  type RoundSettings,
  type RoundUpdate,
} from "./agents/on-policy.ts";
export {
  type MinibatchOptions,
  type MinibatchSettings,
  minibatchFields,
  type RolloutOptions,
  type RolloutSettings,
  rolloutFields,
} from "./agents/on-policy-options.ts";
export {
  type ActorCriticModel,
  type ActorCriticNetworks,
  ActorCriticPass,
  type ActorCriticSettings,
  createActorCritic,
  networksOf,
} from "./agents/policy-gradient/actor-critic.ts";
export { PolicyActor, type PolicyDescription, type PolicyMemory } from "./agents/policy-gradient/policy-actor.ts";
export { type PlanPolicyUpdate, PolicyAgent } from "./agents/policy-gradient/policy-agent.ts";
export { PolicyLearning, type PolicyRound } from "./agents/policy-gradient/policy-learning.ts";
export {
  type PolicyDefaults,
  type PolicyOptions,
  type PolicySettings,
  policyFields,
} from "./agents/policy-gradient/policy-options.ts";
export { type MemoryOptions, type MemorySettings, memoryFields } from "./agents/policy-gradient/recurrent-options.ts";
// The backend that all parts compute with, and the writing of parts into files.
export type { Backend } from "./backend.ts";
export { ActingInput } from "./experience/acting-input.ts";
// From steps to batches.
export { ActionEncoder, type ActionSpace } from "./experience/action-encoder.ts";
export type { ActingRows, ActingStreams, Actor, Choice, Remembered } from "./experience/actor.ts";
export type { Expecting, Experience, Sampled, StepRows } from "./experience/experience.ts";
export { type Encoder, ObservationEncoder } from "./experience/observation-encoder.ts";
export { ReplayExperience, type ReplayPlan } from "./experience/replay-experience.ts";
export { type RememberedColumn, Rollout, type RolloutPlan, type RolloutTensors } from "./experience/rollout.ts";
export { RunningNormalizer } from "./experience/running-normalizer.ts";
export {
  type CheckpointPart,
  CheckpointReader,
  CheckpointWriter,
  partsTogether,
} from "./formats/checkpoint-part.ts";
// Networks: a module describes a network, which is planned into passes on weights; a model trains the weights.
export {
  type ActionDistributionSettings,
  createPolicyHead,
  readActionDistribution,
} from "./nn/action-distribution.ts";
export { Activate } from "./nn/activate.ts";
export { Conv2d } from "./nn/convolution.ts";
export { Dense } from "./nn/dense.ts";
export { Dueling } from "./nn/dueling.ts";
export { Flatten } from "./nn/flatten.ts";
export { frozen } from "./nn/frozen.ts";
export { Gru, type GruNetwork, type GruPass } from "./nn/gru.ts";
export { type Image, imageOf } from "./nn/image.ts";
export { type Draw, drawing, HIDDEN_GAIN } from "./nn/initializer.ts";
export { Layer, LayerPass } from "./nn/layer.ts";
export { LayerNorm } from "./nn/layer-norm.ts";
export { Metrics } from "./nn/metrics.ts";
export {
  type GradientTerm,
  Model,
  type ModelPlan,
  type Modules,
  type NetworksOf,
  Targets,
  type WeightCopy,
} from "./nn/model.ts";
export type {
  GraphAttributes,
  GraphWriter,
  Module,
  Network,
  Pass,
  Site,
  Tangent,
  TangentSite,
  Weights,
} from "./nn/module.ts";
export { DEFAULT_NETWORK, feedForward, hiddenLayers } from "./nn/network-options.ts";
export { Noisy } from "./nn/noisy.ts";
export { type PolicyModule, type PolicyNetwork, type PolicyPass, policyModule } from "./nn/policy.ts";
export type { DescribedHead, PlannedHead, PolicyHead } from "./nn/policy-head.ts";
export { RandomPrior } from "./nn/random-prior.ts";
export { Sequential } from "./nn/sequential.ts";
export type { Batch, ParameterSpec, Parameters, RandomStream, Tensor } from "./operations/handles.ts";
export { SURROGATE_METRICS, SurrogateMetric } from "./operations/policy-loss.ts";
export { VALUE_METRICS, ValueMetric } from "./operations/value-loss.ts";
// An agent is a context, an actor, models, and a learner that makes updates from experience.
export type { About, DescribedClass } from "./training/about.ts";
export { AgentBase, type AgentClass } from "./training/agent-base.ts";
export { AgentContext, type Purpose, type RunCounters } from "./training/context.ts";
export type { Composition, Learner, Trained } from "./training/learner.ts";
export { type CreateEncoder, open, openOnDevices } from "./training/open.ts";
export {
  count,
  custom,
  type Field,
  type Fields,
  flag,
  number,
  type OptionPlace,
  oneOf,
  orNull,
  schedule,
} from "./training/options.ts";
export type { Preset } from "./training/preset.ts";
export { type RunOptions, type RunSettings, runFields } from "./training/run-options.ts";
