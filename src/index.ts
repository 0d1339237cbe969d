// The public API of Bellwether, and nothing else.

export type {
  ActOptions,
  Agent,
  EvaluateOptions,
  Evaluation,
  LearnOptions,
  LearnSyncOptions,
  MemoryReport,
  Progress,
  RunSummary,
  SaveOptions,
  StopReason,
  Transition,
  UpdateOptions,
} from "./agent.ts";
export { DQN, type DQNOptions } from "./agents/dqn.ts";
export { DQN_PRESETS } from "./agents/dqn-presets.ts";
export type { Activation } from "./backend.ts";
export type { Callback, RunView } from "./callback.ts";
export type { EngineBinary } from "./engine/engine.ts";
export type {
  AutoresetMode,
  Env,
  EnvSpec,
  EnvState,
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
export { CheckpointError, DivergenceError, StateError } from "./errors.ts";
export type { Logger, LogRecord } from "./logger.ts";
export type { Initializer } from "./nn/initializer.ts";
export type { NetworkOptions } from "./nn/network.ts";
export type { OptimizerOptions } from "./nn/optimizer.ts";
export type { WeightImportOptions } from "./nn/state-dict.ts";
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
export { evaluatePolicy, evaluatePolicySync, type Policy } from "./training/evaluation.ts";
export { type Schedule, scheduleValue } from "./training/schedule.ts";
export type { Workplace } from "./training/trainable-agent.ts";
