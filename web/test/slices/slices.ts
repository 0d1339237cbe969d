// Learns in the page's own thread, evaluations included, and times each slice by itself: from the task that goes on with
// the work until the message that asks for the next one.

import { DQN, EvaluationCallback, make } from "bellwether";

const slices: number[] = [];
let startedAt = 0;

const Native = MessageChannel;
globalThis.MessageChannel = class extends Native {
  constructor() {
    super();
    const { port1, port2 } = this;
    const post = port2.postMessage.bind(port2);
    port2.postMessage = (message: unknown) => {
      slices.push(performance.now() - startedAt);
      post(message);
    };
    // Registered before the library's own handler, so it runs first.
    port1.addEventListener("message", () => {
      startedAt = performance.now();
    });
  }
};

async function measure(): Promise<{ slices: number; p50: number; p95: number; max: number; evaluations: number }> {
  const agent = new DQN(make("CartPole-v1"), { seed: 1 });
  const evaluation = new EvaluationCallback({ env: () => make("CartPole-v1"), everySteps: 1000, episodes: 20 });
  // Compilers and warm-up apart.
  await agent.learn(1500);
  slices.length = 0;
  startedAt = performance.now();
  await agent.learn(4000, { callbacks: [evaluation] });
  const sorted = slices.slice().sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1];
  return { slices: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1), evaluations: evaluation.history.length };
}

Object.assign(globalThis, { measure });
