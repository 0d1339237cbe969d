// What the device is given of a replay memory: slots stored since the last upload, in as few writes as can be.

import { expect, test } from "vitest";
import type { GpuDevice } from "../../../src/backends/webgpu/gpu-types.ts";
import { GpuReplay } from "../../../src/backends/webgpu/replay-memory.ts";

/** A device that only takes notes: [byte offset, bytes] of every write. */
function recordingDevice(most: number = 1e9): { device: GpuDevice; writes: number[][] } {
  const writes: number[][] = [];
  const device = {
    limits: { maxBufferSize: most, maxStorageBufferBindingSize: most },
    createBuffer: () => ({ destroy: () => {} }),
    queue: {
      writeBuffer: (_buffer: object, offset: number, _data: object, from: number, size: number) => {
        expect(from).toBe(offset);
        writes.push([offset, size]);
      },
    },
  };
  return { device: device as unknown as GpuDevice, writes };
}

const SPEC = { capacity: 5, observationSize: 2, observationStorage: "float32", actionSize: 1 } as const;
/** 2 + 2 + 1 + 2 numbers. */
const RECORD = 28;

function store(replay: GpuReplay, slot: number): void {
  replay.store(slot, Float32Array.of(slot, 1), Float32Array.of(0), Float64Array.of(1, 0.9), Float32Array.of(slot, 2));
}

test("neighbours go up together, around the end in two writes, and nothing goes up twice", () => {
  const { device, writes } = recordingDevice();
  const replay = new GpuReplay(device, SPEC);
  for (const slot of [0, 1, 2]) store(replay, slot);
  expect(writes).toEqual([]);
  replay.upload();
  replay.upload();
  expect(writes.splice(0)).toEqual([[0, 3 * RECORD]]);
  for (const slot of [3, 4, 0, 1]) store(replay, slot);
  replay.upload();
  expect(writes.splice(0)).toEqual([
    [3 * RECORD, 2 * RECORD],
    [0, 2 * RECORD],
  ]);
});

test("slots stored again before they went up go up once, and a whole ring is no more than a ring", () => {
  const { device, writes } = recordingDevice();
  const replay = new GpuReplay(device, SPEC);
  for (const slot of [2, 3, 4, 0, 1, 2, 3]) store(replay, slot);
  replay.upload();
  expect(writes).toEqual([
    [2 * RECORD, 3 * RECORD],
    [0, 2 * RECORD],
  ]);
});

test("a slot elsewhere sends what waited first", () => {
  const { device, writes } = recordingDevice();
  const replay = new GpuReplay(device, SPEC);
  store(replay, 0);
  store(replay, 3);
  replay.upload();
  expect(writes).toEqual([
    [0, RECORD],
    [3 * RECORD, RECORD],
  ]);
});

test("a memory larger than the device binds is refused", () => {
  const { device } = recordingDevice(4 * RECORD);
  expect(() => new GpuReplay(device, SPEC)).toThrow(
    new RangeError(
      `webgpu: replay of 5 transitions expected at most ${4 * RECORD} bytes, which the device binds, got ${5 * RECORD}. ` +
        "Lower capacity or the network's size, or request a device with larger limits.",
    ),
  );
});

test("bytes count both copies", () => {
  expect(new GpuReplay(recordingDevice().device, SPEC).bytes).toBe(2 * 5 * RECORD);
});
