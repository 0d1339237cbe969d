// Checks that decisions improve with feedback, and that the Worker computes the same bits as Node.
import assert from "node:assert/strict";
import { DQN } from "../../../dist/index.js";
import { product, startService } from "./edge-service.mjs";
import { test } from "./report.mjs";
import { toObservation, Visitors } from "./visitors.mjs";

const DECISIONS = 2000;
const WINDOW = 300;
const SEED = 11;
/** Least gain in clicks per decision. The best policy reaches 0.75 clicks per decision, random offers reach 0.26. */
const LEAST_GAIN = 0.2;

const mean = (numbers) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

export default async function learning() {
  const service = startService();
  const twin = new DQN(product.SPACES, product.AGENT_OPTIONS);
  const rewards = [];
  let differing = 0;

  await test(`brings more clicks in the last ${WINDOW} of ${DECISIONS} decisions than in the first`, async () => {
    const visitors = new Visitors(SEED);
    for (let i = 0; i < DECISIONS; i++) {
      const visitor = visitors.next();
      const { decisionId, action, offer } = await service.decide({ observation: visitor });
      const reward = visitors.reward(visitor, offer);
      await service.feedback({ decisionId, reward });
      rewards.push(reward);

      const observation = toObservation(visitor);
      if (twin.act(observation, { explore: true }) !== action) differing++;
      twin.observe({ observation, action, reward, nextObservation: observation, terminated: true, truncated: false });
      twin.update({ maxUpdates: 1 });
    }
    const [first, last] = [mean(rewards.slice(0, WINDOW)), mean(rewards.slice(-WINDOW))];
    console.log(
      `     clicks per decision: first ${WINDOW} ${first.toFixed(3)}, last ${WINDOW} ${last.toFixed(3)} (seed ${SEED})`,
    );
    assert.ok(last - first >= LEAST_GAIN, `expected a gain of ${LEAST_GAIN}, got ${last - first}`);
  });

  await test("decides and learns bit for bit as the same agent in Node", async () => {
    const { weightsSha256, updates, envSteps } = await service.health();
    assert.equal(differing, 0);
    assert.deepEqual([envSteps, updates], [DECISIONS, twin.updates]);
    assert.equal(weightsSha256, await twin.weightsSha256());
  });

  await test("hands out the policy as a file that Node decides by", async () => {
    const policy = DQN.load(await service.policy());
    const visitors = new Visitors(SEED + 1);
    for (let i = 0; i < 200; i++) {
      const observation = toObservation(visitors.next());
      assert.equal(policy.act(observation), twin.act(observation));
    }
  });

  await test("takes over a policy that was trained elsewhere, and decides by it at once", async () => {
    const elsewhere = startService();
    const fresh = await elsewhere.health();
    const { status, body } = await elsewhere.upload(twin.save({ contents: "policy" }));
    assert.equal(status, 200);
    assert.equal(body.weightsSha256, await twin.weightsSha256());
    assert.notEqual(body.weightsSha256, fresh.weightsSha256);
    const visitors = new Visitors(SEED + 2);
    let agreeing = 0;
    for (let i = 0; i < 200; i++) {
      const visitor = visitors.next();
      const { action } = await elsewhere.decide({ observation: visitor });
      if (action === twin.act(toObservation(visitor))) agreeing++;
    }
    // 5 % of the decisions are still random.
    assert.ok(agreeing >= 180, `expected the policy's action in at least 180 of 200 decisions, got ${agreeing}`);
    await elsewhere.stop();
  });

  await test("shows only the offers that a request allows", async () => {
    const visitors = new Visitors(SEED + 3);
    for (let i = 0; i < 100; i++) {
      const allowed = product.OFFERS.filter((_, o) => (i >> (o % 4)) % 2 === 0);
      const offers = allowed.length > 0 ? allowed : ["bundle"];
      const { offer, action } = await service.decide({ observation: visitors.next(), offers });
      assert.ok(offers.includes(offer));
      assert.equal(product.OFFERS[action], offer);
    }
  });

  await test("learns from sessions of several views, in batches, and stays within the updates of a request", async () => {
    const visitors = new Visitors(SEED + 4);
    const items = [];
    for (let i = 0; i < 40; i++) {
      const { decisionId } = await service.decide({ observation: visitors.next() });
      items.push({
        decisionId,
        reward: 0.2,
        ...(i % 2 ? { nextObservation: visitors.next(), terminated: false } : {}),
      });
    }
    const before = await service.health();
    const { accepted, updates } = await service.feedback(...items);
    const after = await service.health();
    assert.deepEqual([accepted, updates], [40, 16]);
    assert.equal(after.envSteps - before.envSteps, 40);
    assert.equal(after.updates - before.updates, 16);
    assert.notEqual(after.weightsSha256, before.weightsSha256);
  });

  await service.stop();
}
