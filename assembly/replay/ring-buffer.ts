// Replay memory: fields side by side, one slot a transition. The host keeps the write position and the size.
//
//   descriptor, 8 words: observation, nextObservation, action, reward, discount (addresses),
//                        storage (0 float32, 1 uint8, 2 index of a one-hot), observationSize, actionSize
//
//   observation     [capacity][size] f32 or u8, or [capacity] u32      action   [capacity][actionSize] f32
//   nextObservation likewise                                          reward, discount [capacity] f32

import { random_index } from "../math/random";

const FLOAT32 = 0, UINT8 = 1;

// @ts-ignore: decorator
@inline
function store_observation(storage: i32, size: i32, field: usize, slot: usize, x: usize): void {
  if (storage == FLOAT32) {
    memory.copy(field + (slot * <usize>size << 2), x, <usize>size << 2);
  } else if (storage == UINT8) {
    field += slot * <usize>size;
    for (let j = 0; j < size; j++) {
      store<u8>(field + <usize>j, <u8>max<i32>(0, min<i32>(255, <i32>load<f32>(x + (<usize>j << 2)))));
    }
  } else {
    let j = 0;
    while (j < size - 1 && load<f32>(x + (<usize>j << 2)) != 1) j++;
    store<u32>(field + (slot << 2), j);
  }
}

// @ts-ignore: decorator
@inline
function gather_observation(storage: i32, size: i32, field: usize, slot: usize, out: usize): void {
  if (storage == FLOAT32) {
    field += slot * <usize>size << 2;
    let j = 0;
    for (; j + 4 <= size; j += 4) v128.store(out + (<usize>j << 2), v128.load(field + (<usize>j << 2)));
    for (; j < size; j++) store<f32>(out + (<usize>j << 2), load<f32>(field + (<usize>j << 2)));
  } else if (storage == UINT8) {
    field += slot * <usize>size;
    for (let j = 0; j < size; j++) store<f32>(out + (<usize>j << 2), <f32>load<u8>(field + <usize>j));
  } else {
    memory.fill(out, 0, <usize>size << 2);
    store<f32>(out + (<usize>load<u32>(field + (slot << 2)) << 2), 1);
  }
}

export function replay_store(
  ring: usize, slot: u32, observation: usize, action: usize, reward: f32, nextObservation: usize, discount: f32,
): void {
  const storage = load<i32>(ring, 20), size = load<i32>(ring, 24), actionSize = load<i32>(ring, 28);
  const s = <usize>slot;
  store_observation(storage, size, load<usize>(ring), s, observation);
  store_observation(storage, size, load<usize>(ring, 4), s, nextObservation);
  memory.copy(load<usize>(ring, 8) + (s * <usize>actionSize << 2), action, <usize>actionSize << 2);
  store<f32>(load<usize>(ring, 12) + (s << 2), reward);
  store<f32>(load<usize>(ring, 16) + (s << 2), discount);
}

/** Draws `rows` slots below `size` into index [rows] (floats 16 bytes apart) and sets their weights to 1. */
export function replay_draw(stream: usize, size: u32, rows: i32, index: usize, weight: usize): void {
  for (let b: usize = 0, end = <usize>rows << 4; b < end; b += 16) {
    store<f32>(index + b, <f32>random_index(stream, size));
    store<f32>(weight + b, 1);
  }
}

/** Rows of observations are ldo bytes, of actions lda; reward and discount are 16 bytes apart. */
export function replay_gather(
  ring: usize, rows: i32, index: usize,
  observation: usize, ldo: usize, action: usize, lda: usize, reward: usize, nextObservation: usize, discount: usize,
): void {
  const storage = load<i32>(ring, 20), size = load<i32>(ring, 24), actionSize = load<i32>(ring, 28);
  const from = load<usize>(ring), nextFrom = load<usize>(ring, 4), actions = load<usize>(ring, 8);
  const rewards = load<usize>(ring, 12), discounts = load<usize>(ring, 16);
  for (let b: usize = 0, end = <usize>rows << 4; b < end; b += 16) {
    const slot = <usize>load<f32>(index + b);
    gather_observation(storage, size, from, slot, observation);
    gather_observation(storage, size, nextFrom, slot, nextObservation);
    observation += ldo;
    nextObservation += ldo;
    for (let j: usize = 0; j < <usize>actionSize << 2; j += 4) {
      store<f32>(action + j, load<f32>(actions + (slot * <usize>actionSize << 2) + j));
    }
    action += lda;
    store<f32>(reward + b, load<f32>(rewards + (slot << 2)));
    store<f32>(discount + b, load<f32>(discounts + (slot << 2)));
  }
}
