import { describe, expect, test } from "vitest";
import { CheckpointError } from "../../src/errors.ts";
import { movable, packError, tagged, unpackError, untag } from "../../src/worker/messages.ts";

describe("messages", () => {
  test("are told from others by their tag and the version of the protocol", () => {
    const hello = tagged({ kind: "hello" });
    expect(untag(structuredClone(hello))).toEqual(hello);
    for (const other of [undefined, null, 7, "hello", {}, { kind: "hello" }, { bellwether: 2, kind: "hello" }]) {
      expect(untag(other)).toBeUndefined();
    }
  });

  test.each([new TypeError("a"), new RangeError("b"), new CheckpointError("c"), new SyntaxError("d")])(
    "carry %s with class, message and stack",
    (error) => {
      const arrived = unpackError(structuredClone(packError(error)));
      expect(arrived).toBeInstanceOf(error instanceof SyntaxError ? Error : error.constructor);
      expect([arrived.name, arrived.message, arrived.stack]).toEqual([error.name, error.message, error.stack]);
    },
  );

  test("carry what was thrown and is no error", () => {
    expect(unpackError(packError("plain text")).message).toBe("plain text");
    expect(unpackError({ name: "constructor", message: "m", stack: undefined })).toBeInstanceOf(Error);
  });

  test("move whole buffers only", () => {
    const bytes = new Uint8Array(8);
    expect(movable(bytes)).toEqual([bytes.buffer]);
    expect(movable(bytes.subarray(1))).toEqual([]);
    expect(movable(new Uint8Array(new SharedArrayBuffer(8)))).toEqual([]);
    expect(movable({ bytes })).toEqual([]);
  });
});
