// What every runtime of the matrix does, through the public package alone. Tasks and answers are JSON, so that a process,
// a page and a Worker can be asked alike; files travel as base64.

import { DQN, make, supportsEngine } from "bellwether";
import relaxed from "bellwether/relaxed";
import { threads } from "bellwether/threads";
import { PLAIN, STEPS, STEPS_AFTER_SAVE, trainPlain } from "./plain-run.mjs";
import { runVariants } from "./variants.mjs";

/** Everything that computes exponentials, roots and sums of its own order. */
const ELABORATE = {
  ...PLAIN,
  totalSteps: 1000,
  network: { hidden: [48, 33], activation: "tanh", layerNorm: true },
  optimizer: { type: "adamw" },
  double: true,
  dueling: true,
  nStep: 3,
  warmupSteps: 200,
};

/** @param task `{ kind }`: "train", "plain", "threads", or "resume" with a `checkpoint` */
export async function perform({ kind, checkpoint }) {
  if (kind === "resume") return resume(checkpoint);
  if (kind === "plain") return { weights: await trainPlain({ DQN, make }) };
  return kind === "threads" ? { sharedWeights: await trainOnThreads() } : train();
}

async function train() {
  const agent = new DQN(make("CartPole-v1"), PLAIN);
  const { envSteps, updates } = await agent.learn(STEPS);
  const weights = await agent.weightsSha256();
  const checkpoint = agent.save();
  await agent.learn(STEPS_AFTER_SAVE);

  const elaborate = new DQN(make("CartPole-v1"), ELABORATE);
  await elaborate.learn(ELABORATE.totalSteps);

  const fast = new DQN(make("CartPole-v1"), { ...PLAIN, engine: relaxed });
  fast.learnSync(PLAIN.warmupSteps + 100);

  return {
    envSteps,
    updates,
    weights,
    elaborateWeights: await elaborate.weightsSha256(),
    continuedWeights: await agent.weightsSha256(),
    actions: actionsOf(agent),
    supportsRelaxed: supportsEngine(relaxed),
    relaxedIsFinite: fast.hasFiniteWeights(),
    sharedWeights: await trainOnThreads(),
    variants: await runVariants(),
    checkpoint: toBase64(checkpoint),
  };
}

/** The plain run on three threads, every operation cut up; the error's text where the runtime has none. */
async function trainOnThreads() {
  let backend;
  try {
    backend = await threads({ threads: 3, cutFromMultiplications: 0 });
  } catch (error) {
    return error.message;
  }
  return trainPlain({ DQN, make }, { backend });
}

async function resume(checkpoint) {
  const agent = DQN.load(fromBase64(checkpoint), { env: make("CartPole-v1") });
  await agent.learn(STEPS_AFTER_SAVE);
  return { resumedWeights: await agent.weightsSha256(), actions: actionsOf(agent) };
}

/** Greedy actions over a fan of poles, as a string of digits. */
function actionsOf(agent) {
  let actions = "";
  for (let i = -32; i < 32; i++) actions += agent.act([0, 0, i / 160, i / -40]);
  return actions;
}

function toBase64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function fromBase64(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
