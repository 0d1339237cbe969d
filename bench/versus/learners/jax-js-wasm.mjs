// One update of DQN in jax-js on its wasm device (one thread in Node, relaxed SIMD where the runtime has it). The whole
// update is one function under `jit`, from gathering the batch to the target network. Parameters are a tree as in jax-js's
// own examples; Adam is written out like in its package @jax-js/optax. Arrays are counted references: every use consumes
// one, and `.ref` adds one.

import { defaultDevice, grad, init, jit, nn, numpy as np, tree } from "@jax-js/jax";
import { transposed } from "./layout.mjs";

/** @param task see bench/agents/update-task.ts */
export async function start({ sizes, state, updates, replay, batch: first, settings }) {
  await init("wasm");
  defaultDevice("wasm");
  const { learningRate, beta1, beta2, epsilon, tau } = settings;
  const actions = sizes.at(-1);

  const forward = (network, x) => {
    for (const [i, { weight, bias }] of network.entries()) {
      const z = np.dot(x, weight).add(bias);
      x = i < network.length - 1 ? nn.relu(z) : z;
    }
    return x;
  };
  const loss = (network, observation, action, goal) => {
    const taken = forward(network, observation).mul(nn.oneHot(action, actions)).sum(1);
    const error = np.abs(taken.sub(goal));
    const clipped = np.minimum(error.ref, 1);
    return clipped.ref.mul(error.sub(clipped.mul(0.5))).mean(); // Huber
  };
  const averaged = (mean, x, decay) => x.mul(1 - decay).add(mean.mul(decay));
  const corrected = (decay, count) => np.reciprocal(np.subtract(1, np.power(decay, count)));
  const update = jit(({ online, target, m, v, count }, memory, slots) => {
    const { observation, nextObservation, action, reward, discount } = tree.map((x) => x.slice(slots.ref), memory);
    slots.dispose();
    const goal = reward.add(discount.mul(np.max(forward(tree.ref(target), nextObservation), 1)));
    const gradient = grad(loss)(tree.ref(online), observation, action, goal);
    m = tree.map((m, g) => averaged(m, g, beta1), m, tree.ref(gradient));
    v = tree.map((v, g) => averaged(v, np.square(g), beta2), v, gradient);
    count = count.add(1);
    const [scaleM, scaleV] = [corrected(beta1, count.ref), corrected(beta2, count.ref)];
    const moved = (p, m, v) => {
      const deviation = np.sqrt(v.mul(scaleV.ref)).add(epsilon);
      return p.sub(m.mul(scaleM.ref).div(deviation).mul(learningRate));
    };
    online = tree.map(moved, online, tree.ref(m), tree.ref(v));
    tree.dispose([scaleM, scaleV]);
    target = tree.map((t, p) => t.ref.add(p.sub(t).mul(tau)), target, tree.ref(online));
    return { online, target, m, v, count };
  });

  const network = (block) =>
    sizes.slice(1).map((outputs, i) => ({
      weight: np.array(transposed(block[2 * i], outputs, sizes[i]), { shape: [sizes[i], outputs] }),
      bias: np.array(block[2 * i + 1]),
    }));
  let run = {
    online: network(state.online),
    target: network(state.target),
    m: network(state.m),
    v: network(state.v),
    count: np.array(updates, { dtype: np.float32 }),
  };
  const shape = [replay.reward.length, sizes[0]];
  const memory = {
    observation: np.array(replay.observation, { shape }),
    nextObservation: np.array(replay.nextObservation, { shape }),
    action: np.array(replay.action),
    reward: np.array(replay.reward),
    discount: np.array(replay.discount),
  };
  const updateWith = (slots) => {
    run = update(run, tree.ref(memory), np.array(slots));
    run.count.ref.dataSync(); // jax-js computes only when a result is read; reading the loss would cost one more kernel
  };

  const slots = new Int32Array(first.reward.length);
  return {
    update: ({ slot }) => updateWith(slot),
    learn() {
      for (let row = 0; row < slots.length; row++) slots[row] = Math.floor(Math.random() * shape[0]);
      updateWith(slots);
    },
    state() {
      const read = (block) =>
        block.flatMap(({ weight, bias }, i) => [
          transposed(weight.ref.dataSync(), sizes[i], sizes[i + 1]),
          bias.ref.dataSync(),
        ]);
      return { online: read(run.online), target: read(run.target), m: read(run.m), v: read(run.v) };
    },
  };
}
