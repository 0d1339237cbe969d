import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StateError } from "../../src/errors.ts";
import { CsvLog } from "../../src/formats/csv-log.ts";
import { FileSink } from "../../src/node/file-sink.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "file-sink-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("FileSink", () => {
  test("makes folders, appends text and bytes, and continues an existing file", () => {
    const path = join(folder, "new/log.txt");
    const first = new FileSink(path);
    expect(first.existingBytes).toBe(0);
    first.write("é");
    expect(readFileSync(path, "utf8")).toBe("é");
    first.write(Uint8Array.of(10));
    first.flush();
    first.close();
    first.close();
    const second = new FileSink(path);
    expect(second.existingBytes).toBe(3);
    second.write("b");
    second.close();
    expect(readFileSync(path, "utf8")).toBe("é\nb");
  });

  test("gives a resumed log one heading", () => {
    const path = join(folder, "log.csv");
    for (const step of [1, 2]) {
      const log = new CsvLog(new FileSink(path));
      log.log({ step, seconds: 0, values: { a: step } });
      log.flush();
      log.close();
    }
    expect(readFileSync(path, "utf8")).toBe("step,seconds,name,value\n1,0,a,1\n2,0,a,2\n");
  });

  test("refuses to be used after close", () => {
    const path = join(folder, "log.txt");
    const sink = new FileSink(path);
    sink.close();
    for (const call of ["write", "flush"] as const) {
      expect(() => sink[call]("x")).toThrow(
        new StateError(
          `FileSink.${call}: sink expected to be open, got ${path} closed. Make a new FileSink; it appends.`,
        ),
      );
    }
  });

  test.skipIf(!existsSync("/dev/full"))("reports a full disk (only where the system has /dev/full)", () => {
    const sink = new FileSink("/dev/full");
    expect(() => sink.write("abc")).toThrow(
      "FileSink.write: /dev/full expected to take 3 bytes, got ENOSPC: no space left on device, write. Check the disk.",
    );
    sink.close();
  });
});
