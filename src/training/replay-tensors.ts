// Experience in a checkpoint: what a replay buffer holds, and the multi-step windows still open.

import {
  type Checkpoint,
  type CheckpointTensor,
  damaged,
  requireCount,
  requireObject,
  requireTensor,
} from "../formats/checkpoint.ts";
import type { PriorityContents } from "../operations/priorities.ts";
import type { ObservationStorage } from "../operations/replay.ts";
import type { Hindsight } from "../replay/hindsight.ts";
import type { NStep } from "../replay/n-step.ts";
import type { Replay } from "../replay/replay.ts";

const DTYPE: Readonly<Record<ObservationStorage, "F32" | "U8" | "U32">> = {
  float32: "F32",
  uint8: "U8",
  "one-hot": "U32",
};
const ARRAY = { float32: Float32Array, uint8: Uint8Array, "one-hot": Uint32Array } as const;

/** A tensor of one dimension. */
export function vectorTensor(
  name: string,
  dtype: CheckpointTensor["dtype"],
  data: CheckpointTensor["data"],
): CheckpointTensor {
  return { name, dtype, shape: [data.length], data };
}

/** What a prioritized replay adds to the tensors of a uniform one. */
function priorityTensors(replay: Replay): CheckpointTensor[] {
  const priorities = replay.priorities();
  if (priorities === null) return [];
  return [
    vectorTensor("replay.priorities", "F64", priorities.values),
    vectorTensor("replay.largestPriority", "F64", Float64Array.of(priorities.maximum)),
  ];
}

/** The inverse, for `size` transitions; null for uniform replay. Sums over wrong numbers would lead out of the memory. */
function readPriorityTensors(checkpoint: Checkpoint, replay: Replay, size: number): PriorityContents | null {
  if (replay.type === "uniform") return null;
  const values = requireTensor(checkpoint, "replay.priorities", Float64Array, size);
  const [maximum] = requireTensor(checkpoint, "replay.largestPriority", Float64Array, 1);
  // Errors are float32, and what is made of them is no larger; 1 is what the first transition gets.
  if (!(maximum >= 1 && Number.isFinite(Math.fround(maximum)))) {
    throw damaged("replay.largestPriority", "a float32 of at least 1", maximum);
  }
  const isPriority =
    replay.type === "rank"
      ? (value: number) => value >= 0 && value <= maximum
      : (value: number) => value > 0 && value <= maximum;
  const wrong = values.find((value) => !isPriority(value));
  if (wrong !== undefined) {
    const rule = `numbers ${replay.type === "rank" ? "of at least" : "above"} 0 and at most ${maximum}`;
    throw damaged("replay.priorities", rule, wrong);
  }
  return { values, maximum };
}

/** Tensors "replay.*"; the buffer's size and position belong into the checkpoint's data as `replay`. */
export function replayTensors(replay: Replay | undefined): CheckpointTensor[] {
  if (replay === undefined) return [];
  const { observation, action, reward, nextObservation, discount } = replay.contents();
  const dtype = DTYPE[replay.memory.spec.observationStorage];
  return [
    vectorTensor("replay.observation", dtype, observation),
    vectorTensor("replay.nextObservation", dtype, nextObservation),
    vectorTensor("replay.action", "F32", action),
    vectorTensor("replay.reward", "F32", reward),
    vectorTensor("replay.discount", "F32", discount),
    ...priorityTensors(replay),
  ];
}

/**
 * The inverse, for actions 0 .. actions - 1.
 * @throws CheckpointError when sizes do not fit, or a number that leads the engine to an address is out of range
 */
export function readReplayTensors(checkpoint: Checkpoint, replay: Replay, actions: number): void {
  const saved = requireObject("replay", checkpoint.data.replay);
  const size = requireCount("replay.size", saved.size);
  const position = requireCount("replay.position", saved.position);
  const { capacity } = replay;
  if (size > capacity || position >= capacity || (size < capacity && position !== size)) {
    throw damaged("replay", `a size and position within ${capacity}`, `${size}, ${position}`);
  }
  if (size === 0) return;
  const { observationStorage: storage, observationSize } = replay.memory.spec;
  const kind = ARRAY[storage] as typeof Float32Array;
  const length = size * (storage === "one-hot" ? 1 : observationSize);
  const contents = {
    observation: requireTensor(checkpoint, "replay.observation", kind, length),
    nextObservation: requireTensor(checkpoint, "replay.nextObservation", kind, length),
    action: requireTensor(checkpoint, "replay.action", Float32Array, size),
    reward: requireTensor(checkpoint, "replay.reward", Float32Array, size),
    discount: requireTensor(checkpoint, "replay.discount", Float32Array, size),
  };
  requireActions("replay.action", contents.action, actions);
  for (const name of ["observation", "nextObservation"] as const) {
    if (storage === "one-hot" && contents[name].some((index) => index >= observationSize)) {
      throw damaged(`replay.${name}`, `indices below ${observationSize}`, contents[name]);
    }
  }
  replay.restore(contents, position, readPriorityTensors(checkpoint, replay, size));
}

/** The engine takes actions for places in memory. @throws CheckpointError for one that is no action */
function requireActions(name: string, list: Float32Array, actions: number): void {
  if (!list.every((action) => Number.isInteger(action) && action >= 0 && action < actions)) {
    throw damaged(name, `integers below ${actions}`, list);
  }
}

/** Tensors "nStep.*". */
export function windowTensors(windows: NStep): CheckpointTensor[] {
  const { observations, actions, rewards, discounts } = windows.saveState();
  return [
    vectorTensor("nStep.observations", "F32", observations),
    vectorTensor("nStep.actions", "F32", actions),
    vectorTensor("nStep.rewards", "F64", rewards),
    vectorTensor("nStep.discounts", "F64", discounts),
  ];
}

/** @throws CheckpointError when sizes do not fit */
export function readWindowTensors(
  checkpoint: Checkpoint,
  windows: NStep,
  observationSize: number,
  actions: number,
): void {
  const open = checkpoint.tensors.get("nStep.rewards")?.data.length ?? 0;
  if (open >= windows.n) throw damaged("nStep.rewards", `less than ${windows.n} open windows`, open);
  const state = {
    observations: requireTensor(checkpoint, "nStep.observations", Float32Array, open * observationSize),
    actions: requireTensor(checkpoint, "nStep.actions", Float32Array, open),
    rewards: requireTensor(checkpoint, "nStep.rewards", Float64Array, open),
    discounts: requireTensor(checkpoint, "nStep.discounts", Float64Array, open),
  };
  requireActions("nStep.actions", state.actions, actions);
  windows.loadState(state);
}

/** Tensors "hindsight.*": the running episode. */
export function episodeTensors(hindsight: Hindsight): CheckpointTensor[] {
  const { observations, actions, nextObservations, rewards, achieved } = hindsight.saveState();
  return [
    vectorTensor("hindsight.observations", "F32", observations),
    vectorTensor("hindsight.actions", "F32", actions),
    vectorTensor("hindsight.nextObservations", "F32", nextObservations),
    vectorTensor("hindsight.rewards", "F64", rewards),
    vectorTensor("hindsight.achieved", "F64", achieved),
  ];
}

/**
 * The inverse, for actions 0 .. actions - 1.
 * @throws CheckpointError when sizes do not fit, or an action is out of range
 */
export function readEpisodeTensors(checkpoint: Checkpoint, hindsight: Hindsight, actions: number): void {
  const steps = checkpoint.tensors.get("hindsight.rewards")?.data.length ?? 0;
  const { maxEpisodeSteps } = hindsight.options;
  if (steps >= maxEpisodeSteps) throw damaged("hindsight.rewards", `less than ${maxEpisodeSteps} steps`, steps);
  const lengths = hindsight.stateLengths(steps);
  const state = {
    observations: requireTensor(checkpoint, "hindsight.observations", Float32Array, lengths.observations),
    actions: requireTensor(checkpoint, "hindsight.actions", Float32Array, lengths.actions),
    nextObservations: requireTensor(checkpoint, "hindsight.nextObservations", Float32Array, lengths.nextObservations),
    rewards: requireTensor(checkpoint, "hindsight.rewards", Float64Array, lengths.rewards),
    achieved: requireTensor(checkpoint, "hindsight.achieved", Float64Array, lengths.achieved),
  };
  requireActions("hindsight.actions", state.actions, actions);
  hindsight.loadState(state);
}
