// One update of DQN in TensorFlow.js on the current backend: everything in `tidy`, gradients and Adam by `minimize`,
// operations of tfjs-core. A model of tfjs-layers, fused products and a replay of tensors were slower (measured).
// tfjs-layers is imported because it registers gradients.

import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import { gather, transposed } from "./layout.mjs";

/** @param task see bench/agents/update-task.ts */
export async function start({ sizes, state, updates, replay, batch: first, settings }) {
  tf.enableProdMode();
  const { learningRate, beta1, beta2, epsilon, tau } = settings;
  const [inputs, actions] = [sizes[0], sizes.at(-1)];
  const rows = first.reward.length;
  const tensors = (block) =>
    block.map((values, i) =>
      i % 2 === 1 ? tf.tensor1d(values) : tf.transpose(tf.tensor2d(values, [sizes[i / 2 + 1], sizes[i / 2]])),
    );
  const [online, target] = [state.online, state.target].map((block) => tensors(block).map((t) => tf.variable(t)));
  const adam = tf.train.adam(learningRate, beta1, beta2, epsilon);
  const moments = [...tensors(state.m), ...tensors(state.v)].map((tensor, i) => ({ name: `moment${i}`, tensor }));
  await adam.setWeights([{ name: "iter", tensor: tf.scalar(updates, "int32") }, ...moments]);

  const forward = (network, x) => {
    for (let i = 0; i < network.length; i += 2) {
      const z = tf.add(tf.matMul(x, network[i]), network[i + 1]);
      x = i < network.length - 2 ? tf.relu(z) : z;
    }
    return x;
  };
  const update = (batch) =>
    tf.tidy(() => {
      const next = tf.max(forward(target, tf.tensor2d(batch.nextObservation, [rows, inputs])), 1);
      const goal = tf.add(batch.reward, tf.mul(batch.discount, next));
      const observation = tf.tensor2d(batch.observation, [rows, inputs]);
      const taken = tf.oneHot(tf.tensor1d(batch.action, "int32"), actions);
      adam.minimize(
        () => tf.losses.huberLoss(goal, tf.sum(tf.mul(forward(online, observation), taken), 1)),
        false,
        online,
      );
      for (const [i, variable] of target.entries()) {
        variable.assign(tf.add(variable, tf.mul(tf.sub(online[i], variable), tau)));
      }
    });

  const sampled = structuredClone(first);
  return {
    update,
    learn() {
      gather(replay, inputs, sampled);
      update(sampled);
    },
    async state() {
      const read = (block) =>
        block.map((tensor, i) =>
          i % 2 === 1 ? tensor.dataSync() : transposed(tensor.dataSync(), sizes[i / 2], sizes[i / 2 + 1]),
        );
      const weights = (await adam.getWeights()).slice(1).map(({ tensor }) => tensor);
      return {
        online: read(online),
        target: read(target),
        m: read(weights.slice(0, online.length)),
        v: read(weights.slice(online.length)),
      };
    },
  };
}
