// Teams for tests: workers come from the build, since workers of older Nodes read no TypeScript.

import { Worker } from "node:worker_threads";
import strict from "#threads-engine";
import { Team, type TeamPlan } from "../../../src/backends/threads/team.ts";
import { compileEngine } from "../../../src/engine/engine.ts";

export const WORKER: URL = new URL("../../../dist/backends/threads/team-worker.js", import.meta.url);

/** @param plan cuts up every operation that can be, however small */
export function openTeam(members: number, plan: Partial<TeamPlan> = {}): Promise<Team> {
  return Team.open({
    name: "strict",
    module: compileEngine(strict),
    members,
    startWorker: () => new Worker(WORKER),
    worth: 0,
    ...plan,
  });
}
