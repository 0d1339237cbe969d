import { describe, expect, test } from "vitest";
import { requireBlob, requireStorageName } from "../../src/formats/storage-name.ts";

const ADVICE = 'Pass a name such as "run/agent.safetensors".';

describe("requireStorageName", () => {
  test.each(["a", "run/agent.safetensors", "runs/dqn-7/step 50.000", "...x", ".hidden", "größe", "console"])(
    "accepts %j",
    (name) => expect(requireStorageName("here", name)).toBe(name),
  );

  const slashes = "non-empty parts between slashes, and none before the first";
  const characters = 'no control characters and none of \\ < > : " | ? *';
  test.each([
    ["", slashes],
    ["/etc/passwd", slashes],
    ["a//b", slashes],
    ["a/", slashes],
    ["..", 'no "." or ".." parts'],
    ["a/../../b", 'no "." or ".." parts'],
    ["./a", 'no "." or ".." parts'],
    ["a\\..\\b", characters],
    ["C:a", characters],
    ["a\u0000", characters],
    ["a\nb", characters],
    ["a*", characters],
    ["a.", "no part that ends in a dot or a space"],
    ["a /b", "no part that ends in a dot or a space"],
    ["a~", 'no part that ends in "~" (unfinished files do)'],
    ["nul.txt", "no device name of Windows"],
    ["\ud800", "whole Unicode characters"],
  ])("refuses %j", (name, rule) => {
    expect(() => requireStorageName("here", name)).toThrow(
      new RangeError(`here: name expected ${rule}, got ${JSON.stringify(name)}. ${ADVICE}`),
    );
  });

  test("counts bytes, as file systems do", () => {
    expect(requireStorageName("here", "x".repeat(200))).toHaveLength(200);
    expect(() => requireStorageName("here", "é".repeat(101))).toThrow(
      "here: name expected parts of at most 200 bytes, got",
    );
  });

  test("refuses what is no string", () => {
    expect(() => requireStorageName("here", 7)).toThrow(
      new TypeError(`here: name expected a string, got 7. ${ADVICE}`),
    );
  });
});

test("requireBlob refuses what is no Uint8Array", () => {
  expect(() => requireBlob("here", "text")).toThrow(
    new TypeError(
      'here: bytes expected Uint8Array, got "text". Encode the value first, for example with agent.save().',
    ),
  );
});
