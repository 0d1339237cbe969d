// Unknown options are refused in every call, with the nearest name that there is; so are kinds of spaces that an agent cannot take.

import { describe, expect, test } from "vitest";
import { CheckpointError } from "../../../src/errors.ts";
import { dict, discrete } from "../../../src/space.ts";
import type { AgentBase } from "../../../src/training/agent-base.ts";
import { AGENTS, strollFor } from "./agents.ts";
import { sampleOf } from "./made-up.ts";
import { ACTION_SPACES } from "./stroll.ts";

/** Every call that takes options: with a name that is nearly one, and the one that is meant. */
const CALLS: Readonly<
  Record<string, { call(agent: AgentBase, options: object): unknown; wrong: string; meant: string }>
> = {
  act: {
    call: (agent, options) => agent.act(sampleOf(agent.observationSpace, 1), options),
    wrong: "explor",
    meant: "explore",
  },
  actBatch: {
    call: (agent, options) => agent.actBatch([sampleOf(agent.observationSpace, 1)], options),
    wrong: "mask",
    meant: "masks",
  },
  update: { call: (agent, options) => agent.update(options), wrong: "maxUpdate", meant: "maxUpdates" },
  learn: { call: (agent, options) => agent.learn(1, options), wrong: "sginal", meant: "signal" },
  learnSync: { call: (agent, options) => agent.learnSync(1, options), wrong: "callback", meant: "callbacks" },
  evaluate: {
    call: (agent, options) => agent.evaluate(environmentOf(agent), options),
    wrong: "episode",
    meant: "episodes",
  },
  evaluateSync: {
    call: (agent, options) => agent.evaluateSync(environmentOf(agent), options),
    wrong: "sed",
    meant: "seed",
  },
  save: { call: (agent, options) => agent.save(options), wrong: "content", meant: "contents" },
};
const environmentOf = (agent: AgentBase) => () =>
  strollFor(AGENTS.find(({ agent: { about } }) => about.algorithm === agent.algorithm)!);

describe.each(AGENTS)("$name", (row) => {
  test.each(Object.entries(CALLS))(
    "%s refuses an unknown option, and nothing happens",
    async (where, { call, wrong, meant }) => {
      const agent = row.make();
      const before = agent.save();
      const told = where === "evaluateSync" ? "evaluate" : where;
      const refused = async (): Promise<unknown> => call(agent, { [wrong]: undefined });
      await expect(refused()).rejects.toThrow(
        new RangeError(`${told}: option expected a known name, got "${wrong}". Did you mean ${meant}?`),
      );
      expect(agent.save()).toEqual(before);
    },
  );

  test("the constructor and create refuse an unknown option, with the nearest one", async () => {
    const [first] = Object.keys(row.agent.about.fields).filter((field) => field.length > 5);
    const wrong = { ...row.options, [`${first}s`]: 1 };
    const message = `${row.name}: option expected a known name, got "${first}s". Did you mean ${first}?`;
    expect(() => new row.agent(strollFor(row), wrong as never)).toThrow(new RangeError(message));
    await expect(row.agent.create(strollFor(row), wrong as never)).rejects.toThrow(new RangeError(message));
  });

  test("load refuses an unknown option, and anything that is no file", () => {
    const bytes = row.make().save();
    expect(() => row.agent.load(bytes, { environment: 1 } as never)).toThrow(
      new RangeError(
        `${row.name}.load: option expected a known name, got "environment". Known options: env, backend, engine.`,
      ),
    );
    for (const wrong of ["file", undefined, bytes.buffer])
      expect(() => row.agent.load(wrong as never)).toThrow(TypeError);
  });

  if (row.hasNetworks)
    test("importWeights refuses an unknown option", () => {
      const agent = row.make();
      expect(() => agent.importWeights(agent.exportWeights(), { prefx: "" } as never)).toThrow(
        new RangeError('importWeights: option expected a known name, got "prefx". Did you mean prefix?'),
      );
    });

  test.each<[object, string]>([
    [{ seed: 1.5 }, "seed expected an integer at least 0 and at most 9007199254740991, got 1.5. Set options.seed."],
    [{ seed: -1 }, "seed expected an integer at least 0 and at most 9007199254740991, got -1."],
    [{ seed: "1" }, 'seed expected an integer at least 0 and at most 9007199254740991, got "1".'],
    [{ totalSteps: 0 }, "totalSteps expected an integer at least 1, got 0. Set options.totalSteps."],
    [{ totalSteps: 1e300 }, "totalSteps expected an integer at least 1, got 1e+300."],
    [{ environments: 0 }, "environments expected an integer at least 1 and at most 65536, got 0. It counts"],
    [{ discount: 1.1 }, "discount expected a number at least 0 and at most 1, got 1.1. It is gamma."],
    [{ backend: "gpu" }, "backend expected"],
  ])("the options %o are refused, with what they may be", (options, message) => {
    const { observationSpace, actionSpace } = strollFor(row);
    expect(() => row.make({ observationSpace, actionSpace }, options)).toThrow(`${row.name}: ${message}`);
  });

  test("an unknown preset is refused, and every preset is named in the error", () => {
    const { presets = {} } = row.agent.about;
    const names = Object.keys(presets);
    const message = `${row.name}: preset expected one of ${names.join(", ")}, got "Nowhere-v9".`;
    expect(() => row.make(undefined, { preset: "Nowhere-v9" })).toThrow(message);
  });

  test("what is neither an environment nor spaces is refused", async () => {
    for (const [workplace, got] of [
      [undefined, "undefined"],
      [null, "null"],
      [{ observationSpace: discrete(2) }, "Object"],
      ["CartPole-v1", '"CartPole-v1"'],
    ] as const) {
      const message = `${row.name}: workplace expected an environment or { observationSpace, actionSpace }, got ${got}. Pass one.`;
      expect(() => new row.agent(workplace as never, row.options as never)).toThrow(new TypeError(message));
      await expect(row.agent.create(workplace as never, row.options as never)).rejects.toThrow(new TypeError(message));
    }
  });

  test("actions and observations of another kind are refused before anything is planned", async () => {
    const { actions, observations } = row.agent.about;
    const { observationSpace } = strollFor(row);
    const spaces = { ...ACTION_SPACES, dict: dict({ part: discrete(2) }) };
    for (const [kind, actionSpace] of Object.entries(spaces)) {
      if ((actions as readonly string[]).includes(kind)) continue;
      const message = new RegExp(`^${row.name}: actionSpace expected .*discrete.*, got ${kind}\\. `);
      expect(() => row.make({ observationSpace, actionSpace })).toThrow(message);
      await expect(row.agent.create({ observationSpace, actionSpace }, row.options as never)).rejects.toThrow(message);
    }
    if (observations === undefined) return;
    const { observationSpace: numbers, actionSpace } = strollFor({ agent: AGENTS[0].agent });
    expect(() => row.make({ observationSpace: numbers, actionSpace })).toThrow(
      `${row.name}: observationSpace expected ${observations.join(" or ")}, got box. Use an agent with a network, or wrap the environment.`,
    );
  });

  test("an environment of other spaces than the saved ones is refused", () => {
    const agent = row.make();
    const { observationSpace } = strollFor(row);
    const env = { observationSpace, actionSpace: discrete(5) };
    expect(() => row.agent.load(agent.save(), { env })).toThrow(
      new CheckpointError(
        `${row.name}.load: actionSpace expected the saved discrete space, got another discrete one. Pass the environment that the agent was trained in.`,
      ),
    );
  });
});
