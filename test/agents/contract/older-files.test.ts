// Files of an older version (files/record.ts says which, and how they were made) load, and go on to what that version came to.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as library from "../../../src/index.ts";
import { OLDER_POLICIES, OLDER_RUNS, type Outcome, outcomeOf } from "./older-runs.ts";

const read = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`files/${name}.safetensors`, import.meta.url)));
const EXPECTED: Readonly<Record<string, Outcome>> = JSON.parse(
  readFileSync(new URL("files/expected.json", import.meta.url), "utf8"),
);

test.each(Object.entries(OLDER_RUNS))(
  "a file of an older version goes on to what that version came to: %s",
  async (name, run) => {
    const env = run.workplace(library);
    const agent = run.agent(library).load(read(name), "step" in env ? { env } : {});
    const metrics = run.goOn(agent);
    expect(await outcomeOf(agent, run, metrics)).toEqual(EXPECTED[name]);
  },
);

test.each(Object.entries(OLDER_POLICIES))(
  "a policy file of an older version acts as in that version: %s",
  async (name, of) => {
    const run = OLDER_RUNS[of];
    expect(await outcomeOf(run.agent(library).load(read(name)), run, undefined)).toEqual(EXPECTED[name]);
  },
);
