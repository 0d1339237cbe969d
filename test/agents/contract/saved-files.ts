// Files with everything in them that there is to damage, and what a damaged one may do: be refused, or work.

import { expect, vi } from "vitest";
import { CheckpointError, DivergenceError } from "../../../src/errors.ts";
import { contains, type SpaceValue } from "../../../src/space.ts";
import type { AgentBase } from "../../../src/training/agent-base.ts";
import type { LoadOptions } from "../../../src/training/making.ts";
import { type Row, strollFor, vectorOf } from "./agents.ts";
import { sampleOf, transitionOf } from "./made-up.ts";

export interface SavedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What it is loaded with. */
  options(): LoadOptions;
}

const own = (): LoadOptions => ({});

const NEW_EPISODE = /^\w+\.load: .*; the run goes on in a new episode, not bit for bit\.$/;

/** Of an agent in the middle of an episode, of several, of a step and of a round of updates; and a policy. */
export function savedFiles(row: Row): readonly SavedFile[] {
  const isRounds = row.agent.about.learnsFrom === "rollouts";
  const single = (): LoadOptions => ({ env: strollFor(row) });
  const vector = (): LoadOptions => ({
    env: row.isParallel ? vectorOf(() => strollFor(row), 3, "next-step") : strollFor(row),
  });
  const inEpisode = row.make(single().env);
  inEpisode.learnSync(50);
  const inEpisodes = row.make(vector().env);
  inEpisodes.learnSync(51);
  const { observationSpace, actionSpace } = strollFor(row);
  const environments = row.isParallel ? 2 : 1;
  const inStep = row.make({ observationSpace, actionSpace }, { environments });
  drive(inStep, 0, 31);
  inStep.act(sampleOf(observationSpace, 31), { explore: true });
  const inRound = row.make({ observationSpace, actionSpace }, { environments });
  drive(inRound, 0, 36, isRounds ? 2 : 3);
  return [
    { name: "a run in an episode", bytes: inEpisode.save(), options: single },
    { name: "a run in episodes", bytes: inEpisodes.save(), options: vector },
    { name: "a run in a step", bytes: inStep.save(), options: own },
    { name: "a run in a round", bytes: inRound.save(), options: own },
    { name: "a policy", bytes: inEpisode.save({ contents: "policy" }), options: single },
  ];
}

/** Acts and observes one by one, with masks now and then. @param lastUpdates made after the last step */
function drive(agent: AgentBase, from: number, to: number, lastUpdates: number = 100): void {
  const { observationSpace } = agent;
  for (let k = from; k < to; k++) {
    const mask = k % 3 === 0 ? [1, 1, k % 2] : undefined;
    const action = agent.act(sampleOf(observationSpace, k), { explore: true, mask });
    agent.observe(transitionOf(observationSpace, k, action));
    agent.update({ maxUpdates: k === to - 1 ? lastUpdates : 100 });
  }
}

/**
 * A damaged file is refused with CheckpointError and nothing else; one that is not acts, and learns or says that it diverged.
 * The only warning is of a new episode, where the file lost the state of its environment; it is not printed.
 * @returns whether it was refused
 */
export function expectRefusedOrUsable(
  row: Row,
  { bytes, options }: Pick<SavedFile, "bytes" | "options">,
  when: string,
): boolean {
  let agent: AgentBase;
  const warn = vi.spyOn(console, "warn").mockReturnValue();
  try {
    agent = row.agent.load(bytes, options());
  } catch (error) {
    if (error instanceof CheckpointError) return true;
    throw new Error(`${when}: ${error}`, { cause: error });
  } finally {
    const warnings = warn.mock.calls.filter(([text]) => !NEW_EPISODE.test(text));
    warn.mockRestore();
    expect(warnings, when).toEqual([]);
  }
  try {
    expect(agent.memory().total, when).toBeLessThan(20e6);
    const observation = sampleOf(agent.observationSpace, 3);
    expect(contains(agent.actionSpace, agent.act(observation)), when).toBe(true);
    if ("step" in (options().env ?? {})) agent.learnSync(4);
    else for (let k = 0; k < 4; k++) learnOnce(agent, sampleOf(agent.observationSpace, k), k);
  } catch (error) {
    if (!(error instanceof DivergenceError)) throw new Error(`${when}: ${error}`, { cause: error });
  } finally {
    agent.dispose();
  }
  return false;
}

/** A few updates first: a full rollout has no room. */
function learnOnce(agent: AgentBase, observation: SpaceValue, k: number): void {
  agent.update({ maxUpdates: 50 });
  const action = agent.act(observation, { explore: true });
  agent.observe({ ...transitionOf(agent.observationSpace, k, action), observation });
}
