// The agents that the page offers: every class of the library that chooses among numbered actions, by what it says of itself.

import * as library from "bellwether";

type About = library.About;

/** A class of agents, as the page uses it. */
export interface AgentClass extends library.AgentClass {
  readonly about: About;
  readonly prototype: object;
  environments(workplace: library.Workplace, options: object): number;
}

function isAgentClass(value: unknown): value is AgentClass {
  return typeof value === "function" && typeof (value as Partial<AgentClass>).about === "object";
}

/** By algorithm, in the order of their names. */
export const AGENTS: Readonly<Record<string, AgentClass>> = Object.fromEntries(
  Object.values<unknown>(library)
    .filter(isAgentClass)
    .filter(({ about }) => about.actions.includes("discrete"))
    .map((Agent): [string, AgentClass] => [Agent.about.algorithm, Agent])
    .sort(([a], [b]) => (a < b ? -1 : 1)),
);

/** Where an agent works: an environment, or as many of it stepped together as it learns from. */
export interface Place {
  readonly id: string;
  readonly count: number;
}

export function makePlace({ id, count }: Place): library.Env | library.VectorEnv {
  return count === 1 ? library.make(id) : library.makeVector(id, count, { autoresetMode: "same-step" });
}
