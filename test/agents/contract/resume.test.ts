import { describe, expect, test, vi } from "vitest";
import type { ActionValue } from "../../../src/agent.ts";
import type { AgentBase } from "../../../src/training/agent-base.ts";
import { forgetful } from "../small-envs.ts";
import { AGENTS, type Row, settingsOf, strollFor, vectorOf } from "./agents.ts";
import { sampleOf, transitionOf } from "./made-up.ts";
import { expectSameFile } from "./same-file.ts";

const STEPS = 120;

function learnTo(agent: AgentBase, steps: number): void {
  if (agent.envSteps < steps) agent.learnSync(steps - agent.envSteps);
}

async function expectSameRun(actual: AgentBase, expected: AgentBase, when: string): Promise<void> {
  expect(await actual.weightsSha256(), when).toBe(await expected.weightsSha256());
  expect(actual.metrics(), when).toEqual(expected.metrics());
  expectSameFile(actual.save(), expected.save(), when);
}

describe.each(AGENTS)("$name", (row) => {
  test.each(settingsOf(row))(
    "a run that is saved and loaded, several times in a row, goes on bit for bit: $name",
    async ({ options, workplace }) => {
      const whole = row.make(workplace(), options);
      const { episodeEnds } = whole.learnSync(STEPS);
      const boundary = episodeEnds[Math.floor(episodeEnds.length / 2)] ?? 60;
      // Before anything, after one step, between episodes, and in the middle of them.
      for (const cuts of [
        [0, 1, boundary, boundary + 2],
        [35, 36, 101],
      ]) {
        let agent = row.make(workplace(), options);
        for (const cut of cuts) {
          learnTo(agent, cut);
          agent = row.agent.load(agent.save(), { env: workplace() });
        }
        learnTo(agent, STEPS);
        await expectSameRun(agent, whole, `saved after ${cuts.join(", ")} steps`);
      }
    },
  );

  test("a run that is saved between any two units of its work, updates included, goes on bit for bit", async () => {
    const steps = 48;
    const whole = row.make();
    whole.learnSync(steps);
    const first = row.make();
    const saved = new Map<string, Uint8Array>();
    const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    // With slices of no time every unit of work is a slice of its own, and the event loop runs in between.
    const running = first.learn(steps, { sliceMs: 0 });
    while (first.envSteps < steps) {
      await pause();
      saved.set(`${first.envSteps} steps and ${first.updates} updates`, first.save());
    }
    await running;
    expectSameFile(first.save(), whole.save());
    expect(saved.size).toBeGreaterThan(40);
    for (const [when, bytes] of saved) {
      const agent = row.agent.load(bytes, { env: strollFor(row) });
      if (agent.envSteps === steps) continue;
      learnTo(agent, steps);
      expectSameFile(agent.save(), whole.save(), when);
    }
  });

  test.each(row.isParallel ? [1, 3] : [1])(
    "a caller's own loop in %i environments goes on bit for bit from any call, in the middle of a step or of a round",
    (environments) => {
      const whole = new OwnLoop(row, environments);
      const saved = new Map<number, OwnLoop["saved"]>();
      for (let call = 0; call < 240; call++) {
        if (call < 8 || (call >= 66 && call < 96)) saved.set(call, whole.saved);
        whole.perform(call);
      }
      const expected = whole.agent.save();
      for (const [from, moment] of saved) {
        const loop = new OwnLoop(row, environments, moment);
        for (let call = from; call < 240; call++) loop.perform(call);
        expectSameFile(loop.agent.save(), expected, `saved before call ${from}`);
      }
    },
  );

  test("a run in environments that cannot save their state goes on in a new episode, and says so", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const env = () => forgetful(strollFor(row));
    const agent = row.make(env());
    agent.learnSync(25);
    const loaded = row.agent.load(agent.save(), { env: env() });
    expect(warn.mock.calls).toEqual([
      [
        `${row.name}.load: the environment has no saveState/loadState; the run goes on in a new episode, not bit for bit.`,
      ],
    ]);
    expect(loaded.learnSync(30).envSteps).toBe(30);
    expect(loaded.envSteps).toBe(55);
    vi.restoreAllMocks();
  });

  if (row.isParallel)
    test("a run of several environments is loaded into as many, and no other number", () => {
      const env = (count: number) => vectorOf(() => strollFor(row), count, "same-step");
      const bytes = row.make(env(3)).save();
      expect(() => row.agent.load(bytes, { env: strollFor(row) })).toThrow(
        `${row.name}.load: environments expected 3 as the run was saved, got 1. Pass a vector environment of 3.`,
      );
      expect(() => row.agent.load(bytes, { env: env(4) })).toThrow(
        "environments expected 3 as the run was saved, got 4.",
      );
      expect(() => row.agent.load(row.make().save(), { env: env(3) })).toThrow("got 3. Pass a single environment.");
    });

  test("a run of a single environment goes on in a vector of one in a new episode, and the other way round", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const vector = () => vectorOf(() => strollFor(row), 1, "same-step");
    const [single, several] = [row.make(), row.make(vector())];
    for (const agent of [single, several]) agent.learnSync(21);
    expect(row.agent.load(single.save(), { env: vector() }).learnSync(10).envSteps).toBe(10);
    expect(row.agent.load(several.save(), { env: strollFor(row) }).learnSync(10).envSteps).toBe(10);
    const say = (kind: string): string =>
      `${row.name}.load: it was saved in a ${kind} environment; the run goes on in a new episode, not bit for bit.`;
    expect(warn.mock.calls).toEqual([[say("single")], [say("vector")]]);
    vi.restoreAllMocks();
  });
});

/** A caller's loop, call by call: acts, observes, and makes some of the updates, environments in turn. */
class OwnLoop {
  readonly agent: AgentBase;
  readonly #learnsRounds: boolean;
  #action: ActionValue;

  constructor(row: Row, environments: number, saved?: OwnLoop["saved"]) {
    const { observationSpace, actionSpace } = strollFor(row);
    this.agent =
      saved === undefined ? row.make({ observationSpace, actionSpace }, { environments }) : row.agent.load(saved.bytes);
    this.#learnsRounds = row.agent.about.learnsFrom === "rollouts";
    this.#action = saved?.action ?? 0;
  }

  get saved(): { readonly bytes: Uint8Array; readonly action: ActionValue } {
    return { bytes: this.agent.save(), action: this.#action };
  }

  perform(call: number): void {
    const { agent } = this;
    const { observationSpace } = agent;
    const k = Math.floor(call / 4);
    switch (call % 4) {
      case 0:
        this.#action = agent.act(sampleOf(observationSpace, k), { explore: true });
        return;
      case 1:
        agent.observe(transitionOf(observationSpace, k, this.#action));
        return;
      case 2:
        agent.update({ maxUpdates: 2 });
        return;
      default:
        // The rest of a round; of a replay one more.
        agent.update(this.#learnsRounds ? { maxUpdates: 100 } : {});
    }
  }
}
