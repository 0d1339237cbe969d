// Files that were cut off, or in which bits flipped. What every tensor and every value of their JSON may be is in
// hostile-files.slow.test.ts.

import { describe, expect, test } from "vitest";
import { CheckpointError } from "../../../src/errors.ts";
import { tamper } from "../tamper.ts";
import { AGENTS } from "./agents.ts";
import { expectRefusedOrUsable, savedFiles } from "./saved-files.ts";

/** Park & Miller's generator. */
function randomIntegers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % n;
  };
}

describe.each(AGENTS)("$name", (row) => {
  const files = savedFiles(row);

  test.each(files)("a file that is cut off anywhere is refused: $name", ({ bytes, options }) => {
    for (let length = 0; length < bytes.length; length += 97) {
      expect(() => row.agent.load(bytes.slice(0, length), options()), `${length} bytes`).toThrow(CheckpointError);
    }
  });

  test.each(files)("a file in which a bit flipped is refused, or does no harm: $name", (file) => {
    const SEED = 20_240_601;
    const random = randomIntegers(SEED);
    const { bytes } = file;
    // Damage to the numbers themselves is rarely noticed; the header and its JSON are where the traps lie.
    const header = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    let refused = 0;
    for (let flip = 0; flip < 60; flip++) {
      const damaged = bytes.slice();
      const byte = flip % 5 === 0 ? random(bytes.length) : random(header);
      damaged[byte] ^= 1 << random(8);
      if (expectRefusedOrUsable(row, { ...file, bytes: damaged }, `seed ${SEED}, flip ${flip}, byte ${byte}`))
        refused++;
    }
    expect(refused).toBeGreaterThan(15);
  });

  // biome-ignore lint/suspicious/noExplicitAny: JSON to be changed at will
  type Change = (description: any, metadata: Map<string, string>) => void;
  const changes: [string, Change, string | RegExp][] = [
    [
      "a future format",
      (_, m) => m.set("formatVersion", "2"),
      'load: formatVersion expected 1, got "2". Load it with the version of the library that wrote it.',
    ],
    [
      "another origin",
      (_, m) => m.set("format", "pt"),
      'load: file expected a bellwether checkpoint, got safetensors of another origin (format "pt"). Use importWeights for plain weights.',
    ],
    ["unknown contents", (_, m) => m.set("contents", "all"), 'load: contents expected "run" or "policy", got "all".'],
    [
      "an engine of its own (regression: it was run)",
      (d) => (d.data.settings.engine = { name: "own", packed: "AGFzbQEAAAA=" }),
      `load: settings expected valid options, got "${row.name}: option expected a known name, got`,
    ],
    ["an unknown setting", (d) => (d.data.settings.turbo = true), "load: settings expected valid options, got"],
    ["no settings", (d) => delete d.data.settings, "load: settings expected an object, got undefined."],
    ["a negative count", (d) => (d.counters.envSteps = -1), "load: counters.envSteps expected a count, got -1."],
    [
      "endless pending updates",
      (d) => (d.session.pendingUpdates = 1e15),
      /^load: session.pendingUpdates expected at most \d+, got 1000000000000000\./,
    ],
    ["no session", (d) => delete d.session, "load: session expected an object, got undefined."],
    [
      "returns that are none",
      (d) => (d.session.recentReturns = [null]),
      "load: session.recentReturns expected at most 100 numbers, got [null].",
    ],
    ["a seed that is none", (d) => (d.session.seeded = 1), "load: session.seeded expected true or false, got 1."],
    [
      "a state of another environment",
      (d) => (d.session.envState = { wrapper: "Other" }),
      "load: environment expected a state that it had saved, got one that it refuses: ",
    ],
  ];
  test.each(changes)("a file with %s is refused, with what is wrong with it", (_, change, message) => {
    const [{ bytes, options }] = files;
    const hostile = tamper(bytes, ({ description, metadata }) => change(description, metadata));
    expect(() => row.agent.load(hostile, options())).toThrow(CheckpointError);
    expect(() => row.agent.load(hostile, options())).toThrow(message);
  });
});
