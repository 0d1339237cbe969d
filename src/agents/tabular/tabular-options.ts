// Options of tabular agents, and the check of every value.

import type { About } from "../../training/about.ts";
import { custom, type Fields, number, schedule } from "../../training/options.ts";
import { type PlaceOption, type RunOptions, type RunSettings, runFields } from "../../training/run-options.ts";
import type { Schedule } from "../../training/schedule.ts";
import { checkStepSize, type StepSize } from "./q-table.ts";

/** Options of tabular agents. */
export interface TabularOptions extends RunOptions {
  /** Discount factor of future rewards, gamma, in 0 .. 1. @defaultValue 0.99 */
  readonly discount?: number;
  /** Step size, alpha: a constant in (0, 1], or 1 / N^exponent at the N-th visit. @defaultValue visits, exponent 0.6 */
  readonly stepSize?: StepSize;
  /**
   * Value of every entry before its first visit. A value above all returns drives exploration (Sutton & Barto 2018, section
   * 2.6).
   * @defaultValue 0
   */
  readonly initialValue?: number;
  /** Probability of a uniformly random action. @defaultValue 0.1, as Sutton & Barto 2018, example 6.6 */
  readonly epsilon?: Schedule;
}

/** Tabular options with all defaults filled in, as a file contains them. Fields are explained in `TabularOptions`. */
export interface TabularSettings extends RunSettings {
  readonly discount: number;
  readonly stepSize: StepSize;
  readonly initialValue: number;
  readonly epsilon: Schedule;
}

/** Options that a preset may contain. */
export type TabularPreset = Omit<TabularOptions, PlaceOption | "seed">;

/** Description of a tabular algorithm. */
export type TabularAbout = About<TabularOptions, TabularSettings>;

const FIELDS: Fields<TabularOptions, TabularSettings> = {
  ...runFields({ totalSteps: 200_000 }),
  discount: number(0.99, { min: 0, max: 1, advice: "It is gamma." }),
  stepSize: custom<StepSize, StepSize>({ type: "visits", exponent: 0.6 }, (where, given) => {
    checkStepSize(where, given);
    return given;
  }),
  initialValue: number(0, {}),
  epsilon: schedule(0.1, { min: 0, max: 1 }),
};

/** The part of the description that all tabular agents share. */
export const TABULAR: Pick<TabularAbout, "actions" | "observations" | "learnsFrom" | "fields"> = {
  actions: ["discrete"],
  observations: ["discrete", "multi-discrete"],
  learnsFrom: "steps",
  fields: FIELDS,
};
