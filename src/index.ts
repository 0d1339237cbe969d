// The public API of Bellwether, and nothing else.

// biome-ignore-start assist/source/organizeImports: bundles keep this order, and the engine's text in the middle costs 1.4 kB after gzip
export { type EngineBinary, supportsEngine } from "./engine/engine.ts";
// biome-ignore-end assist/source/organizeImports: the rest is sorted

export type {
  ActBatchOptions,
  ActionValue,
  ActOptions,
  Agent,
  Callback,
  EvaluateOptions,
  Evaluation,
  LearnOptions,
  LearnSyncOptions,
  MemoryReport,
  Progress,
  RunSummary,
  RunView,
  SaveOptions,
  StopReason,
  Transition,
  UpdateOptions,
} from "./agent.ts";
export type { AdvantageOptions, AdvantageType } from "./agents/policy-gradient/advantage.ts";
export type { RecurrentOptions } from "./agents/policy-gradient/recurrent-options.ts";
export * from "./agents/registry.ts";
export type { StepSize } from "./agents/tabular/q-table.ts";
export type { TabularOptions } from "./agents/tabular/tabular-options.ts";
export { Pcg64 } from "./engine/random.ts";
export type {
  AutoresetMode,
  Env,
  EnvSpec,
  EnvState,
  GoalEnv,
  GoalObservation,
  Info,
  ResetOptions,
  ResetResult,
  StepResult,
  SyncEnv,
  VectorEnv,
  VectorResetOptions,
  VectorResetResult,
  VectorStepResult,
} from "./env.ts";
export { isGoalEnv } from "./env.ts";
export { Acrobot } from "./envs/acrobot.ts";
export { Blackjack, type BlackjackOptions } from "./envs/blackjack.ts";
export { CartPole, type CartPoleOptions } from "./envs/cart-pole.ts";
export { CartPoleVector, type CartPoleVectorOptions } from "./envs/cart-pole-vector.ts";
export { type CheckEnvOptions, checkEnv, type EnvReport } from "./envs/check-env.ts";
export { CliffWalking, type CliffWalkingOptions } from "./envs/cliff-walking.ts";
export { FrozenLake, type FrozenLakeOptions, generateRandomMap } from "./envs/frozen-lake.ts";
export { type MakeVectorOptions, makeVector } from "./envs/make-vector.ts";
export { MountainCar, type MountainCarOptions } from "./envs/mountain-car.ts";
export { MountainCarContinuous, type MountainCarContinuousOptions } from "./envs/mountain-car-continuous.ts";
export { Pendulum, type PendulumOptions } from "./envs/pendulum.ts";
export {
  type EnvOptions,
  type EnvRegistration,
  type MakeOptions,
  make,
  register,
  registeredIds,
} from "./envs/registry.ts";
export { isTabular, type TabularEnv, type TabularTransition, type TransitionTable } from "./envs/tabular.ts";
export { Taxi, type TaxiOptions } from "./envs/taxi.ts";
export { SyncVectorEnv, type SyncVectorEnvOptions } from "./envs/vector-env.ts";
export { EpisodeStatistics, type EpisodeSummary } from "./envs/wrappers/episode-statistics.ts";
export { FrameSkip, type FrameSkipOptions } from "./envs/wrappers/frame-skip.ts";
export { FrameStack, type FrameStackOptions } from "./envs/wrappers/frame-stack.ts";
export { Grayscale, type GrayscaleOptions } from "./envs/wrappers/grayscale.ts";
export { ImageResizing, type ImageResizingOptions } from "./envs/wrappers/image-resizing.ts";
export type { ImageLayout } from "./envs/wrappers/image-shape.ts";
export {
  ObservationNormalisation,
  type ObservationNormalisationOptions,
} from "./envs/wrappers/observation-normalisation.ts";
export { ObservationRescaling, type ObservationRescalingOptions } from "./envs/wrappers/observation-rescaling.ts";
export {
  ObservationSelection,
  type ObservationSelectionOptions,
} from "./envs/wrappers/observation-selection.ts";
export { RewardClipping, type RewardClippingOptions } from "./envs/wrappers/reward-clipping.ts";
export { RewardNormalisation, type RewardNormalisationOptions } from "./envs/wrappers/reward-normalisation.ts";
export { RewardScaling, type RewardScalingOptions } from "./envs/wrappers/reward-scaling.ts";
export { TimeLimit, type TimeLimitOptions } from "./envs/wrappers/time-limit.ts";
export { VectorObservationNormalisation } from "./envs/wrappers/vector-observation-normalisation.ts";
export { VectorRewardNormalisation } from "./envs/wrappers/vector-reward-normalisation.ts";
export { VectorWrapper } from "./envs/wrappers/vector-wrapper.ts";
export { unwrap, Wrapper } from "./envs/wrappers/wrapper.ts";
export { CheckpointError, DeviceError, DivergenceError, StateError, UnsupportedError } from "./errors.ts";
export { CsvLog } from "./formats/csv-log.ts";
export { JsonlLog } from "./formats/jsonl-log.ts";
export { MemoryStorage } from "./formats/memory-storage.ts";
export { TensorboardLog, tensorboardFileName } from "./formats/tensorboard-log.ts";
export type { Logger, LogRecord, LogSink } from "./logger.ts";
export type { ConvolutionOptions } from "./nn/image.ts";
export type { Initializer } from "./nn/initializer.ts";
export type { NetworkOptions } from "./nn/network-options.ts";
export type { OptimizerOptions } from "./nn/optimizer.ts";
export type { WeightImportOptions } from "./nn/state-dict.ts";
export type { Activation } from "./operations/layers.ts";
export {
  type Box,
  box,
  contains,
  type Dict,
  type Discrete,
  dict,
  discrete,
  flatSize,
  flatten,
  type MultiBinary,
  type MultiDiscrete,
  multiBinary,
  multiDiscrete,
  type Space,
  type SpaceValue,
} from "./space.ts";
export type { Storage } from "./storage.ts";
export type { About } from "./training/about.ts";
export { CheckpointCallback, type CheckpointOptions } from "./training/callbacks/checkpoint.ts";
export { StopOnReturn, stopOnScore } from "./training/callbacks/early-stop.ts";
export {
  type BestPolicy,
  EvaluationCallback,
  type EvaluationCallbackOptions,
  type EvaluationHook,
  type EvaluationPoint,
} from "./training/callbacks/evaluation.ts";
export { FiniteGuard } from "./training/callbacks/finite-guard.ts";
export { LogCallback } from "./training/callbacks/logging.ts";
export { evaluatePolicy, evaluatePolicySync, type Policy } from "./training/evaluation.ts";
export type { CreateOptions, LoadOptions } from "./training/making.ts";
export type { Preset } from "./training/preset.ts";
export { type Schedule, scheduleValue } from "./training/schedule.ts";
export { type AlgorithmOptions, type ConnectOptions, connect, type RemoteWorker } from "./worker/connect.ts";
export type { Endpoint } from "./worker/endpoint.ts";
export type { RemoteWorkplace } from "./worker/messages.ts";
export type { RemoteAgent, RemoteEvaluateOptions, RemoteLearnOptions } from "./worker/remote-agent.ts";
export { type AgentClass, type ServeOptions, serve } from "./worker/serve.ts";
export type { Workplace } from "./workplace.ts";
