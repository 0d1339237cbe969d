// Replay memory: one record a transition, so that gathering a random one touches one or two cache lines and not one a
// field (timed from 1e4 to 1e6 slots in bench/replay/replay-buffer.bench.ts). The host keeps the write position and the size.
//
//   record  | observation | nextObservation | action [actionSize] f32 | reward f32 | discount f32 | padding to 4 |
//           observations: [size] f32, or [size] u8, or one u32, the index of a one-hot
//
//   descriptor, 8 words: first record (address), bytes per record, bytes per observation, offset of action,
//                        storage (0 float32, 1 uint8, 2 one-hot), observation size, action size, unused

import { random_fill_index } from "../math/random";

const FLOAT32 = 0, UINT8 = 1;

// @ts-ignore: decorator
@inline
function store_observation(storage: i32, size: i32, field: usize, x: usize): void {
  if (storage == FLOAT32) {
    for (let j: usize = 0; j < <usize>size << 2; j += 4) store<f32>(field + j, load<f32>(x + j));
  } else if (storage == UINT8) {
    for (let j = 0; j < size; j++) {
      store<u8>(field + <usize>j, <u8>max<i32>(0, min<i32>(255, <i32>load<f32>(x + (<usize>j << 2)))));
    }
  } else {
    let j = 0;
    while (j < size - 1 && load<f32>(x + (<usize>j << 2)) != 1) j++;
    store<u32>(field, j);
  }
}

// @ts-ignore: decorator
@inline
function gather_observation(storage: i32, size: i32, field: usize, out: usize): void {
  if (storage == FLOAT32) {
    let j = 0;
    for (; j + 4 <= size; j += 4) v128.store(out + (<usize>j << 2), v128.load(field + (<usize>j << 2)));
    for (; j < size; j++) store<f32>(out + (<usize>j << 2), load<f32>(field + (<usize>j << 2)));
  } else if (storage == UINT8) {
    for (let j = 0; j < size; j++) store<f32>(out + (<usize>j << 2), <f32>load<u8>(field + <usize>j));
  } else {
    memory.fill(out, 0, <usize>size << 2);
    store<f32>(out + (<usize>load<u32>(field) << 2), 1);
  }
}

export function replay_store(
  ring: usize, slot: u32, observation: usize, action: usize, reward: f32, nextObservation: usize, discount: f32,
): void {
  const storage = load<i32>(ring, 16), size = load<i32>(ring, 20);
  const record = load<usize>(ring) + <usize>slot * load<usize>(ring, 4);
  store_observation(storage, size, record, observation);
  store_observation(storage, size, record + load<usize>(ring, 8), nextObservation);
  let p = record + load<usize>(ring, 12);
  for (let j: usize = 0, end = load<usize>(ring, 24) << 2; j < end; j += 4, p += 4) store<f32>(p, load<f32>(action + j));
  store<f32>(p, reward);
  store<f32>(p, discount, 4);
}

/** Draws `rows` slots below `size` into index [rows] (floats 16 bytes apart) and sets their weights to 1. */
export function replay_draw(stream: usize, size: u32, rows: i32, index: usize, weight: usize): void {
  random_fill_index(stream, index, rows, 16, size);
  for (let b: usize = 0, end = <usize>rows << 4; b < end; b += 16) store<f32>(weight + b, 1);
}

/**
 * Loads a word of both ends of every record, its start and its action, so that those which no cache holds are on their way
 * together.
 * (measured, Node 24, Zen 4, 64 transitions of 4 numbers, capacity 1e4 among an update 1.69 -> 1.12 us, 1e5 alone
 * 1.51 -> 0.98, 1e6 2.54 -> 1.44; where a cache holds all of them 0.39 -> 0.47)
 * @param out takes a word, so that nobody leaves the loads out
 */
function touch_records(rows: i32, index: usize, first: usize, stride: usize, rest: usize, out: usize): void {
  let words = 0;
  for (let b: usize = 0, end = <usize>rows << 4; b < end; b += 16) {
    const record = first + <usize>load<f32>(index + b) * stride;
    words |= load<i32>(record) | load<i32>(record + rest);
  }
  store<i32>(out, words);
}

/** Rows of observations are ldo bytes, of actions lda; reward and discount are 16 bytes apart. */
export function replay_gather(
  ring: usize, rows: i32, index: usize,
  observation: usize, ldo: usize, action: usize, lda: usize, reward: usize, nextObservation: usize, discount: usize,
): void {
  const first = load<usize>(ring), stride = load<usize>(ring, 4), next = load<usize>(ring, 8), rest = load<usize>(ring, 12);
  const storage = load<i32>(ring, 16), size = load<i32>(ring, 20), actionBytes = load<usize>(ring, 24) << 2;
  touch_records(rows, index, first, stride, rest, observation);
  if (storage == FLOAT32 && actionBytes == 4 && (size & 3) == 0) {
    // The common case without its decisions: 64 transitions of 4 numbers 0.87 -> 0.76 us (measured, Node 24).
    const bytes = <usize>size << 2;
    for (let b: usize = 0, end = <usize>rows << 4; b < end; b += 16) {
      const record = first + <usize>load<f32>(index + b) * stride;
      for (let j: usize = 0; j < bytes; j += 16) {
        v128.store(observation + j, v128.load(record + j));
        v128.store(nextObservation + j, v128.load(record + bytes + j));
      }
      observation += ldo;
      nextObservation += ldo;
      const p = record + rest;
      store<f32>(action, load<f32>(p));
      action += lda;
      store<f32>(reward + b, load<f32>(p, 4));
      store<f32>(discount + b, load<f32>(p, 8));
    }
    return;
  }
  for (let b: usize = 0, end = <usize>rows << 4; b < end; b += 16) {
    const record = first + <usize>load<f32>(index + b) * stride;
    gather_observation(storage, size, record, observation);
    gather_observation(storage, size, record + next, nextObservation);
    observation += ldo;
    nextObservation += ldo;
    let p = record + rest;
    for (let j: usize = 0; j < actionBytes; j += 4, p += 4) store<f32>(action + j, load<f32>(p));
    action += lda;
    store<f32>(reward + b, load<f32>(p));
    store<f32>(discount + b, load<f32>(p, 4));
  }
}
