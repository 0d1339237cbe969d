import { describe, expect, test } from "vitest";
import { JsonlLog } from "../../src/formats/jsonl-log.ts";

describe("JsonlLog", () => {
  test("writes one flat object a line, with null for what JSON has no number for", () => {
    let text = "";
    const log = new JsonlLog({ write: (chunk) => (text += chunk) });
    log.log({ step: 1, seconds: 0.5, values: { "train/loss": 0.25, ["__proto__"]: 3 } });
    log.log({ step: 2, seconds: 1, values: { a: Number.NaN, b: Number.POSITIVE_INFINITY } });
    expect(text).toBe(
      '{"step":1,"seconds":0.5,"train/loss":0.25,"__proto__":3}\n{"step":2,"seconds":1,"a":null,"b":null}\n',
    );
  });

  test("passes flush and close on", () => {
    const calls: string[] = [];
    const log = new JsonlLog({
      write: () => undefined,
      flush: () => void calls.push("flush"),
      close: () => void calls.push("close"),
    });
    log.flush();
    log.close();
    expect(calls).toEqual(["flush", "close"]);
  });

  test.each(["step", "seconds"])("refuses a value called %s", (name) => {
    const log = new JsonlLog({ write: () => undefined });
    expect(() => log.log({ step: 1, seconds: 0, values: { [name]: 1 } })).toThrow(
      new RangeError(
        `JsonlLog.log: value names expected other than step and seconds, got "${name}". Rename the value.`,
      ),
    );
  });
});
