// What the page offers: environments with Discrete actions, the algorithms that fit each, and names for actions.

import { DQN_PRESETS, make, Q_LEARNING_PRESETS, registeredIds, SARSA_PRESETS } from "bellwether";
import { registerArcade } from "bellwether/arcade";
import { registerDiagnostics } from "bellwether/diagnostics";

registerDiagnostics();
registerArcade();

export interface Choice {
  readonly value: string;
  readonly label: string;
}

const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  CartPole: ["left", "right"],
  MountainCar: ["left", "coast", "right"],
  Acrobot: ["torque −1", "torque 0", "torque +1"],
  Blackjack: ["stick", "hit"],
  FrozenLake: ["left", "down", "right", "up"],
  FrozenLake8x8: ["left", "down", "right", "up"],
  CliffWalking: ["up", "right", "down", "left"],
  CliffWalkingSlippery: ["up", "right", "down", "left"],
  Taxi: ["south", "north", "east", "west", "pick up", "drop off"],
};

const PRESETS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  dqn: DQN_PRESETS,
  "q-learning": Q_LEARNING_PRESETS,
  sarsa: SARSA_PRESETS,
};

/** The name of the choice that takes no preset. */
export const DEFAULTS = "";

export function environments(): Choice[] {
  const ids = registeredIds().filter((id) => make(id).actionSpace.kind === "discrete");
  return ids.map((id) => ({ value: id, label: id }));
}

export function algorithms(envId: string): Choice[] {
  const isTabular = ["discrete", "multi-discrete"].includes(make(envId).observationSpace.kind);
  const deep = { value: "dqn", label: "DQN" };
  if (!isTabular) return [deep];
  return [{ value: "q-learning", label: "Q-learning" }, { value: "sarsa", label: "Sarsa" }, deep];
}

export function presets(envId: string, algorithm: string): Choice[] {
  const names = Object.keys(PRESETS[algorithm]).filter((name) => name === envId || name.startsWith(`${envId}/`));
  const label = (name: string): string => (name === envId ? "tuned for it" : name.slice(envId.length + 1));
  return [
    ...names.map((name) => ({ value: name, label: label(name) })),
    { value: DEFAULTS, label: "library defaults" },
  ];
}

export function actionNames(envId: string, count: number): readonly string[] {
  const names = ACTIONS[envId.replace(/-v\d+$/, "")];
  return names?.length === count ? names : Array.from({ length: count }, (_, i) => `action ${i}`);
}

/** Steps per second at which an environment is pleasant to watch: physics near its own pace, boards slowly. */
export function playRate(envId: string): number {
  return make(envId).observationSpace.kind === "box" ? 40 : 4;
}
