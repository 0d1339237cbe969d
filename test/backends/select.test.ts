import { expect, test } from "vitest";
import { reference } from "../../src/backends/reference/index.ts";
import { type BackendChoice, createBackend } from "../../src/backends/select.ts";

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
