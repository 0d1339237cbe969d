// The agents of the library, one line each. The public entry exports them. The command line, the demo, the documentation's
// tables and the runtime matrix read their descriptions (`about`).

export { BootstrappedDQN, type BootstrappedDQNOptions } from "./deep-q/bootstrapped-dqn.ts";
export { C51, type C51Options } from "./deep-q/c51.ts";
export { DQN, type DQNOptions } from "./deep-q/dqn.ts";
export { IQN, type IQNOptions } from "./deep-q/iqn.ts";
export { MunchausenDQN, type MunchausenDQNOptions } from "./deep-q/munchausen-dqn.ts";
export { PQN, type PQNOptions, type PQNSettings } from "./deep-q/pqn.ts";
export { QRDQN, type QRDQNOptions } from "./deep-q/qr-dqn.ts";
export { Rainbow, type RainbowOptions } from "./deep-q/rainbow.ts";
export { A2C, type A2COptions, type A2CSettings } from "./policy-gradient/a2c.ts";
export { PPO, type PPOOptions, type PPOSettings } from "./policy-gradient/ppo.ts";
export { Reinforce, type ReinforceOptions, type ReinforceSettings } from "./policy-gradient/reinforce.ts";
export { TRPO, type TRPOOptions, type TRPOSettings } from "./policy-gradient/trpo.ts";
export { QLearning, type QLearningOptions } from "./tabular/q-learning.ts";
export { Sarsa, type SarsaOptions } from "./tabular/sarsa.ts";
