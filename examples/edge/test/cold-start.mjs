// Prints the sizes of the deployed files, the cost of a request, and the time to the first decision. Asserts only the size.
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { DQN } from "../../../dist/index.js";
import { modules, product, startService, temporaryFolder } from "./edge-service.mjs";
import { test } from "./report.mjs";
import { toObservation, Visitors } from "./visitors.mjs";

/** Largest size: twice that of today. Cloudflare accepts 3 MB on its free plan. */
const MOST_GZIP_BYTES = 76 * 1024;

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
const ms = (value) => `${value.toFixed(1)} ms`;

export default async function coldStart() {
  await test("is small: script and engine", () => {
    const sizes = modules().modules.map(({ path, contents }) => {
      const bytes = Buffer.from(contents);
      return { name: path.split(/[\\/]/).at(-1), raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
    });
    for (const { name, raw, gzip } of sizes) console.log(`     ${name}: ${kib(raw)}, gzip ${kib(gzip)}`);
    const total = sizes.reduce((sum, { gzip }) => sum + gzip, 0);
    console.log(`     together: gzip ${kib(total)}`);
    assert.ok(total <= MOST_GZIP_BYTES);
  });

  printCost();

  const flag = process.argv.indexOf("--cold-starts");
  const starts = flag < 0 ? 5 : Number(process.argv[flag + 1]);
  await test(`decides from a cold start, ${starts} times`, async () => {
    const observation = new Visitors(41).next();
    for (const restores of [false, true]) {
      const folder = temporaryFolder();
      if (restores) await fill(folder);
      const runtime = [];
      const first = [];
      const warm = [];
      for (let i = 0; i < starts; i++) {
        const t0 = performance.now();
        const service = startService({ folder: restores ? folder : temporaryFolder() });
        await service.runtime.ready;
        const t1 = performance.now();
        await service.decide({ observation });
        const t2 = performance.now();
        for (let j = 0; j < 50; j++) {
          const from = performance.now();
          await service.decide({ observation });
          warm.push(performance.now() - from);
        }
        runtime.push(t1 - t0);
        first.push(t2 - t1);
        await service.stop();
      }
      const from = restores ? "a checkpoint with a full replay" : "nothing";
      console.log(
        `     from ${from}: miniflare and workerd start ${ms(median(runtime))}, first decision ${ms(median(first))}, ` +
          `later ones ${ms(median(warm))} (medians of ${starts} starts)`,
      );
    }
  });
}

/** Prints the CPU time of a request. It is measured with the same agent in Node, where clocks run, with a full replay. */
function printCost() {
  const agent = new DQN(product.SPACES, product.AGENT_OPTIONS);
  const observation = toObservation(new Visitors(43).next());
  for (let i = 0; i < product.AGENT_OPTIONS.capacity; i++) {
    agent.observe({
      observation,
      action: 0,
      reward: 0,
      nextObservation: observation,
      terminated: true,
      truncated: false,
    });
  }
  const once = (work, repeats) => {
    const times = Array.from({ length: 9 }, () => {
      const from = performance.now();
      for (let i = 0; i < repeats; i++) work();
      return (performance.now() - from) / repeats;
    });
    return median(times);
  };
  const us = (value) => `${(value * 1000).toFixed(1)} us`;
  const act = once(() => agent.act(observation), 5000);
  const update = once(() => agent.update(), 500);
  const save = once(() => agent.save(), 5);
  const bytes = agent.save();
  const load = once(() => DQN.load(bytes), 5);
  console.log(`     in Node: act ${us(act)}, update ${us(update)}, save ${ms(save)}, load ${ms(load)}`);
}

/** Makes the largest possible checkpoint: a full replay and a thousand open decisions. */
async function fill(folder) {
  const service = startService({ folder });
  const visitors = new Visitors(42);
  for (let i = 0; i < 70; i++) {
    const decisions = await Promise.all(
      Array.from({ length: 64 }, () => service.decide({ observation: visitors.next() })),
    );
    await service.feedback(...decisions.map(({ decisionId }) => ({ decisionId, reward: 0 })));
  }
  for (let i = 0; i < 10; i++) {
    await Promise.all(Array.from({ length: 100 }, () => service.decide({ observation: visitors.next() })));
  }
  const { checkpointBytes } = await service.saved();
  console.log(`     checkpoint: ${kib(checkpointBytes)}`);
  await service.stop();
}
