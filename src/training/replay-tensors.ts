// Experience in a checkpoint: what a replay buffer holds, and the multi-step windows still open.

import type { ObservationStorage } from "../backend.ts";
import {
  type Checkpoint,
  type CheckpointTensor,
  damaged,
  requireCount,
  requireObject,
  requireTensor,
} from "../formats/checkpoint.ts";
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
  ];
}

/**
 * The inverse, for actions 0 .. actions - 1.
 * @throws CheckpointError when sizes do not fit, or a number that the engine takes for an address is out of range
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
  if (!contents.action.every((action) => Number.isInteger(action) && action >= 0 && action < actions)) {
    throw damaged("replay.action", `integers below ${actions}`, contents.action);
  }
  for (const name of ["observation", "nextObservation"] as const) {
    if (storage === "one-hot" && contents[name].some((index) => index >= observationSize)) {
      throw damaged(`replay.${name}`, `indices below ${observationSize}`, contents[name]);
    }
  }
  replay.restore(contents, position);
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
  actionSize: number,
): void {
  const open = checkpoint.tensors.get("nStep.rewards")?.data.length ?? 0;
  if (open >= windows.n) throw damaged("nStep.rewards", `less than ${windows.n} open windows`, open);
  windows.loadState({
    observations: requireTensor(checkpoint, "nStep.observations", Float32Array, open * observationSize),
    actions: requireTensor(checkpoint, "nStep.actions", Float32Array, open * actionSize),
    rewards: requireTensor(checkpoint, "nStep.rewards", Float64Array, open),
    discounts: requireTensor(checkpoint, "nStep.discounts", Float64Array, open),
  });
}
