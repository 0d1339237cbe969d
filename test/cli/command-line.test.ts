import { describe, expect, test } from "vitest";
import { CommandLine } from "../../src/cli/command-line.ts";

const KINDS = { steps: "text", set: "list", json: "flag", resume: "optional" } as const;
const read = (...words: string[]): CommandLine => new CommandLine("train", words, KINDS);

describe("words after a command", () => {
  test("are options with their values, and positionals in their order", () => {
    const line = read("dqn", "--steps", "5e4", "CartPole-v1", "--set", "a=1", "--set=b=2", "--json");
    expect(line.positionals).toEqual(["dqn", "CartPole-v1"]);
    expect(line.text("steps")).toBe("5e4");
    expect(line.list("set")).toEqual(["a=1", "b=2"]);
    expect([line.has("json"), line.has("resume"), line.text("resume")]).toEqual([true, false, undefined]);
  });

  test("tell which word follows a flag that may have a value", () => {
    expect(read("--resume", "runs/one").positionalAfter("resume")).toBe(0);
    expect(read("dqn", "--resume", "--json").positionalAfter("resume")).toBeUndefined();
    expect(read("--resume=runs/one").text("resume")).toBe("runs/one");
  });

  test("are whole numbers in any of three forms", () => {
    expect(["50000", "50_000", "5e4"].map((text) => read("--steps", text).count("steps", 1))).toEqual([
      50_000, 50_000, 50_000,
    ]);
    expect(read().count("steps", 1)).toBeUndefined();
    expect(read("--steps", "0.5").number("steps", 0)).toBe(0.5);
  });
});

describe("wrong words are told in one line", () => {
  test.each([
    [["--stops", "1"], "train: option expected a known name, got --stops. Did you mean --steps?"],
    [["--something"], "train: option expected a known name, got --something. See bellwether train --help."],
    [["--steps"], "train: --steps expected a value, got none. See bellwether train --help."],
    [["--steps", "--json"], 'train: --steps expected a value, got "--json". See bellwether train --help.'],
    [["--json=1"], 'train: --json expected no value, got "1". See bellwether train --help.'],
    [["--json", "--json"], "train: --json expected to be given once, got it twice. See bellwether train --help."],
  ])("%j", (words, message) => {
    expect(() => read(...words)).toThrow(message);
  });

  test.each([
    ["x", "a whole number of at least 1"],
    ["0", "a whole number of at least 1"],
    ["1.5", "a whole number of at least 1"],
    ["", "a whole number of at least 1"],
  ])("%j for a count", (text, rule) => {
    expect(() => read(`--steps=${text}`).count("steps", 1)).toThrow(`train: --steps expected ${rule}, got "${text}".`);
  });

  test("too few and too many positionals", () => {
    expect(() => read("a").requirePositionals(2, 2, "<algorithm> <env>")).toThrow("expected <algorithm> <env>, got a.");
    expect(() => read().requirePositionals(1, 1, "<run>")).toThrow("expected <run>, got nothing.");
    expect(() => read("a", "b").requirePositionals(0, 1, "<run>")).toThrow('expected <run>, got also "b".');
  });
});
