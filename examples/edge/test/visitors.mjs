// Simulated visitors of four kinds. Each kind likes one offer; the service does not know which.
import { Pcg64 } from "../../../dist/index.js";
import { product } from "./edge-service.mjs";

const CLICK_RATE_LIKED = 0.75;
const CLICK_RATE_OTHER = 0.1;

export class Visitors {
  #random;

  constructor(seed) {
    this.#random = new Pcg64(seed);
  }

  /** Draws a visitor: a value for each feature name. The features that `reward` does not read are noise. */
  next() {
    const draw = () => Math.round(this.#random.random() * 1000) / 1000;
    return Object.fromEntries(
      product.FEATURES.map((name) => [name, ["returning", "mobile"].includes(name) ? Math.round(draw()) : draw()]),
    );
  }

  /** Returns 1 for a click, otherwise 0. */
  reward(visitor, offer) {
    const liked = visitor.returning
      ? visitor.cartValue > 0.5
        ? "loyalty-points"
        : "bundle"
      : visitor.mobile
        ? "app-discount"
        : "free-shipping";
    return this.#random.random() < (offer === liked ? CLICK_RATE_LIKED : CLICK_RATE_OTHER) ? 1 : 0;
  }
}

export function toObservation(visitor) {
  return product.FEATURES.map((name) => visitor[name]);
}
