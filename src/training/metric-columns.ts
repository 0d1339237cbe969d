// The numbers of the checkpoint's tensor "metrics", each of which is a column of some tensor [1, n].

import type { Backend } from "../backend.ts";
import type { Tensor } from "../operations/handles.ts";

export interface MetricColumn {
  readonly tensor: Tensor;
  readonly column: number;
}

/** The latest of every column. */
export function readMetrics(backend: Backend, columns: readonly MetricColumn[]): Float32Array {
  return Float32Array.from(columns, ({ tensor, column }) => backend.latest(tensor, column));
}

/** The inverse of `readMetrics`; columns that are not listed become 0. */
export function writeMetrics(backend: Backend, columns: readonly MetricColumn[], values: Float32Array): void {
  const rows = new Map<Tensor, Float32Array>();
  for (const [i, { tensor, column }] of columns.entries()) {
    const row = rows.get(tensor) ?? new Float32Array(tensor.columns);
    row[column] = values[i];
    rows.set(tensor, row);
  }
  for (const [tensor, row] of rows) backend.write(tensor, row);
}
