// Opening a GPU, as far as it goes without one. What runs on an adapter is in test/webgpu.

import { afterEach, expect, test, vi } from "vitest";
import { DQN } from "../../../src/agents/deep-q/dqn.ts";
import { auto, webgpu } from "../../../src/backends/webgpu/index.ts";
import { DeviceError } from "../../../src/errors.ts";
import { box, discrete } from "../../../src/space.ts";

const SPACES = { observationSpace: box(-1, 1, [2]), actionSpace: discrete(2) };

type Gpu = NonNullable<NonNullable<Parameters<typeof webgpu>[0]>["gpu"]>;

/** A system without an adapter, or with one that gives no device. */
const withoutAdapter: Gpu = { requestAdapter: async () => null };
const withoutDevice: Gpu = {
  requestAdapter: async () => ({
    limits: { maxBufferSize: 1, maxStorageBufferBindingSize: 1 },
    requestDevice: async () => {
      throw new Error("all are taken");
    },
  }),
};

afterEach(() => {
  vi.unstubAllGlobals();
});

test("says what to install where there is no WebGPU", async () => {
  vi.stubGlobal("navigator", {});
  await expect(webgpu()).rejects.toThrow(
    new DeviceError(
      "webgpu: gpu expected navigator.gpu or options.gpu, got neither. " +
        'In Node and Bun install the package "webgpu" and pass { gpu: create([]) }; elsewhere use another browser, or "wasm".',
    ),
  );
});

test("says so where there is no adapter, also through navigator.gpu", async () => {
  const message =
    'webgpu: adapter expected one that fits, got none. Install or enable a graphics driver, or use backend "wasm" or "auto".';
  await expect(webgpu({ gpu: withoutAdapter })).rejects.toThrow(new DeviceError(message));
  vi.stubGlobal("navigator", { gpu: withoutAdapter });
  await expect(webgpu()).rejects.toThrow(new DeviceError(message));
});

test("passes on why the adapter gives no device", async () => {
  await expect(webgpu({ gpu: withoutDevice })).rejects.toThrow(
    new DeviceError(
      'webgpu: device expected one of the adapter, got Error: all are taken. Try again, or use backend "wasm" or "auto".',
    ),
  );
});

test("auto is wasm without WebGPU, without an adapter and without a device", async () => {
  expect(await auto({ gpu: withoutAdapter })).toBe("wasm");
  expect(await auto({ gpu: withoutDevice })).toBe("wasm");
  vi.stubGlobal("navigator", {});
  expect(await auto()).toBe("wasm");
});

test("auto does not even ask for an adapter when updates are small", async () => {
  const requestAdapter = vi.fn(async () => null);
  expect(await auto({ gpu: { requestAdapter }, updateFlops: 1e6 })).toBe("wasm");
  expect(requestAdapter).not.toHaveBeenCalled();
  await auto({ gpu: { requestAdapter }, updateFlops: 1e9 });
  expect(requestAdapter).toHaveBeenCalledWith({ powerPreference: "high-performance" });
});

test("an agent created on wasm is the one that new makes", async () => {
  const options = { seed: 5, network: { hidden: [8] } };
  const created = await DQN.create(SPACES, {
    ...options,
    backend: (demand) => auto({ gpu: withoutAdapter, ...demand }),
  });
  expect(await created.weightsSha256()).toBe(await new DQN(SPACES, options).weightsSha256());
  expect(await (await DQN.create(SPACES, options)).weightsSha256()).toBe(await created.weightsSha256());
});

test("create tells the function the operations of an update, 8 x weights x batch", async () => {
  const told: number[] = [];
  const backend = async ({ updateFlops }: { updateFlops: number }): Promise<"wasm"> => {
    told.push(updateFlops);
    return "wasm";
  };
  await DQN.create(SPACES, { network: { hidden: [10] }, batchSize: 4, backend });
  expect(told).toEqual([8 * (2 * 10 + 10 + 10 * 2 + 2) * 4]);
});

test("create refuses wrong options before it opens anything, and by a rejection", async () => {
  const backend = vi.fn(async () => "wasm" as const);
  const wrong = DQN.create(SPACES, { batchSize: 0, backend });
  await expect(wrong).rejects.toThrow("DQN: batchSize expected an integer at least 1");
  expect(backend).not.toHaveBeenCalled();
});

test("on a CPU sync has nothing to do, before dispose", async () => {
  const agent = new DQN(SPACES);
  await agent.sync();
  expect(agent.save().length).toBeGreaterThan(0);
  agent.dispose();
  await expect(agent.sync()).rejects.toThrow("sync: agent expected to be in use, got one that was disposed of.");
});
