// What tabular agents can be told, and the check of every value.

import type { About } from "../../training/about.ts";
import { custom, type Fields, number, schedule } from "../../training/options.ts";
import { type PlaceOption, type RunOptions, type RunSettings, runFields } from "../../training/run-options.ts";
import type { Schedule } from "../../training/schedule.ts";
import { checkStepSize, type StepSize } from "./q-table.ts";

export interface TabularOptions extends RunOptions {
  /** gamma, in 0 .. 1. @defaultValue 0.99 */
  readonly discount?: number;
  /** alpha: a constant in (0, 1], or 1 / N^exponent by visits. @defaultValue visits, exponent 0.6 */
  readonly stepSize?: StepSize;
  /**
   * Of every entry before its first visit; above all returns it drives exploration (Sutton & Barto 2018, section 2.6).
   * @defaultValue 0
   */
  readonly initialValue?: number;
  /** Probability of a uniformly random action. @defaultValue 0.1, as Sutton & Barto 2018, example 6.6 */
  readonly epsilon?: Schedule;
}

export interface TabularSettings extends RunSettings {
  readonly discount: number;
  readonly stepSize: StepSize;
  readonly initialValue: number;
  readonly epsilon: Schedule;
}

/** Options as a preset has them. */
export type TabularPreset = Omit<TabularOptions, PlaceOption | "seed">;

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

/** What every tabular agent says of itself in the same way. */
export const TABULAR: Pick<TabularAbout, "actions" | "observations" | "learnsFrom" | "fields"> = {
  actions: ["discrete"],
  observations: ["discrete", "multi-discrete"],
  learnsFrom: "steps",
  fields: FIELDS,
};
