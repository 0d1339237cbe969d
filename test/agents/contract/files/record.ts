// Makes the files beside this one, and expected.json: what the version that wrote them came to when it went on.
//
//   node test/agents/contract/files/record.ts FOLDER_OF_A_BUILT_VERSION     (Node 22.18 or newer, which runs TypeScript)
//
// Those that are here were written by version 0.1.0 at commit fab8631, the last with optimizer numbers under `data.optimizer`. They
// are not to be made again: what they show is that files of that version go on.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type * as Library from "../../../../src/index.ts";
import { OLDER_POLICIES, OLDER_RUNS, type Outcome, outcomeOf } from "../older-runs.ts";

const library: typeof Library = await import(pathToFileURL(join(process.argv[2], "dist/index.js")).href);

function write(name: string, bytes: Uint8Array): void {
  if (bytes.length > 30_000) throw new RangeError(`${name}: expected at most 30 kB, got ${bytes.length} bytes.`);
  writeFileSync(new URL(`${name}.safetensors`, import.meta.url), bytes);
}

const expected: Record<string, Outcome> = {};
for (const [name, run] of Object.entries(OLDER_RUNS)) {
  const agentClass = run.agent(library);
  const agent = new agentClass(run.workplace(library), run.options as never);
  run.start(agent);
  write(name, agent.save());
  for (const [policy, of] of Object.entries(OLDER_POLICIES)) {
    if (of !== name) continue;
    const bytes = agent.save({ contents: "policy" });
    write(policy, bytes);
    expected[policy] = await outcomeOf(agentClass.load(bytes), run, undefined);
  }
  const metrics = run.goOn(agent);
  expected[name] = await outcomeOf(agent, run, metrics);
}
writeFileSync(new URL("expected.json", import.meta.url), `${JSON.stringify(expected)}\n`);
