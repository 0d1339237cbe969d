import { expect, test } from "vitest";
import * as node from "../../src/node/index.ts";

test("exports the file system's parts by name", () => {
  expect(Object.keys(node).sort()).toEqual(["DiskStorage", "FileSink"]);
});
