import { expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import { reference } from "../../src/backends/reference/index.ts";
import {
  type BackendChoice,
  type BackendSource,
  createBackend,
  createValueBackends,
  onThreads,
  openBackend,
} from "../../src/backends/select.ts";
import { UnsupportedError } from "../../src/errors.ts";
import type { DeviceOperations } from "../../src/operations/device.ts";

/** A backend that works apart from the host, as far as choosing one looks at it. */
function deviceBackend(): { backend: Backend; released: () => number } {
  let count = 0;
  const device: Pick<DeviceOperations, "release"> = { release: () => count++ };
  const backend = { name: "webgpu", device } as unknown as Backend;
  return { backend, released: () => count };
}

test("makes the wasm backend by default, and whatever a given function makes", () => {
  expect(createBackend("test").name).toBe("wasm");
  expect(createBackend("test", "wasm").name).toBe("wasm");
  expect(createBackend("test", reference).name).toBe("reference");
  const made = reference();
  expect(createBackend("test", () => made)).toBe(made);
});

test.each([
  [
    "reference",
    'test: backend expected "wasm" or a function that makes one, got "reference". Import { reference } from "bellwether/reference" and pass that.',
  ],
  [
    "webgpu",
    'test: backend expected "wasm" or a function that makes one, got "webgpu". It takes time to open: await test.create(...).',
  ],
  [
    "auto",
    'test: backend expected "wasm" or a function that makes one, got "auto". It takes time to open: await test.create(...).',
  ],
  ["cuda", 'test: backend expected "wasm" or a function that makes one, got "cuda". Leave it out for "wasm".'],
  [
    reference(),
    'test: backend expected "wasm" or a function that makes one, got ReferenceBackend. Leave it out for "wasm".',
  ],
])("refuses %o", (choice, message) => {
  expect(() => createBackend("test", choice as unknown as BackendChoice)).toThrow(new RangeError(message));
});

test("refuses an engine for a backend that has none", () => {
  expect(() => createBackend("test", reference, { name: "relaxed", packed: "" })).toThrow(
    new TypeError("test: engine expected none for a backend other than wasm, got relaxed. Leave one of them out."),
  );
});

test("refuses a backend that is only promised", () => {
  const promising = (async () => reference()) as unknown as BackendChoice;
  expect(() => createBackend("test", promising)).toThrow(
    new TypeError(
      "test: backend expected a function that makes one at once, got one that promises it. Use await test.create(...).",
    ),
  );
});

test("acts where it learns on a CPU, and on the engine beside a device", () => {
  const onCpu = createValueBackends("test", reference);
  expect(onCpu.acting).toBe(onCpu.learning);
  const { backend } = deviceBackend();
  const beside = createValueBackends("test", () => backend);
  expect(beside.learning).toBe(backend);
  expect(beside.acting.name).toBe("wasm");
});

test("refuses a device, and gives it back, where an agent learns where it acts", () => {
  const { backend, released } = deviceBackend();
  expect(() => createBackend("PQN", () => backend)).toThrow(
    new UnsupportedError('PQN: backend expected one that answers at once, got "webgpu". Leave it out for "wasm".'),
  );
  expect(released()).toBe(1);
});

test("opens what is promised, and tells the function what an update takes", async () => {
  const made = reference();
  const open = (source: BackendSource): Promise<BackendChoice> => openBackend("test", source, { updateFlops: 12 });
  expect(await open("wasm")).toBe("wasm");
  expect(createBackend("test", await open(() => made))).toBe(made);
  expect(await open(async ({ updateFlops }) => (updateFlops === 12 ? "wasm" : reference))).toBe("wasm");
});

test("takes threads for the wasm backend alone, and leaves the engine to their module", () => {
  expect(() => onThreads("test", 2, "webgpu", undefined)).toThrow(
    new TypeError('test: threads expected the backend "wasm", got "webgpu". Leave one of them out.'),
  );
  expect(() => onThreads("test", 2, "wasm", { name: "relaxed", packed: "" })).toThrow(
    new TypeError(
      'test: engine expected none beside threads, got relaxed. Import { threads } from "bellwether/threads" and pass ' +
        "backend: () => threads({ threads, engine }), with the engine of bellwether/threads/relaxed.",
    ),
  );
});

test("opens threads for an agent, and none by auto where its updates are small", async () => {
  const open = (threads: number | "auto", updateFlops: number): Promise<BackendChoice> =>
    openBackend("test", onThreads("test", threads, "wasm", undefined), { updateFlops });
  expect(await open("auto", 1000)).toBe("wasm");
  const backend = createBackend("test", await open(2, 1000));
  expect(backend.release).toBeTypeOf("function");
  backend.release?.();
});
