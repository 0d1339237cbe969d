// Checks that the service survives: the runtime is killed and started again on the same storage.
import assert from "node:assert/strict";
import { ADMIN, DECIDE, startService, temporaryFolder, UNHURRIED } from "./edge-service.mjs";
import { test } from "./report.mjs";
import { Visitors } from "./visitors.mjs";

export default async function restarts() {
  for (const kv of [false, true]) {
    const where = kv ? "KV" : "the Durable Object";

    await test(`keeps counters, weights and open decisions in ${where} across restarts`, async () => {
      const folder = temporaryFolder();
      const visitors = new Visitors(21);
      let service = startService({ folder, kv });
      const open = [];
      for (let i = 0; i < 300; i++) {
        const { decisionId } = await service.decide({ observation: visitors.next() });
        if (i % 10 === 0) open.push(decisionId);
        else await service.feedback({ decisionId, reward: i % 3 === 0 ? 1 : 0 });
      }
      const before = await service.saved();
      assert.equal(before.pendingDecisions, 30);
      assert.ok(before.updates > 150);
      await service.stop();

      service = startService({ folder, kv });
      const after = await service.health();
      assert.equal(after.origin, "checkpoint");
      for (const name of ["envSteps", "updates", "epsilon", "weightsSha256", "pendingDecisions", "counters"]) {
        assert.deepEqual(after[name], before[name], name);
      }
      const { accepted } = await service.feedback(...open.map((decisionId) => ({ decisionId, reward: 1 })));
      assert.equal(accepted, 30);
      const replayed = await service.call("POST", "/feedback", {
        token: DECIDE,
        body: { feedback: [{ decisionId: open[0], reward: 1 }] },
      });
      assert.equal(replayed.status, 409);
      assert.equal((await service.health()).envSteps, before.envSteps + 30);
      await service.stop();
    });

    await test(`goes back to the last checkpoint in ${where} when it dies before the next`, async () => {
      const folder = temporaryFolder();
      const visitors = new Visitors(22);
      let service = startService({ folder, kv });
      const first = await service.decide({ observation: visitors.next() });
      const saved = await service.saved();
      await service.stop();
      service = startService({ folder, kv, limits: { ...UNHURRIED, checkpointDelayMs: 1e9 } });
      await service.feedback({ decisionId: first.decisionId, reward: 1 });
      const second = await service.decide({ observation: visitors.next() });
      await service.stop();
      service = startService({ folder, kv });
      const after = await service.health();
      assert.deepEqual([after.envSteps, after.counters], [saved.envSteps, saved.counters]);
      // Feedback after the checkpoint was lost, so it can be sent again. Decisions after the checkpoint are unknown.
      const body = { feedback: [first, second].map(({ decisionId }) => ({ decisionId, reward: 1 })) };
      const { body: result } = await service.call("POST", "/feedback", { token: DECIDE, body });
      assert.deepEqual(
        result.results.map(({ status }) => status),
        ["accepted", "unknown"],
      );
      await service.stop();
    });
  }

  await test("saves every so many updates without waiting for the alarm", async () => {
    const limits = { ...UNHURRIED, checkpointDelayMs: 1e9, checkpointUpdates: 10, checkpointIntervalMs: 1 };
    const folder = temporaryFolder();
    const visitors = new Visitors(23);
    let service = startService({ folder, limits });
    for (let i = 0; i < 140; i++) {
      const { decisionId } = await service.decide({ observation: visitors.next() });
      await service.feedback({ decisionId, reward: 0 });
    }
    const before = await service.health();
    await service.stop();
    service = startService({ folder, limits });
    const after = await service.health();
    assert.ok(after.counters.checkpoints >= 3, `got ${after.counters.checkpoints} checkpoints`);
    assert.ok(before.updates - after.updates < 10, `${before.updates} updates before, ${after.updates} after`);
    await service.stop();
  });

  await test("starts from nothing when its checkpoint is damaged, and keeps the blob aside", async () => {
    const folder = temporaryFolder();
    let service = startService({ folder, kv: true });
    await service.decide({ observation: new Visitors(24).next() });
    await service.saved();
    await service.stop();
    for (const damage of [(b) => b.subarray(0, b.length - 5), (b) => b.subarray(0, 3), (b) => b.fill(0xff)]) {
      service = startService({ folder, kv: true });
      const checkpoints = await service.runtime.getKVNamespace("CHECKPOINTS");
      const blob = damage(new Uint8Array(await checkpoints.get("learner", "arrayBuffer")));
      await checkpoints.put("learner", blob);
      const { origin, envSteps } = await service.health();
      assert.deepEqual([origin, envSteps], ["damaged", 0]);
      assert.deepEqual(new Uint8Array(await checkpoints.get("learner.damaged", "arrayBuffer")), new Uint8Array(blob));
      const { status } = await service.call("GET", "/policy", { token: ADMIN });
      assert.equal(status, 200);
      await service.stop();
    }
  });
}
