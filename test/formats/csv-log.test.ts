import { describe, expect, test } from "vitest";
import { CsvLog } from "../../src/formats/csv-log.ts";
import type { LogSink } from "../../src/logger.ts";

function collect(): LogSink & { text: string; calls: string[] } {
  return {
    text: "",
    calls: [],
    write(chunk) {
      this.text += chunk;
      this.calls.push("write");
    },
    flush() {
      this.calls.push("flush");
    },
    close() {
      this.calls.push("close");
    },
  };
}

describe("CsvLog", () => {
  test("writes one line a value, whatever values appear later", () => {
    const sink = collect();
    const log = new CsvLog(sink);
    log.log({ step: 1000, seconds: 0.5, values: { "rollout/return": 21 } });
    log.log({ step: 2000, seconds: 1.25, values: { "rollout/return": 30.5, "train/loss": 1e-9 } });
    expect(sink.text).toBe(
      "step,seconds,name,value\n1000,0.5,rollout/return,21\n2000,1.25,rollout/return,30.5\n2000,1.25,train/loss,1e-9\n",
    );
    expect(sink.calls).toEqual(["write", "write"]);
  });

  test("writes declared columns, empty where a record has no such value", () => {
    const sink = collect();
    const log = new CsvLog(sink, { columns: ["loss", "return", "toString"] });
    log.log({ step: 1, seconds: 0, values: { return: 2, other: 3 } });
    log.log({ step: 2, seconds: 1, values: { loss: Number.NaN, return: Number.NEGATIVE_INFINITY } });
    expect(sink.text).toBe("step,seconds,loss,return,toString\n1,0,,2,\n2,1,NaN,-Infinity,\n");
  });

  test("quotes names that contain the characters of the format", () => {
    const sink = collect();
    new CsvLog(sink).log({ step: 1, seconds: 0, values: { 'a,"b"\n': 1 } });
    expect(sink.text).toBe('step,seconds,name,value\n1,0,"a,""b""\n",1\n');
  });

  test("writes no second heading where there is one already", () => {
    const sink = { ...collect(), existingBytes: 24 };
    new CsvLog(sink).log({ step: 1, seconds: 0, values: { a: 1 } });
    expect(sink.text).toBe("1,0,a,1\n");
  });

  test("passes flush and close on, and does without them", () => {
    const sink = collect();
    const log = new CsvLog(sink);
    log.flush();
    log.close();
    expect(sink.calls).toEqual(["flush", "close"]);
    expect(new CsvLog({ write: () => undefined }).flush()).toBeUndefined();
  });

  test.each([
    [[], "[]"],
    [["a", "a"], '["a", "a"]'],
  ])("refuses the columns %j", (columns, shown) => {
    expect(() => new CsvLog(collect(), { columns })).toThrow(
      new RangeError(
        `CsvLog: columns expected at least one name and no name twice, got ${shown}. Omit them for the long form.`,
      ),
    );
  });
});
