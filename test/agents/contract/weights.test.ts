// What an agent is made of, as others see it: policy files, exported weights, fingerprints, memory.

import { describe, expect, test } from "vitest";
import { CheckpointError, UnsupportedError } from "../../../src/errors.ts";
import { sha256Hex } from "../../../src/formats/checkpoint.ts";
import { decodeSafetensors, encodeSafetensors } from "../../../src/formats/safetensors.ts";
import type { SpaceValue } from "../../../src/space.ts";
import type { AgentBase } from "../../../src/training/agent-base.ts";
import type { Workplace } from "../../../src/workplace.ts";
import { AGENTS, type Row, strollFor, vectorOf } from "./agents.ts";
import { sampleOf, transitionOf } from "./made-up.ts";
import { expectSameFile } from "./same-file.ts";

const trained = (row: Row, options: object = {}): AgentBase => {
  const agent = row.make(undefined, options);
  agent.learnSync(60);
  return agent;
};
const observationsFor = ({ observationSpace }: AgentBase): SpaceValue[] =>
  Array.from({ length: 70 }, (_, k) => sampleOf(observationSpace, k));

function expectSameActions(agent: AgentBase, expected: AgentBase): void {
  const observations = observationsFor(expected);
  expect(agent.actBatch(observations)).toEqual(expected.actBatch(observations));
  expect(observations.map((x) => agent.act(x))).toEqual(observations.map((x) => expected.act(x)));
}

describe.each(AGENTS)("$name", (row) => {
  test("a policy file is smaller than a run's, acts as the agent did, anywhere, and can be trained on", async () => {
    const agent = trained(row);
    const bytes = agent.save({ contents: "policy" });
    expect(bytes.length).toBeLessThan(agent.save().length);
    const workplaces = [undefined, strollFor(row), row.isParallel && vectorOf(() => strollFor(row), 5, "same-step")];
    for (const env of workplaces) {
      if (env === false) continue;
      const policy = row.agent.load(bytes, env === undefined ? {} : { env });
      expectSameActions(policy, agent);
      expect([policy.envSteps, policy.updates, policy.episodes]).toEqual([
        agent.envSteps,
        agent.updates,
        agent.episodes,
      ]);
      expect(await policy.weightsSha256()).toBe(await agent.weightsSha256());
      expect(policy.memory().replay).toBe(0);
      if (env === undefined) {
        expectSameFile(policy.save({ contents: "policy" }), bytes);
        continue;
      }
      policy.learnSync(60);
      expect(await policy.weightsSha256()).not.toBe(await agent.weightsSha256());
    }
  });

  test("a policy file without environment learns from what it is shown", async () => {
    const agent = trained(row);
    const policy = row.agent.load(agent.save({ contents: "policy" }));
    const { observationSpace } = policy;
    for (let k = 0; k < 60; k++) {
      const action = policy.act(sampleOf(observationSpace, k), { explore: true });
      policy.observe(transitionOf(observationSpace, k, action));
      policy.update();
    }
    expect(policy.envSteps).toBe(120);
    expect(await policy.weightsSha256()).not.toBe(await agent.weightsSha256());
  });

  test("a subclass is loaded and created as itself", async () => {
    class Own extends row.agent {
      readonly isOwn = true;
    }
    const bytes = trained(row).save();
    expect(Own.load(bytes, { env: strollFor(row) })).toMatchObject({ isOwn: true });
    expect(await Own.create(strollFor(row), row.options as never)).toMatchObject({ isOwn: true });
    class Forgetful extends row.agent {
      constructor(workplace: Workplace) {
        super(workplace, row.options as never);
      }
    }
    expect(() => Forgetful.load(bytes)).toThrow(
      `${row.name}.load: constructor expected to hand its options on, got other ones. Spread them: super(workplace, { ...options }).`,
    );
  });

  test("another algorithm's file is refused with whose it is", () => {
    const other = AGENTS[(AGENTS.indexOf(row) + 1) % AGENTS.length];
    const [mine, theirs] = [row, other].map(({ agent }) => agent.about.algorithm);
    expect(() => row.agent.load(other.make().save())).toThrow(
      new CheckpointError(
        `${row.name}.load: algorithm expected "${mine}", got "${theirs}". Load it with its own class.`,
      ),
    );
  });

  if (row.hasNetworks)
    test("exported weights make a fresh agent act the same, and come back as they were", async () => {
      const agent = trained(row);
      const fresh = row.make(undefined, { seed: 99 });
      const file = agent.exportWeights();
      expect(await fresh.weightsSha256()).not.toBe(await agent.weightsSha256());
      fresh.importWeights(file);
      expectSameActions(fresh, agent);
      expect(fresh.exportWeights()).toEqual(file);
      expect(await fresh.weightsSha256()).toBe(await agent.weightsSha256());
      // The agent trains on from there.
      fresh.learnSync(40);
      expect(fresh.hasFiniteWeights()).toBe(true);
    });

  if (row.hasNetworks)
    test("weights that are not finite, or of another network, are refused, and nothing changes", () => {
      const agent = trained(row);
      const before = agent.save();
      const { tensors } = decodeSafetensors(agent.exportWeights());
      const [[name, first], ...rest] = tensors;
      const encode = (tensor: typeof first): Uint8Array =>
        encodeSafetensors([[name, tensor] as const, ...rest].map(([each, one]) => ({ name: each, ...one })));
      const broken = first.data.slice() as Float32Array;
      broken[0] = Number.NaN;
      expect(() => agent.importWeights(encode({ ...first, data: broken }))).toThrow(CheckpointError);
      const longer = new Float32Array(first.data.length + 1);
      expect(() => agent.importWeights(encode({ ...first, shape: [longer.length], data: longer }))).toThrow(
        CheckpointError,
      );
      expect(() => agent.importWeights(new Uint8Array(9))).toThrow(CheckpointError);
      expectSameFile(agent.save(), before);
    });

  if (!row.hasNetworks)
    test("there are no weights to export or import, and the error says what there is", () => {
      const agent = trained(row);
      const message = `agent expected networks, got ${row.name}, which has none. Use save and load.`;
      expect(() => agent.exportWeights()).toThrow(new UnsupportedError(`exportWeights: ${message}`));
      expect(() => agent.importWeights(new Uint8Array())).toThrow(new UnsupportedError(`importWeights: ${message}`));
    });

  test("the fingerprint is SHA-256 in hex over weights, or table, alone, as files have them", async () => {
    const agent = trained(row);
    const fingerprint = await agent.weightsSha256();
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    const { tensors } = decodeSafetensors(row.hasNetworks ? agent.exportWeights() : agent.save({ contents: "policy" }));
    const numbers = [...tensors.values()].map(({ data }) => data);
    expect(fingerprint).toBe(await sha256Hex(numbers));
    expect(agent.hasFiniteWeights()).toBe(true);
  });

  test("memory adds up, is planned when the agent is built, and does not grow while it learns", () => {
    const agent = row.make();
    const planned = agent.memory();
    expect(planned.total).toBeGreaterThanOrEqual(planned.parameters + planned.replay);
    const { tensors } = decodeSafetensors(row.hasNetworks ? agent.exportWeights() : agent.save({ contents: "policy" }));
    const bytes = [...tensors].reduce(
      (sum, [name, { data }]) => sum + (name.startsWith("prior") ? 0 : data.byteLength),
      0,
    );
    expect(planned.parameters).toBe(bytes);
    expect(planned.bytesPerTransition * planned.capacity).toBe(planned.replay);
    agent.learnSync(60);
    const used = agent.memory();
    // The first backward pass plans its scratch.
    expect(used.total - planned.total).toBeLessThan(65_536);
    agent.learnSync(60);
    expect(agent.memory()).toEqual(used);
  });
});
