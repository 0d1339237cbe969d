// Serving over a MessageChannel inside this process.

import { afterEach, describe, expect, test } from "vitest";
import type { Env } from "../../src/env.ts";
import {
  CartPole,
  connect,
  DQN,
  EvaluationCallback,
  make,
  QLearning,
  type ServeOptions,
  serve,
} from "../../src/index.ts";
import { tagged } from "../../src/worker/messages.ts";

const SMALL = { seed: 5, warmupSteps: 50, batchSize: 8, network: { hidden: [8] }, capacity: 1000 } as const;

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function pair(options: Partial<ServeOptions> = {}): Promise<Awaited<ReturnType<typeof connect>>> {
  const { port1, port2 } = new MessageChannel();
  serve({ agents: { dqn: DQN, "q-learning": QLearning }, env: () => make("CartPole-v1"), ...options }, port2);
  const remote = await connect(port1);
  cleanups.push(() => remote.close());
  return remote;
}

/** Answered at once, after whatever came before it. */
const LAST_ID = 99;
const LAST = tagged({ kind: "call", id: LAST_ID, agent: 0, method: "none", args: [], aborted: false });

/** The `count` answers that a page hears from a worker which it speaks to without `connect`. */
async function talk(count: number, ...messages: unknown[]): Promise<Record<string, unknown>[]> {
  const { port1, port2 } = new MessageChannel();
  const heard: Record<string, unknown>[] = [];
  port1.onmessage = ({ data }) => heard.push(data);
  const stop = serve({ agents: { dqn: DQN } }, port2);
  for (const message of [...messages, LAST]) port1.postMessage(message);
  const answers = (): Record<string, unknown>[] => heard.filter(({ kind }) => kind !== "ready");
  while (answers().length <= count) await new Promise((resolve) => setTimeout(resolve, 1));
  stop();
  port1.close();
  return answers().filter(({ id }) => id !== LAST_ID);
}

describe("serve", () => {
  test("refuses what it cannot serve", () => {
    const { port1 } = new MessageChannel();
    cleanups.push(() => port1.close());
    expect(() => serve({ agents: {}, evn: 1 } as never, port1)).toThrow(/serve: option .* Did you mean env\?/);
    expect(() => serve({} as never, port1)).toThrow(
      "serve: agents expected classes by name, got undefined. For example { dqn: DQN }.",
    );
    expect(() => serve({ agents: { dqn: {} } } as never, port1)).toThrow(
      "serve: agents.dqn expected a class with load, got Object. Pass DQN itself.",
    );
    expect(() => serve({ agents: {}, env: make("CartPole-v1") } as never, port1)).toThrow(
      "serve: env expected a function, got TimeLimit. It is called when one is needed.",
    );
    expect(() => serve({ agents: {} })).toThrow(/^serve: endpoint expected postMessage and events.*pass parentPort\.$/);
  });

  test("leaves alone what is not its own, and answers a malformed call with an error", async () => {
    expect(
      await talk(0, undefined, "hello", { kind: "call", id: 1 }, tagged({ kind: "call", id: "1" } as never)),
    ).toEqual([]);
    const call = { kind: "call", id: 1, agent: 0, method: "create", args: [], aborted: false } as const;
    const errors = await talk(
      5,
      tagged({ ...call, args: 5 as never }),
      tagged({ ...call, id: 2, method: "constructor" }),
      tagged({ ...call, id: 3, agent: 9, method: "act" }),
      tagged({ ...call, id: 4, args: ["dqn"] }),
      tagged({ ...call, id: 5, args: ["dqn", {}, { envv: 1 }] }),
    );
    expect(errors.map(({ id, kind, error }) => [id, kind, (error as Error).message])).toEqual([
      [1, "failure", "serve: args expected an array, got 5. Use the same version on both sides."],
      [
        2,
        "failure",
        'serve: method expected one of create, load, got "constructor". Use the same version on both sides.',
      ],
      [3, "failure", "act: agent expected to be in use, got one that was disposed of. Build a new one."],
      [4, "failure", "create: workplace expected spaces or a served env, got neither. Give serve an env function."],
      [5, "failure", 'create: option expected a known name, got "envv". Did you mean env?'],
    ]);
  });

  test("lets nobody reach what agents do not offer", async () => {
    const messages = ["constructor", "__proto__", "observationSpace", "learnSync", "toString"].map((method, i) =>
      tagged({ kind: "call", id: i + 2, agent: 1, method, args: [], aborted: false }),
    );
    const spaces = { observationSpace: new CartPole().observationSpace, actionSpace: new CartPole().actionSpace };
    const create = tagged({
      kind: "call",
      id: 1,
      agent: 0,
      method: "create",
      args: ["dqn", SMALL, spaces],
      aborted: false,
    });
    const [created, ...refused] = await talk(6, create, ...messages);
    expect(created.kind).toBe("result");
    expect(refused.map(({ error }) => (error as Error).name)).toEqual(new Array(5).fill("RangeError"));
  });

  test("gives its env function what the page chose, for training and evaluation", async () => {
    const choices: unknown[] = [];
    const env = (choice: unknown): Env => {
      choices.push(choice);
      return make("CartPole-v1");
    };
    const remote = await pair({ env });
    const agent = await remote.create("dqn", SMALL, { env: { id: "mine" } });
    await agent.evaluate({ episodes: 1 });
    await agent.evaluate({ episodes: 1, env: "another" });
    expect(choices).toEqual([{ id: "mine" }, { id: "mine" }, "another"]);
  });

  test("runs the worker's own callbacks with every learn", async () => {
    const evaluation = new EvaluationCallback({ env: () => make("CartPole-v1"), everySteps: 100, episodes: 2 });
    const remote = await pair({
      callbacks: () => [evaluation, { name: "stop", everySteps: 250, onStep: (run) => run.stop("enough") }],
    });
    const run = await (await remote.create("dqn", SMALL)).learn(1000);
    expect(run).toMatchObject({ stopped: "callback", reason: "enough", envSteps: 250 });
    expect(evaluation.history.map(({ envSteps }) => envSteps)).toEqual([100, 200]);
  });

  test("serves callers who own their loop", async () => {
    const { observationSpace, actionSpace } = new CartPole();
    const remote = await pair({ env: undefined as never });
    const agent = await remote.create(
      "dqn",
      { ...SMALL, warmupSteps: 4, batchSize: 4 },
      { observationSpace, actionSpace },
    );
    const step = { observation: [0, 0, 0, 0], action: 1, reward: 1, nextObservation: [0, 1, 0, 0] };
    const transition = { ...step, terminated: false, truncated: false };
    await agent.observe(transition);
    await agent.observeBatch(new Array(9).fill(transition));
    expect(await agent.update({ maxUpdates: 3 })).toBe(3);
    expect([agent.envSteps, agent.updates, agent.episodes]).toEqual([10, 3, 0]);
    await expect(agent.learn(1)).rejects.toThrow(/spaces only/);
    await expect(agent.evaluate()).rejects.toThrow(
      "evaluate: worker expected to serve environments, got none. Give serve an env function.",
    );
  });
});
