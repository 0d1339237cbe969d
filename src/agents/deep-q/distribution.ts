// Options for learning the distribution of returns instead of the mean return: default values and checks.

import { rejectUnknownOptions, requireNumber, show } from "../../errors.ts";
import type { CategoricalOptions } from "./categorical-head.ts";
import type { ImplicitQuantileOptions } from "./implicit-quantile.ts";
import type { QuantileOptions } from "./quantile-head.ts";

/** Distribution of returns with all defaults filled in. */
export type Distribution = CategoricalOptions | QuantileOptions | ImplicitQuantileOptions;

/** Distribution of returns as a caller gives it: the type, and settings that differ from the papers' default values. */
export type DistributionOptions = Distribution extends infer D extends Distribution
  ? D extends Distribution
    ? Pick<D, "type"> & Partial<D>
    : never
  : never;

const DEFAULTS: { readonly [T in Distribution["type"]]: Extract<Distribution, { type: T }> } = {
  categorical: { type: "categorical", atoms: 51, low: -10, high: 10 },
  quantile: { type: "quantile", quantiles: 200, kappa: 1 },
  "implicit-quantile": {
    type: "implicit-quantile",
    quantiles: 64,
    nextQuantiles: 64,
    actingQuantiles: 32,
    cosines: 64,
    kappa: 1,
  },
};

/** Largest end of the range of returns: far enough from the limits of float32 that high - low is finite. */
const MAX_RETURN = 1e30;
const MAX_ATOMS = 4096;

/**
 * Fills in the defaults and checks every value.
 * @throws TypeError or RangeError when a setting is unknown or out of range
 */
export function readDistribution(where: string, options: DistributionOptions): Distribution {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `${where}: distribution expected an object, got ${show(options)}. Use for example { type: "categorical" }.`,
    );
  }
  const { type } = options;
  if (!Object.keys(DEFAULTS).includes(type)) {
    throw new RangeError(
      `${where}: distribution.type expected one of ${Object.keys(DEFAULTS).join(", ")}, got ${show(type)}. Choose one.`,
    );
  }
  rejectUnknownOptions(`${where}: distribution`, options, Object.keys(DEFAULTS[type]));
  const distribution = { ...DEFAULTS[type], ...options } as Distribution;
  const check = (name: string, value: number, rule: Parameters<typeof requireNumber>[3]): void => {
    requireNumber(where, `distribution.${name}`, value, rule, `Set distribution.${name}.`);
  };
  const count = (name: string, value: number, min: number): void => {
    check(name, value, { integer: true, min, max: MAX_ATOMS });
  };
  if (distribution.type === "categorical") {
    const { atoms, low, high } = distribution;
    count("atoms", atoms, 2);
    check("low", low, { min: -MAX_RETURN, max: MAX_RETURN });
    check("high", high, { min: -MAX_RETURN, max: MAX_RETURN });
    // Atoms are float32, and so is this check: neighbouring atoms must differ, so that a return can lie between them.
    const step = Math.fround((Math.fround(high) - Math.fround(low)) / (atoms - 1));
    if (!(step > 0 && Math.fround(Math.fround(high) - step) < Math.fround(high) && Math.fround(low + step) > low)) {
      throw new RangeError(
        `${where}: distribution.high expected a return above the low of ${low}, far enough for ${atoms} atoms, got ${high}. ` +
          "Cover the returns that can occur.",
      );
    }
    return distribution;
  }
  count("quantiles", distribution.quantiles, 1);
  check("kappa", distribution.kappa, { min: 0, max: MAX_RETURN });
  if (distribution.type === "implicit-quantile") {
    count("nextQuantiles", distribution.nextQuantiles, 1);
    count("actingQuantiles", distribution.actingQuantiles, 1);
    count("cosines", distribution.cosines, 2);
  }
  return distribution;
}

/** Returns the number of outputs per action that a network needs; 1 for plain values. */
export function atomsOf(distribution: Distribution | null): number {
  if (distribution === null) return 1;
  return distribution.type === "categorical" ? distribution.atoms : distribution.quantiles;
}
