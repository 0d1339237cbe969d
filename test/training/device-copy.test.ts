// Where a device learns: the acting copy is renewed now and then, and a sync brings all that a file holds.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import type { DeviceOperations } from "../../src/operations/device.ts";
import type { Parameters, Tensor } from "../../src/operations/handles.ts";
import { createDeviceCopy, DeviceCopy } from "../../src/training/device-copy.ts";
import { blockNumbers } from "../nn/module-contract.ts";
import { drawnModel, placeOn, type SmallModel, writeGradients } from "../nn/small-model.ts";

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** A device that learns apart: what it retrieves is as it was when the retrieval was asked for. */
function onDevice() {
  const [backend, host] = [new WasmBackend(), new WasmBackend()];
  const model: SmallModel = drawnModel(placeOn(backend, host));
  const asked: { readonly blocks: readonly Parameters[]; readonly tensors: readonly Tensor[] }[] = [];
  const brought = new Map<Parameters, Float32Array[]>();
  let submitted = 0;
  let answer = (): void => {};
  const device: DeviceOperations = {
    submit: () => void submitted++,
    retrieve: (blocks, tensors) => {
      asked.push({ blocks, tensors });
      const now = blocks.map((block) => block.specs.map((_, i) => backend.readParameter(block, i) as Float32Array));
      return new Promise((resolve) => {
        answer = () => {
          for (const [i, block] of blocks.entries()) brought.set(block, now[i]);
          resolve();
        };
      });
    },
    retrieved: (block, i) => brought.get(block)![i],
    release: () => {},
  };
  const metrics = [backend.tensor(1, 2)];
  const copy = new DeviceCopy(device, [model], () => metrics);
  const learn = (): void => {
    writeGradients(model, 1);
    model.descend(0.1);
  };
  const acting = (): number[] => blockNumbers(host, model.acting.parameters);
  const learning = (): number[] => blockNumbers(backend, model.parameters);
  return { acting, asked, copy, learn, learning, metrics, model, submitted: () => submitted, answer: () => answer() };
}

test("there is none where an agent acts with the weights that it trains", () => {
  const backend = new WasmBackend();
  expect(createDeviceCopy(backend, [], () => [])).toBe(null);
  const device = { submit: () => {} } as never;
  const onIt = Object.assign(Object.create(backend) as Backend, {});
  Object.defineProperty(onIt, "device", { value: device });
  expect(createDeviceCopy(onIt, [], () => [])).toBeInstanceOf(DeviceCopy);
});

describe("renewals", () => {
  test("begin with every twentieth update; every update is submitted", async () => {
    const { asked, copy, metrics, model, submitted, answer } = onDevice();
    for (let update = 1; update <= 45; update++) {
      copy.updated(update);
      answer();
      await pause();
    }
    expect(submitted()).toBe(45);
    expect(asked.map(({ blocks, tensors }) => [blocks, tensors])).toEqual([
      [[model.parameters], metrics],
      [[model.parameters], metrics],
    ]);
    expect(copy.renewedUpdates).toBe(40);
  });

  test("bring the weights of when they were asked for, once they are here", async () => {
    const { acting, copy, learn, learning, answer } = onDevice();
    const before = acting();
    learn();
    const asked = learning();
    copy.updated(20);
    learn();
    expect([copy.renewedUpdates, acting()]).toEqual([-1, before]);
    const { renewal } = copy;
    expect(renewal).toBeInstanceOf(Promise);
    answer();
    await renewal;
    expect([copy.renewedUpdates, acting(), copy.renewal]).toEqual([20, asked, undefined]);
    expect(acting()).not.toEqual(learning());
  });

  test("are one at a time", async () => {
    const { asked, copy, answer } = onDevice();
    copy.updated(20);
    const { renewal } = copy;
    copy.updated(40);
    expect([asked.length, copy.renewal === renewal]).toEqual([1, true]);
    answer();
    await renewal;
    copy.updated(60);
    expect(asked).toHaveLength(2);
  });

  test("that fail leave the acting copy, and let the next one begin", async () => {
    const { acting, model } = onDevice();
    const before = acting();
    const lost: DeviceOperations = {
      submit: () => {},
      retrieve: () => Promise.reject(new Error("the device was lost")),
      retrieved: () => new Float32Array(0),
      release: () => {},
    };
    const copy = new DeviceCopy(lost, [model], () => []);
    copy.updated(20);
    await expect(copy.renewal).rejects.toThrow("the device was lost");
    await pause();
    expect([copy.renewal, copy.renewedUpdates, acting()]).toEqual([undefined, -1, before]);
  });
});

describe("a sync", () => {
  test("brings the optimizer's blocks and others too, and is told of by its update", async () => {
    const { acting, asked, copy, learn, learning, model, answer } = onDevice();
    learn();
    const other = model.backend.parameters(model.specs);
    const bringing = copy.bring(7, [other]);
    expect(copy.isSynced(7)).toBe(false);
    answer();
    await bringing;
    const { m, v } = model.optimizer.blocks;
    expect(asked[0].blocks).toEqual([model.parameters, m, v, other]);
    expect([copy.isSynced(7), copy.isSynced(8), copy.renewedUpdates]).toEqual([true, false, 7]);
    expect(acting()).toEqual(learning());
  });

  test("holds no longer where weights were changed from here", async () => {
    const { copy, answer } = onDevice();
    const bringing = copy.bring(7, []);
    answer();
    await bringing;
    copy.invalidate();
    expect(copy.isSynced(7)).toBe(false);
  });

  test("or a renewal that was under way then does not undo the change", async () => {
    const { acting, copy, model, answer } = onDevice();
    const syncing = copy.bring(20, []);
    answer();
    await syncing;
    copy.updated(40);
    const { renewal } = copy;
    model.setWeights(model.numbers().map((array) => array.map(() => 3)));
    copy.invalidate();
    answer();
    await renewal;
    expect(new Set(acting())).toEqual(new Set([3]));
    expect([copy.renewedUpdates, copy.renewal]).toEqual([20, undefined]);
    const late = copy.bring(41, []);
    copy.invalidate();
    answer();
    await late;
    expect(copy.isSynced(41)).toBe(false);
  });
});
