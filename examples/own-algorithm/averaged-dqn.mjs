// Averaged-DQN (Anschel et al. 2017, https://arxiv.org/abs/1611.01929): deep Q-learning towards the mean of the last K target
// networks. The mean errs less than each of them, so that values are overestimated less and learning is steadier.
//
//   Q(s, a)  ->  r + discount max_a' (1/K) sum over k of Q_k(s', a')                                       (algorithm 2)
//
// An algorithm that the library does not have, written against its public entries (docs/parts.md goes through it):
//
//   bellwether train ./averaged-dqn.mjs CartPole-v1

import {
  AgentBase,
  count,
  ExpectedHead,
  feedForward,
  learningFields,
  Model,
  offPolicyFields,
  offPolicyLearner,
  open,
  planReplay,
  runFields,
  schedule,
  Targets,
  VALUE_METRICS,
  ValueActor,
  ValueMetric,
} from "bellwether/parts";

export class AveragedDQN extends AgentBase {
  /** What the algorithm says of itself: names, and a field for every option, with its default and its check. */
  static about = {
    name: "AveragedDQN",
    algorithm: "averaged-dqn",
    summary: "deep Q-learning towards the mean of several target networks",
    actions: ["discrete"],
    learnsFrom: "steps",
    fields: {
      ...runFields({ totalSteps: 50_000 }),
      ...learningFields({
        discount: 0.99,
        learningRate: { type: "linear", from: 1e-3, to: 0, fraction: 1 },
        maxGradientNorm: 10,
        optimizer: { type: "adam" },
      }),
      ...offPolicyFields({ batchSize: 64, capacity: 50_000, warmupSteps: 1000, trainIntervalSteps: 1 }),
      targetNetworks: count(5, { max: 100, advice: "The paper's K." }),
      targetIntervalUpdates: count(100),
      epsilon: schedule({ type: "linear", from: 1, to: 0.05, fraction: 0.2 }, { min: 0, max: 1 }),
    },
    defaults: { nStep: 3 },
  };

  constructor(workplace, options = {}) {
    const context = open(new.target, workplace, options);
    const { actions, encoder, metrics, settings } = context;
    const { epsilon, maxGradientNorm, network, optimizer, warmupSteps } = settings;
    const values = feedForward(encoder.size, actions.options, network);
    const model = new Model(context, { networks: { values }, optimizer, maxGradientNorm });
    model.initialize(context.stream("init"));
    const exploration = { epsilon, warmupSteps, boltzmann: null };
    const actor = new ValueActor(context, model.acting.networks.values, new ExpectedHead("huber"), exploration);
    metrics.compute("epsilon", () => context.now(epsilon));
    metrics.show(["loss", "meanQ", "gradientNorm", "epsilon"]);
    super(context, {
      actor,
      models: [model],
      remembers: null,
      plan: () => offPolicyLearner(context, planUpdate(context, model)),
    });
  }
}

/** Plans all passes and tensors once, and says what one update makes of a batch. */
function planUpdate(context, model) {
  const { actions, backend, counters, metrics, settings } = context;
  const { batchSize: rows, learningRate, targetIntervalUpdates, targetNetworks: K } = settings;
  const experience = planReplay(context);
  const batch = experience.planBatch(rows);
  const targets = Array.from({ length: K }, (_, k) => new Targets(model, `target.${k}`));

  const now = model.networks.values.plan({ rows, x: batch.observation, gradients: model.gradients });
  // Their outputs alone are read, so that they may borrow the hidden tensors of the pass that is trained.
  const next = targets.map(({ networks }) => networks.values.plan({ rows, x: batch.nextObservation, borrow: now }));
  const mean = backend.tensor(rows, actions.options);
  const zeros = new Float32Array(rows * actions.options);

  const regression = {
    batch,
    q: now.output,
    nextQ: mean,
    selectionQ: null,
    loss: "huber",
    dQ: now.dOutput,
    target: backend.tensor(rows, 1),
    absError: backend.tensor(rows, 1),
    metrics: backend.tensor(1, VALUE_METRICS),
  };
  metrics.add("loss", regression.metrics, ValueMetric.loss, "loss");
  metrics.add("meanQ", regression.metrics, ValueMetric.meanQ);

  const learn = () => {
    backend.write(mean, zeros);
    for (const pass of next) backend.rows.addScaled(rows, pass.forward(), 1 / K, mean);
    now.forward();
    backend.valueLoss.td(rows, regression);
    now.backward();
    model.descend(context.now(learningRate));
    // The oldest target network becomes a copy of what is learned.
    const turn = (counters.updates + 1) / targetIntervalUpdates;
    if (Number.isInteger(turn)) targets[turn % K].become();
    return regression.absError;
  };
  return { experience, batch, learn, targets };
}
