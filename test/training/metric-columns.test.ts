import { expect, test } from "vitest";
import { createBackend } from "../../src/backends/select.ts";
import { readMetrics, writeMetrics } from "../../src/training/metric-columns.ts";

test("numbers of several tensors are saved in the order of their list, and go back to where they were", () => {
  const backend = createBackend("test");
  const [loss, norm] = [backend.tensor(1, 4), backend.tensor(1, 2)];
  const columns = [
    { tensor: loss, column: 0 },
    { tensor: norm, column: 1 },
    { tensor: norm, column: 0 },
    { tensor: loss, column: 2 },
  ];
  backend.write(loss, [1, 2, 3, 4]);
  backend.write(norm, [5, 6]);
  const saved = readMetrics(backend, columns);
  expect(saved).toEqual(Float32Array.of(1, 6, 5, 3));
  backend.write(loss, [9, 9, 9, 9]);
  backend.write(norm, [9, 9]);
  writeMetrics(backend, columns, saved);
  expect(readMetrics(backend, columns)).toEqual(saved);
  // What no file holds begins anew.
  expect(backend.read(loss)).toEqual(Float32Array.of(1, 0, 3, 0));
});
