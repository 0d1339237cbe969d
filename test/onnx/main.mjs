// Models as ONNX Runtime runs them, held against the agents that they were written of: every kind of agent, batches of 1 and of 7,
// with and without masks, and with a memory over whole episodes. `N passed, N failed` is the last line.

import { env, InferenceSession, Tensor } from "onnxruntime-web";
import { toOnnx } from "../../dist/onnx/index.js";
import { makers } from "./kinds.mjs";
import { draws, drawValue } from "./random-world.mjs";

/** Largest difference of a number; of numbers above 1 as a share of them. */
const TOLERANCE = 1e-5;
const BATCHES = [1, 7];
const OBSERVATIONS = 70;
const EPISODE_STEPS = 6;

env.wasm.numThreads = 1;
env.logLevel = "error";

let passed = 0;
let failed = 0;

async function check(name, body) {
  try {
    console.log(`yes  ${name}  ${(await body()) ?? ""}`.trimEnd());
    passed++;
  } catch (error) {
    console.log(`NO   ${name}  ${error.stack ?? error.message ?? error}`);
    failed++;
  }
}

function expect(holds, message) {
  if (!holds) throw new Error(message);
}

/** The numbers of a value as an environment shows it, one after the other. */
function numbersOf(value) {
  if (typeof value === "number") return [value];
  if (typeof value.length === "number") return Array.from(value);
  return Object.values(value).flatMap(numbersOf);
}

function tensorOf(observations, space) {
  const rows = observations.map(numbersOf);
  const shape = space.kind === "discrete" ? [] : space.kind === "box" ? space.shape : [rows[0].length];
  return new Tensor("float32", Float32Array.from(rows.flat()), [rows.length, ...shape]);
}

/** Row `row` of an output of `rows` rows. */
function rowOf({ data }, row, rows) {
  const columns = data.length / rows;
  return Array.from(data.subarray(row * columns, (row + 1) * columns));
}

/** The largest differences by output. */
class Differences {
  largest = new Map();

  compare(output, expected, got) {
    expect(expected.length === got.length, `${output}: ${expected.length} numbers expected, got ${got.length}`);
    let worst = this.largest.get(output) ?? 0;
    for (const [i, number] of expected.entries()) {
      const difference = Math.abs(got[i] - number) / Math.max(1, Math.abs(number));
      expect(difference <= TOLERANCE, `${output}[${i}]: ${number} expected, got ${got[i]}, ${difference} beside it`);
      worst = Math.max(worst, difference);
    }
    this.largest.set(output, worst);
  }

  same(output, expected, got) {
    expect(expected.join() === got.join(), `${output}: ${expected} expected, got ${got}`);
    this.largest.set(output, "same");
  }

  toString() {
    return Array.from(this.largest, ([output, worst]) => {
      return `${output} ${typeof worst === "number" ? worst.toExponential(1) : worst}`;
    }).join(", ");
  }
}

/** Options of every choice of numbered actions; none of others. */
function choicesOf(space) {
  return space.kind === "discrete" ? [space.n] : space.kind === "multi-discrete" ? space.nvec : [];
}

/** A mask that allows something of every choice. */
function drawMask(choices, uniform) {
  return choices.flatMap((n) => {
    const always = Math.floor(uniform() * n);
    return Array.from({ length: n }, (_, option) => (option === always || uniform() < 0.5 ? 1 : 0));
  });
}

/** Probabilities of what a mask allows. */
function masked(probabilities, mask, choices) {
  let from = 0;
  return choices.flatMap((n) => {
    const part = Array.from(probabilities.subarray(from, from + n), (p, i) => p * mask[from + i]);
    from += n;
    const sum = part.reduce((total, p) => total + p);
    return part.map((p) => p / sum);
  });
}

/** What an agent says of one observation, by the names of outputs. */
function sayings(agent, observation, mask) {
  const choices = choicesOf(agent.actionSpace);
  const said = new Map();
  if (agent.qValues !== undefined) said.set("qValues", Array.from(agent.qValues(observation)));
  if (agent.distribution !== undefined) {
    for (const [name, numbers] of Object.entries(agent.distribution(observation))) {
      said.set(name, mask === null ? Array.from(numbers) : masked(numbers, mask, choices));
    }
  }
  if (agent.value !== undefined) said.set("value", [agent.value(observation)]);
  return said;
}

function compareAction(differences, { kind }, expected, got) {
  const numbers = numbersOf(expected);
  if (kind === "box") differences.compare("action", numbers, got);
  else differences.same("action", numbers, got);
}

/** A model of a policy without memory. */
async function compareRows(agent, session, withMask, differences) {
  const { actionSpace, observationSpace } = agent;
  const choices = choicesOf(actionSpace);
  const uniform = draws(77);
  for (const rows of BATCHES) {
    for (let seen = 0; seen < OBSERVATIONS; seen += rows) {
      const observations = Array.from({ length: rows }, () => drawValue(observationSpace, uniform));
      const masks = observations.map(() => (withMask ? drawMask(choices, uniform) : null));
      const outputs = await session.run({
        observation: tensorOf(observations, observationSpace),
        ...(withMask && { mask: new Tensor("float32", Float32Array.from(masks.flat()), [rows, masks[0].length]) }),
      });
      for (const [row, observation] of observations.entries()) {
        const mask = masks[row];
        const said = sayings(agent, observation, mask);
        const names = [...said.keys(), "action"].sort().join();
        // An agent built from parts may say less than its model.
        expect(said.size === 0 || [...session.outputNames].sort().join() === names, `outputs ${session.outputNames}`);
        for (const [name, numbers] of said) differences.compare(name, numbers, rowOf(outputs[name], row, rows));
        const action = agent.act(observation, mask === null ? {} : { mask });
        compareAction(differences, actionSpace, action, rowOf(outputs.action, row, rows));
      }
    }
  }
}

/** A model of a policy with memory, over episodes in which the state that comes out goes in again. */
async function compareEpisodes(agent, session, units, withMask, differences) {
  const { actionSpace, observationSpace } = agent;
  const choices = choicesOf(actionSpace);
  const uniform = draws(78);
  for (const rows of BATCHES) {
    for (let episode = 0; episode < 3; episode++) {
      let state = new Tensor("float32", new Float32Array(rows * units), [rows, units]);
      for (let step = 0; step < EPISODE_STEPS; step++) {
        const observations = Array.from({ length: rows }, () => drawValue(observationSpace, uniform));
        const masks = observations.map(() => (withMask ? drawMask(choices, uniform) : undefined));
        const outputs = await session.run({
          observation: tensorOf(observations, observationSpace),
          state,
          ...(withMask && { mask: new Tensor("float32", Float32Array.from(masks.flat()), [rows, masks[0].length]) }),
        });
        state = outputs.nextState;
        // What the agent says of an observation follows what it acted on last: it begins anew only when it acts.
        if (rows === 1 && step > 0) {
          for (const [name, numbers] of sayings(agent, observations[0], masks[0] ?? null)) {
            differences.compare(name, numbers, rowOf(outputs[name], 0, 1));
          }
        }
        const episodeStarts = observations.map(() => step === 0);
        const actions = agent.actBatch(observations, { episodeStarts, ...(withMask && { masks }) });
        const columns = actions.length / rows;
        for (let row = 0; row < rows; row++) {
          const action = actions.slice(row * columns, (row + 1) * columns);
          compareAction(differences, actionSpace, action, rowOf(outputs.action, row, rows));
        }
      }
    }
  }
}

const open = (agent, options) => InferenceSession.create(toOnnx(agent, options), { executionProviders: ["wasm"] });

const kinds = makers();
for (const { name, make } of kinds) {
  const agent = make();
  const value = agent.value !== undefined;
  const units = agent.settings.recurrent?.units ?? 0;
  for (const mask of choicesOf(agent.actionSpace).length > 0 ? [false, true] : [false]) {
    await check(`${name}${mask ? ", masks" : ""}`, async () => {
      const session = await open(agent, { mask, value });
      const differences = new Differences();
      if (units > 0) await compareEpisodes(agent, session, units, mask, differences);
      else await compareRows(agent, session, mask, differences);
      await session.release();
      return String(differences);
    });
  }
}

await check("a policy from a file is the model of the agent that saved it", async () => {
  const { Agent, make } = kinds.find(({ name }) => name === "memory, gaussian, normalised");
  const agent = make();
  const [own, loaded] = [toOnnx(agent), toOnnx(Agent.load(agent.save({ contents: "policy" })))];
  expect(Buffer.compare(own, loaded) === 0, `${own.length} and ${loaded.length} bytes`);
});

await check("the value's network is left out unless it is asked for", async () => {
  const agent = kinds.find(({ name }) => name === "ppo").make();
  const [without, all] = [toOnnx(agent), toOnnx(agent, { value: true })];
  const session = await InferenceSession.create(without, { executionProviders: ["wasm"] });
  expect(session.outputNames.join() === "probabilities,action", `outputs ${session.outputNames}`);
  expect(without.length < 0.7 * all.length, `${without.length} of ${all.length} bytes`);
  return `${without.length} of ${all.length} bytes`;
});

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
