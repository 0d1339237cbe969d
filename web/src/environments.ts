// What the page offers: environments with Discrete actions, the algorithms that fit each, and names for actions.

import { make, registeredIds } from "bellwether";
import { registerArcade } from "bellwether/arcade";
import { registerDiagnostics } from "bellwether/diagnostics";
import { AGENTS } from "./agents.ts";

registerDiagnostics();
registerArcade();

export interface Choice {
  readonly value: string;
  readonly label: string;
  /** What it is, in a line. */
  readonly title?: string;
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

/** The name of the choice that takes no preset. */
export const DEFAULTS = "";

export function environments(): Choice[] {
  const ids = registeredIds().filter((id) => make(id).actionSpace.kind === "discrete");
  return ids.map((id) => ({ value: id, label: id }));
}

/** Those that fit, agents made for such observations first. */
export function algorithms(envId: string): Choice[] {
  const { kind } = make(envId).observationSpace;
  const abouts = Object.values(AGENTS).map(({ about }) => about);
  const special = abouts.filter(({ observations }) => observations?.includes(kind));
  const general = abouts.filter(({ observations }) => observations === undefined);
  return [...special, ...general].map(({ algorithm, name, summary }) => ({
    value: algorithm,
    label: name,
    title: summary,
  }));
}

/** What the page begins with. */
export function usualAlgorithm(envId: string): string {
  const [{ value }] = algorithms(envId);
  return AGENTS[value].about.observations === undefined ? "dqn" : value;
}

export function presets(envId: string, algorithm: string): Choice[] {
  const known = Object.keys(AGENTS[algorithm].about.presets ?? {});
  const names = known.filter((name) => name === envId || name.startsWith(`${envId}/`));
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
