// Arithmetic on tensors, row by row. Letters: B rows, A columns, N a count within a row or a group of rows.

import type { Tensor } from "../../operations/handles.ts";
import type { RowOperations } from "../../operations/rows.ts";
import { argmax } from "./argmax.ts";
import { dataOf } from "./handles.ts";
import { laneMean } from "./lanes.ts";
import { logSoftmax, softmax } from "./softmax.ts";

const f = Math.fround;

export class ReferenceRows implements RowOperations {
  copyColumns(rows: number, x: Tensor, from: number, y: Tensor, to: number, count: number): void {
    const [source, target] = [dataOf(x), dataOf(y)];
    for (let b = 0; b < rows; b++) {
      for (let c = 0; c < count; c++) target[b * y.columns + to + c] = source[b * x.columns + from + c];
    }
  }

  place(rows: number, x: Tensor, first: number, y: Tensor): void {
    const [from, to] = [dataOf(x), dataOf(y)];
    for (let b = 0; b < rows; b++) to[first + b] = from[b * x.columns];
  }

  maximum(rows: number, x: Tensor, first: number, y: Tensor): void {
    const A = x.columns;
    const [values, target] = [dataOf(x), dataOf(y)];
    for (let b = 0; b < rows; b++) {
      let largest = values[b * A];
      for (let a = 1; a < A; a++) if (values[b * A + a] > largest) largest = values[b * A + a];
      target[first + b] = largest;
    }
  }

  gather(rows: number, order: Tensor, first: number, x: Tensor, y: Tensor): void {
    const C = y.columns;
    const [indices, from, to] = [dataOf(order), dataOf(x), dataOf(y)];
    for (let b = 0; b < rows; b++) {
      const record = indices[first + b] * C;
      for (let c = 0; c < C; c++) to[b * C + c] = from[record + c];
    }
  }

  repeat(rows: number, times: number, x: Tensor, y: Tensor): void {
    const C = x.columns;
    const [from, to] = [dataOf(x), dataOf(y)];
    for (let r = 0; r < rows * times; r++) {
      const b = Math.floor(r / times);
      for (let c = 0; c < C; c++) to[r * C + c] = from[b * C + c];
    }
  }

  mean(rows: number, x: Tensor, count: number, y: Tensor): void {
    const [from, to] = [dataOf(x), dataOf(y)];
    for (let k = 0; k < rows * y.columns; k++) to[k] = laneMean(from, k * count, count);
  }

  fold(rows: number, count: number, x: Tensor, y: Tensor): void {
    transposeGroups(rows, count, x.columns, dataOf(x), dataOf(y));
  }

  unfold(rows: number, count: number, x: Tensor, y: Tensor): void {
    transposeGroups(rows, y.columns, count, dataOf(x), dataOf(y));
  }

  scaleGroups(rows: number, count: number, scale: Tensor, x: Tensor, y: Tensor): void {
    const A = x.columns;
    const [factors, from, to] = [dataOf(scale), dataOf(x), dataOf(y)];
    for (let r = 0; r < rows * count; r++) {
      const b = Math.floor(r / count);
      for (let a = 0; a < A; a++) to[r * A + a] = factors[b * A + a] * from[r * A + a];
    }
  }

  scaleGroupsBackward(
    rows: number,
    count: number,
    scale: Tensor,
    x: Tensor,
    dY: Tensor,
    dX: Tensor,
    dScale: Tensor | null,
  ): void {
    const A = x.columns;
    const [factors, values, slopes] = [dataOf(scale), dataOf(x), dataOf(dY)];
    const [ofX, ofScale] = [dataOf(dX), dataOf(dScale)];
    ofScale?.fill(0, 0, rows * A);
    for (let r = 0; r < rows * count; r++) {
      const b = Math.floor(r / count);
      for (let a = 0; a < A; a++) {
        const slope = slopes[r * A + a];
        if (ofScale !== null) ofScale[b * A + a] = ofScale[b * A + a] + f(slope * values[r * A + a]);
        ofX[r * A + a] = slope * factors[b * A + a];
      }
    }
  }

  addScaled(rows: number, x: Tensor, scale: number, y: Tensor): void {
    const [from, to] = [dataOf(x), dataOf(y)];
    const factor = f(scale);
    for (let k = 0; k < rows * x.columns; k++) to[k] += f(factor * from[k]);
  }

  standardize(rows: number, x: Tensor): void {
    if (rows < 2) return;
    const values = dataOf(x);
    let sum = 0;
    for (let b = 0; b < rows; b++) sum += values[b];
    const mean = sum / rows;
    let squares = 0;
    for (let b = 0; b < rows; b++) squares += (values[b] - mean) * (values[b] - mean);
    const deviation = Math.sqrt(squares / (rows - 1)) + 1e-8;
    for (let b = 0; b < rows; b++) values[b] = (values[b] - mean) / deviation;
  }

  softmax(rows: number, x: Tensor, y: Tensor): void {
    softmax(rows, x.columns, dataOf(x), dataOf(y));
  }

  logSoftmax(rows: number, x: Tensor, y: Tensor): void {
    logSoftmax(rows, x.columns, dataOf(x), dataOf(y));
  }

  argmax(row: number, x: Tensor, mask: Tensor | null): number {
    return argmax(dataOf(x), row * x.columns, x.columns, dataOf(mask));
  }
}

/** Transposes each of B groups: [B, rows, columns] becomes [B, columns, rows]. */
function transposeGroups(B: number, rows: number, columns: number, from: Float32Array, to: Float32Array): void {
  for (let b = 0; b < B; b++) {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) to[(b * columns + c) * rows + r] = from[(b * rows + r) * columns + c];
    }
  }
}
