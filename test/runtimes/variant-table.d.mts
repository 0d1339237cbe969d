import type { Env, VectorEnv } from "../../src/index.ts";

export type Variant = readonly [
  Agent: { readonly about: { readonly algorithm: string } },
  env: () => Env | VectorEnv,
  options: object,
];

export declare function variantTable(library: object): Readonly<Record<string, Variant>>;
export declare function runVariant(variant: Variant): Promise<{ readonly whole: string; readonly resumed: string }>;
