// Checks which requests the service refuses, with which status, and that a refused request changes nothing.
import assert from "node:assert/strict";
import { request } from "node:http";
import { box, DQN, discrete } from "../../../dist/index.js";
import { ADMIN, DECIDE, product, startService, UNHURRIED } from "./edge-service.mjs";
import { test } from "./report.mjs";
import { Visitors } from "./visitors.mjs";

/** Largest number of bytes that the sockets between the test and the Worker may hold. */
const MOST_BUFFERED_BYTES = 32 * 2 ** 20;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export default async function refusals() {
  const service = startService();
  const visitor = new Visitors(31).next();
  const { decisionId } = await service.decide({ observation: visitor });
  const initial = await service.saved();

  /** Each answer must be JSON with the status and code of its case, and the learner must be unchanged. */
  async function refuses(name, cases) {
    await test(name, async () => {
      for (const [method, path, request, status, code, message] of cases) {
        const answer = await service.call(method, path, request);
        const what = `${method} ${path} ${JSON.stringify(request)?.slice(0, 120)}`;
        assert.deepEqual([answer.status, answer.body.error?.code], [status, code], what);
        assert.match(answer.body.error.message, message ?? /\.$/, what);
        assert.equal(answer.headers.get("cache-control"), "no-store");
      }
      assert.deepEqual(await service.health(), initial);
    });
  }

  const observation = visitor;
  const decide = (body) => ["POST", "/decide", { token: DECIDE, body }];
  const feedback = (body) => ["POST", "/feedback", { token: DECIDE, body }];
  const upload = (body) => ["PUT", "/policy", { token: ADMIN, body, type: "application/octet-stream" }];

  await refuses("refuses requests without a valid token", [
    ["POST", "/decide", { body: { observation } }, 401, "unauthorized"],
    ["POST", "/decide", { token: "", body: { observation } }, 401, "unauthorized"],
    ["POST", "/decide", { token: `${DECIDE}x`, body: { observation } }, 401, "unauthorized"],
    ["POST", "/decide", { token: DECIDE.slice(0, -1), body: { observation } }, 401, "unauthorized"],
    ["POST", "/decide", { headers: { authorization: DECIDE }, body: { observation } }, 401, "unauthorized"],
    ["POST", "/feedback", { token: "x".repeat(5000), body: {} }, 401, "unauthorized"],
    ["GET", "/policy", {}, 401, "unauthorized"],
    ["PUT", "/policy", { body: "x" }, 401, "unauthorized"],
    ["GET", "/health", {}, 401, "unauthorized"],
  ]);
  await refuses("keeps the two tokens apart", [
    ["GET", "/policy", { token: DECIDE }, 403, "forbidden", /admin token/],
    ["PUT", "/policy", { token: DECIDE, body: "x" }, 403, "forbidden", /admin token/],
    ["POST", "/decide", { token: ADMIN, body: { observation } }, 403, "forbidden", /decide token/],
    ["POST", "/feedback", { token: ADMIN, body: {} }, 403, "forbidden", /decide token/],
  ]);
  await refuses("knows its routes and methods", [
    ["GET", "/", {}, 404, "not_found"],
    ["GET", "/constructor", {}, 404, "not_found"],
    ["GET", "/decide", { token: DECIDE }, 405, "method_not_allowed", /POST/],
    ["DELETE", "/policy", { token: ADMIN }, 405, "method_not_allowed", /GET, PUT/],
  ]);
  await refuses("refuses bodies that are too large, or no JSON", [
    [...decide("x".repeat(16_385)), 413, "too_large", /16384 bytes/],
    [...decide(`{"observation":${" ".repeat(20_000)}{}}`), 413, "too_large"],
    [...upload(new Uint8Array(262_145)), 413, "too_large", /262144 bytes/],
    [...decide(""), 400, "bad_json"],
    [...decide("{"), 400, "bad_json"],
    [...decide('{"observation":{"returning":NaN}}'), 400, "bad_json", /no NaN/],
    [...decide(Uint8Array.of(0x22, 0xff, 0x22)), 400, "bad_json", /UTF-8/],
    [...decide("[".repeat(16_000)), 400, "bad_json"],
    ["POST", "/decide", { token: DECIDE, body: { observation }, type: "text/plain" }, 415, "unsupported_media_type"],
    ["PUT", "/policy", { token: ADMIN, body: "{}" }, 415, "unsupported_media_type"],
  ]);
  await test("stops reading a body of unknown length at the limit", async () => {
    const url = new URL("/decide", await service.runtime.ready);
    const small = await sendWithoutLength(url, 16_385);
    assert.deepEqual([small.status, small.body?.error.code], [413, "too_large"]);
    // Far beyond the limit the connection may be reset before the answer is read. Only its end is checked.
    const { sentBytes } = await sendWithoutLength(url, 2 * MOST_BUFFERED_BYTES);
    assert.ok(sentBytes < MOST_BUFFERED_BYTES, `${sentBytes} bytes were taken`);
    assert.deepEqual(await service.health(), initial);
  });

  const { returning, ...incomplete } = observation;
  await refuses("refuses decisions on anything but complete, finite features", [
    [...decide(null), 400, "invalid", /body expected an object/],
    [...decide([observation]), 400, "invalid"],
    [...decide({}), 400, "invalid", /body.observation expected a value/],
    [...decide({ observation: [0, 0, 0, 0, 0, 0] }), 400, "invalid"],
    [...decide({ observation: incomplete }), 400, "invalid", /observation.returning/],
    [...decide({ observation: { ...observation, age: 1 } }), 400, "invalid", /no other fields .* got "age"/],
    [...decide({ observation: { ...observation, returning: "1" } }), 400, "invalid", /a number in 0 \.\. 1/],
    [...decide({ observation: { ...observation, returning: null } }), 400, "invalid"],
    [...decide({ observation: { ...observation, returning: 1.01 } }), 400, "invalid", /got 1\.01/],
    [...decide(JSON.stringify({ observation }).replace(/"mobile":[01]/, '"mobile":1e999')), 400, "invalid", /Infinity/],
    [...decide({ observation, seed: 1 }), 400, "invalid", /no other fields/],
    [...decide(`{"__proto__":{},"observation":${JSON.stringify(observation)}}`), 400, "invalid", /no other fields/],
    [...decide({ observation, offers: [] }), 400, "invalid", /some of free-shipping/],
    [...decide({ observation, offers: ["free-lunch"] }), 400, "invalid"],
    [...decide({ observation, offers: "bundle" }), 400, "invalid"],
  ]);
  const good = { decisionId, reward: 1 };
  await refuses("refuses a whole feedback batch for one bad item", [
    [...feedback({}), 400, "invalid", /body.feedback/],
    [...feedback({ feedback: [] }), 400, "invalid", /1 to 64 items/],
    [...feedback({ feedback: Array(65).fill(good) }), 400, "invalid", /1 to 64 items/],
    [...feedback({ feedback: [good, null] }), 400, "invalid", /feedback\[1\]/],
    [...feedback({ feedback: [good, { decisionId }] }), 400, "invalid", /feedback\[1\]\.reward/],
    [...feedback({ feedback: [good, { decisionId: 7, reward: 1 }] }), 400, "invalid", /decisionId/],
    [...feedback({ feedback: [good, { decisionId, reward: 2 }] }), 400, "invalid", /-1 \.\. 1, got 2/],
    [...feedback(`{"feedback":[{"decisionId":"${decisionId}","reward":1e999}]}`), 400, "invalid", /Infinity/],
    [...feedback(`{"feedback":[{"decisionId":"${decisionId}","reward":NaN}]}`), 400, "bad_json"],
    [...feedback({ feedback: [{ ...good, terminated: false }] }), 400, "invalid", /nextObservation/],
    [...feedback({ feedback: [{ ...good, nextObservation: incomplete }] }), 400, "invalid"],
    [...feedback({ feedback: [{ ...good, terminated: 1 }] }), 400, "invalid", /true or false/],
  ]);

  await test("refuses hostile policies with the reason, and goes on with its own", async () => {
    const { SPACES, AGENT_OPTIONS } = product;
    const agent = new DQN(SPACES, AGENT_OPTIONS);
    const policy = agent.save({ contents: "policy" });
    const header = (json, length = BigInt(json.length)) => {
      const bytes = new Uint8Array(8 + json.length);
      new DataView(bytes.buffer).setBigUint64(0, length, true);
      bytes.set(new TextEncoder().encode(json), 8);
      return bytes;
    };
    const withWeight = (value) => {
      const bytes = policy.slice();
      new DataView(bytes.buffer).setFloat32(bytes.length - 4, value, true);
      return bytes;
    };
    const other = (spaces, options) => new DQN(spaces, options).save({ contents: "policy" });
    const hostile = {
      empty: new Uint8Array(0),
      noise: new Uint8Array(1000).map((_, i) => i * 31),
      "cut off": policy.subarray(0, policy.length - 1),
      "with bytes after its end": Uint8Array.from([...policy, 0]),
      "a header of 2^60 bytes": header("{}", 1n << 60n),
      "a tensor of 2^40 numbers": header(
        '{"0.weight":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}',
      ),
      "no tensors": header("{}"),
      "NaN in the weights": withWeight(Number.NaN),
      "infinite weights": withWeight(Number.POSITIVE_INFINITY),
      "another network": other(SPACES, { network: { hidden: [16] } }),
      "more features": other({ ...SPACES, observationSpace: box(0, 1, [7]) }, AGENT_OPTIONS),
      "more offers": other({ ...SPACES, actionSpace: discrete(5) }, AGENT_OPTIONS),
    };
    for (const [name, bytes] of Object.entries(hostile)) {
      const { status, body } = await service.upload(bytes);
      assert.deepEqual([status, body.error?.code], [400, "bad_policy"], name);
      assert.match(body.error.message, /expected/, name);
    }
    assert.deepEqual(await service.health(), initial);
  });

  await test("lets no policy file decide how much memory is planned", async () => {
    const { SPACES, AGENT_OPTIONS } = product;
    const text = new TextDecoder("latin1");
    const greedy = new DQN(SPACES, AGENT_OPTIONS).save({ contents: "policy" });
    const at = text.decode(greedy).indexOf('capacity\\":4096');
    assert.ok(at > 0);
    greedy.set(new TextEncoder().encode('capacity\\":9e06'), at);
    const { status, body } = await service.upload(greedy);
    assert.equal(status, 200);
    assert.ok(body.memoryBytes < 4 * 2 ** 20, `${body.memoryBytes} bytes`);
  });

  await test("settles a decision once: unknown, replayed and repeated feedback is refused", async () => {
    const before = await service.health();
    const post = (...items) => service.call(...feedback({ feedback: items }));
    const unknown = await post({ decisionId: crypto.randomUUID(), reward: 1 });
    assert.deepEqual([unknown.status, unknown.body.error.code], [404, "decision_unknown"]);
    const proto = await post({ decisionId: "__proto__", reward: 1 });
    assert.equal(proto.status, 404);
    const both = await post(good, good);
    assert.equal(both.status, 200);
    assert.deepEqual(
      both.body.results.map(({ status }) => status),
      ["accepted", "replayed"],
    );
    const replayed = await post(good);
    assert.deepEqual([replayed.status, replayed.body.error.code], [409, "decision_replayed"]);
    const after = await service.health();
    assert.equal(after.envSteps, before.envSteps + 1);
    assert.equal(after.counters.feedback, before.counters.feedback + 1);
    assert.equal(after.counters.refusedFeedback, before.counters.refusedFeedback + 4);
  });

  await test("halts learning, not deciding, when an uploaded policy makes it diverge; a good policy resumes it", async () => {
    const { SPACES, AGENT_OPTIONS } = product;
    const good = new DQN(SPACES, AGENT_OPTIONS);
    const wild = new DQN(SPACES, AGENT_OPTIONS);
    wild.importWeights(scaleWeights(good.exportWeights(), 1e11));
    assert.equal((await service.upload(wild.save({ contents: "policy" }))).status, 200);
    const teach = async () => {
      for (let i = 0; i < 40; i++) {
        const { decisionId } = await service.decide({ observation });
        await service.feedback({ decisionId, reward: 1 });
      }
      return await service.health();
    };
    const halted = await teach();
    assert.equal(halted.status, "halted");
    assert.match(halted.reason, /finite/);
    assert.equal((await service.upload(good.save({ contents: "policy" }))).body.status, "ok");
    const resumed = await teach();
    assert.equal(resumed.status, "ok");
    assert.ok(resumed.updates > 0);
  });
  await service.stop();

  await test("refuses feedback for decisions that expired, and for those that had to make room", async () => {
    const limited = startService({ limits: { ...UNHURRIED, decisionTtlMs: 150, pendingDecisions: 10 } });
    const ids = [];
    for (let i = 0; i < 12; i++) ids.push((await limited.decide({ observation })).decisionId);
    const post = (id) => limited.call(...feedback({ feedback: [{ decisionId: id, reward: 1 }] }));
    assert.ok((await limited.health()).pendingDecisions <= 10);
    assert.equal((await post(ids[0])).status, 410);
    await pause(200);
    const expired = await post(ids[11]);
    assert.deepEqual([expired.status, expired.body.error.code], [410, "decision_expired"]);
    const { pendingDecisions, envSteps, counters } = await limited.health();
    assert.deepEqual([pendingDecisions, envSteps, counters.lostDecisions], [0, 0, 12]);
    await limited.stop();
  });

  await test("limits the rate, says when to come back, and changes nothing meanwhile", async () => {
    const limited = startService({ limits: { ...UNHURRIED, itemsPerSecond: 0.5, itemsBurst: 3 } });
    for (let i = 0; i < 3; i++) await limited.decide({ observation });
    const busy = await limited.call(...decide({ observation }));
    assert.deepEqual([busy.status, busy.body.error.code], [429, "rate_limited"]);
    assert.match(busy.headers.get("retry-after"), /^[12]$/);
    assert.equal((await limited.health()).counters.decisions, 3);
    await limited.stop();
  });

  await test("answers nobody while its secrets are missing, short or equal", async () => {
    for (const bindings of [{}, { DECIDE_TOKEN: "", ADMIN_TOKEN: "" }, { DECIDE_TOKEN: DECIDE, ADMIN_TOKEN: DECIDE }]) {
      const open = startService({ bindings });
      const { status, body } = await open.call("GET", "/health", { token: DECIDE });
      assert.deepEqual([status, body.error.code], [503, "not_configured"]);
      await open.stop();
    }
  });

  await test("does not start with a limit that is mistyped", async () => {
    const wrong = startService({ limits: { decisionTtl: 5 } });
    const { status, body } = await wrong.call("GET", "/health", { token: ADMIN });
    assert.deepEqual([status, body.error.code], [500, "internal"]);
    await wrong.stop();
  });
}

/** Sends a body in chunks that claim no length, until all is sent, there is an answer, or the connection ends. */
function sendWithoutLength(url, bytes) {
  return new Promise((resolve) => {
    const headers = {
      authorization: `Bearer ${DECIDE}`,
      "content-type": "application/json",
      "transfer-encoding": "chunked",
    };
    // A separate connection, because the service closes it when it stops reading.
    const client = request(url, { method: "POST", headers, agent: false });
    let sentBytes = 0;
    const send = () => {
      while (sentBytes < bytes) {
        const size = Math.min(65_536, bytes - sentBytes);
        sentBytes += size;
        if (sentBytes === bytes) client.end(Buffer.alloc(size, " "));
        else if (!client.write(Buffer.alloc(size, " "))) return;
      }
    };
    client.on("drain", send);
    client.on("error", () => resolve({ sentBytes }));
    client.on("response", async (response) => {
      client.off("drain", send);
      const body = JSON.parse(Buffer.concat(await response.toArray()).toString());
      client.destroy();
      resolve({ status: response.statusCode, body, sentBytes });
    });
    send();
  });
}

/** Returns a safetensors file in which every number (all are float32) is multiplied by `factor`. */
function scaleWeights(bytes, factor) {
  const scaled = bytes.slice();
  const view = new DataView(scaled.buffer);
  for (let at = 8 + Number(view.getBigUint64(0, true)); at < scaled.length; at += 4) {
    view.setFloat32(at, view.getFloat32(at, true) * factor, true);
  }
  return scaled;
}
