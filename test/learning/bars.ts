// The published bars: what each algorithm's shipped preset must reach, with how many steps. docs/results.md is written
// from these by `npm run learning`.

import type { DQNOptions, PPOOptions } from "../../src/index.ts";

type Over = "every seed" | "mean" | { readonly seeds: number };

export interface Bar {
  /** Stable key: results of finished seeds are kept under it. */
  readonly key: string;
  /** A key of `AGENTS`. */
  readonly algorithm: string;
  readonly env: string;
  readonly envOptions?: Readonly<Record<string, number | string | boolean>>;
  /** What differs from the preset. */
  readonly options?: DQNOptions | Pick<PPOOptions, "recurrent">;
  /** Another preset than the environment's own. */
  readonly preset?: string;
  readonly steps: number;
  /** An episode with a return above it is a success; what is measured is then their share, of the final weights. */
  readonly successAbove?: number;
  /** Instead of `KEEP`'s. */
  readonly keepEverySteps?: number;
  /** Instead of all of `SEEDS`. */
  readonly seeds?: readonly number[];
  /** What counts: the mean over seeds, every single seed, or so many of them. A comparison may have to stay below. */
  readonly rule: (({ readonly atLeast: number } | { readonly atMost: number }) & { readonly over: Over }) | null;
  readonly note?: string;
}

export const BARS: readonly Bar[] = [
  {
    key: "dqn-CartPole-v1",
    algorithm: "dqn",
    env: "CartPole-v1",
    steps: 50_000,
    rule: { over: "every seed", atLeast: 475 },
    note: "Stable-Baselines3 2.9, tuned settings: 4 of 5 seeds",
  },
  {
    key: "dqn-MountainCar-v0",
    algorithm: "dqn",
    env: "MountainCar-v0",
    steps: 120_000,
    rule: { over: "mean", atLeast: -130 },
    note: "Stable-Baselines3 2.9, tuned settings, three seeds: -127, -160, -102",
  },
  {
    key: "dqn-Acrobot-v1",
    algorithm: "dqn",
    env: "Acrobot-v1",
    steps: 100_000,
    rule: { over: "mean", atLeast: -85 },
    note: "Stable-Baselines3 2.9, tuned settings, three seeds: -76.1, -76.5, -69.7",
  },
  {
    key: "dqn-CartPole-v1-polyak",
    algorithm: "dqn",
    env: "CartPole-v1",
    preset: "CartPole-v1/polyak",
    steps: 50_000,
    rule: null,
    note: "the classic teaching setting, for comparison; no bar",
  },
  ...["rainbow", "c51", "qr-dqn", "munchausen-dqn"].map(
    (algorithm): Bar => ({
      key: `${algorithm}-CartPole-v1`,
      algorithm,
      env: "CartPole-v1",
      steps: 50_000,
      rule: { over: "mean", atLeast: 475 },
    }),
  ),
  {
    key: "iqn-CartPole-v1",
    algorithm: "iqn",
    env: "CartPole-v1",
    steps: 50_000,
    seeds: [0, 1, 2],
    rule: null,
    note: "four times the time of the others; no bar",
  },
  ...(
    [
      [
        "Bricks-v0",
        8,
        "published DQN on the game that it is modelled on: 9.2 after 5,000,000 frames; a random policy: 0.25",
      ],
      ["Invasion-v0", 12, "a random policy: 5.9"],
      ["TreasureHunt-v0", 0.8, "a random policy: 0.52"],
    ] as const
  ).map(
    ([env, atLeast, note]): Bar => ({
      key: `dqn-${env}`,
      algorithm: "dqn",
      env,
      steps: 200_000,
      keepEverySteps: 25_000,
      seeds: [0, 1],
      rule: { over: "mean", atLeast },
      note,
    }),
  ),
  {
    key: "qr-dqn-Acrobot-v1",
    algorithm: "qr-dqn",
    env: "Acrobot-v1",
    steps: 100_000,
    rule: { over: "mean", atLeast: -80 },
    note: "rl-zoo3's published single run: -69.1",
  },
  {
    key: "pqn-CartPole-v1",
    algorithm: "pqn",
    env: "CartPole-v1",
    steps: 100_000,
    rule: { over: "every seed", atLeast: 475 },
    note: "CleanRL's pqn.py with 500,000 steps, three seeds: 495.1",
  },
  {
    key: "pqn-Acrobot-v1",
    algorithm: "pqn",
    env: "Acrobot-v1",
    steps: 200_000,
    rule: { over: "mean", atLeast: -95 },
    note: "CleanRL's pqn.py with 500,000 steps, three seeds: -95.6",
  },
  {
    key: "ppo-CartPole-v1",
    algorithm: "ppo",
    env: "CartPole-v1",
    steps: 100_000,
    rule: { over: "mean", atLeast: 490 },
    note: "Stable-Baselines3 2.9, the same settings, five seeds: 500",
  },
  {
    key: "ppo-Pendulum-v1",
    algorithm: "ppo",
    env: "Pendulum-v1",
    steps: 100_000,
    rule: { over: "mean", atLeast: -190 },
    note: "rl-zoo3's published single run, with gSDE: -172.2",
  },
  {
    key: "ppo-Acrobot-v1",
    algorithm: "ppo",
    env: "Acrobot-v1",
    steps: 1_000_000,
    keepEverySteps: 20_000,
    rule: { over: "mean", atLeast: -80 },
    note: "rl-zoo3's published single run: -73.5",
  },
  ...(
    [
      ["CartPoleNoVel-v1", 450, "500"],
      ["PendulumNoVel-v1", -300, "-217.9"],
    ] as const
  ).flatMap(([env, atLeast, published]): Bar[] => {
    const both = { algorithm: "ppo", env, steps: 100_000, keepEverySteps: 5000, seeds: [0, 1, 2, 3, 4] } as const;
    return [
      {
        ...both,
        key: `ppo-${env}`,
        rule: { over: "mean", atLeast },
        note: `rl-zoo3's published single run with an LSTM: ${published}`,
      },
      {
        ...both,
        key: `ppo-${env}-without-memory`,
        options: { recurrent: null },
        rule: null,
        note: "the same without a memory, for comparison",
      },
    ];
  }),
  {
    key: "trpo-CartPole-v1",
    algorithm: "trpo",
    env: "CartPole-v1",
    steps: 100_000,
    rule: { over: "mean", atLeast: 490 },
    note: "rl-zoo3's published single run: 500",
  },
  {
    key: "trpo-Pendulum-v1",
    algorithm: "trpo",
    env: "Pendulum-v1",
    steps: 100_000,
    rule: { over: "mean", atLeast: -200 },
    note: "rl-zoo3's published single run, with gSDE: -174.6",
  },
  {
    key: "trpo-MountainCarContinuous-v0",
    algorithm: "trpo",
    env: "MountainCarContinuous-v0",
    steps: 100_000,
    rule: { over: "mean", atLeast: 88 },
    note: "rl-zoo3's published single runs: TRPO 92.5, PPO 88.3",
  },
  {
    key: "a2c-CartPole-v1",
    algorithm: "a2c",
    env: "CartPole-v1",
    steps: 500_000,
    keepEverySteps: 10_000,
    rule: { over: "mean", atLeast: 475 },
    note: "rl-zoo3's published single run: 500",
  },
  {
    key: "a2c-Acrobot-v1",
    algorithm: "a2c",
    env: "Acrobot-v1",
    steps: 500_000,
    keepEverySteps: 20_000,
    rule: { over: "mean", atLeast: -90 },
    note: "rl-zoo3's published single run: -83.4",
  },
  {
    key: "reinforce-CartPole-v1",
    algorithm: "reinforce",
    env: "CartPole-v1",
    steps: 100_000,
    rule: { over: "mean", atLeast: 475 },
    note: "SLM Lab's REINFORCE with 200,000 steps, mean of training returns: 483.3",
  },
  {
    key: "dqn-BitFlip-v0",
    algorithm: "dqn",
    env: "BitFlip-v0",
    steps: 1500,
    successAbove: -10,
    keepEverySteps: 100,
    rule: { over: { seeds: 8 }, atLeast: 0.9 },
    note: "Stable-Baselines3's own test asks more than 0.9 of one seed; rerun on 15 seeds, 7 passed",
  },
  {
    key: "bootstrapped-dqn-DeepSea-v0",
    algorithm: "bootstrapped-dqn",
    env: "DeepSea-v0",
    steps: 20_000,
    successAbove: 0.9,
    keepEverySteps: 1000,
    rule: { over: { seeds: 8 }, atLeast: 1 },
    note: "2,000 episodes, of which a random policy finds the treasure in two; the best return is 0.99",
  },
  {
    key: "dqn-BitFlip-v0-n40",
    algorithm: "dqn",
    env: "BitFlip-v0",
    envOptions: { n: 40 },
    preset: "BitFlip-v0/40",
    steps: 80_000,
    seeds: [0, 1, 2, 3, 4],
    successAbove: -40,
    rule: { over: "every seed", atLeast: 0.9 },
    note: "Andrychowicz et al. 2017: solved up to n = 50",
  },
  {
    key: "dqn-BitFlip-v0-n15",
    algorithm: "dqn",
    env: "BitFlip-v0",
    envOptions: { n: 15 },
    steps: 6000,
    successAbove: -15,
    keepEverySteps: 500,
    rule: { over: "every seed", atLeast: 0.9 },
  },
  {
    key: "dqn-BitFlip-v0-n15-plain",
    algorithm: "dqn",
    env: "BitFlip-v0",
    envOptions: { n: 15 },
    options: { hindsight: null },
    steps: 6000,
    successAbove: -15,
    keepEverySteps: 500,
    rule: { over: "every seed", atMost: 0.1 },
    note: "Andrychowicz et al. 2017: without hindsight not beyond n = 13",
  },
];

export const SEEDS: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
/** Keeping the best policy during training. */
export const KEEP = { everySteps: 2000, episodes: 20, seed: 1_000_000 } as const;
/** Judging the weights afterwards, on seeds that training and keeping never saw. */
export const JUDGE = { episodes: 100, seed: 10_000 } as const;
