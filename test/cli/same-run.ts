// Whether two run folders hold the same run.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";

/** The log without the clock. */
export function logOf(folder: string): unknown[] {
  const lines = readFileSync(join(folder, "log.jsonl"), "utf8").trimEnd().split("\n");
  return lines.map((line) => ({ ...JSON.parse(line), seconds: 0 }));
}

export const bytesOf = (folder: string, name: string): Buffer => readFileSync(join(folder, name));
const csvRows = (folder: string): string[] =>
  bytesOf(folder, "log.csv")
    .toString()
    .split("\n")
    .map((row) => row.replace(/^(\d+),[\d.]+/, "$1"));

/** Everything but times. */
export function expectSameRun(folder: string, other: string): void {
  expect(logOf(folder)).toEqual(logOf(other));
  expect(csvRows(folder)).toEqual(csvRows(other));
  expect(bytesOf(folder, "best.safetensors").equals(bytesOf(other, "best.safetensors"))).toBe(true);
  expect(bytesOf(folder, "checkpoint.safetensors").equals(bytesOf(other, "checkpoint.safetensors"))).toBe(true);
  expect(bytesOf(folder, "curve.svg").equals(bytesOf(other, "curve.svg"))).toBe(true);
  const timeless = (where: string) => {
    const { seconds: _, folder: __, ...result } = JSON.parse(bytesOf(where, "result.json").toString());
    return result;
  };
  expect(timeless(folder)).toEqual(timeless(other));
}
