// Short runs of every agent and of every kind of memory and network. What a run ends with must be the same bits in every
// runtime, and the same whether it went through in one go or was saved, loaded and gone on with.

import * as library from "bellwether";
import { registerArcade } from "bellwether/arcade";
import { registerDiagnostics } from "bellwether/diagnostics";
import { runVariant, variantTable } from "./variant-table.mjs";

registerArcade();
registerDiagnostics();

/** @returns name -> SHA-256 of the weights, in one go and resumed */
export async function runVariants() {
  const answers = {};
  for (const [name, variant] of Object.entries(variantTable(library))) answers[name] = await runVariant(variant);
  return answers;
}
