// A checkpoint as a hostile hand would change it: well-formed safetensors, other contents.

import { decodeSafetensors, encodeSafetensors, type Tensor } from "../../src/formats/safetensors.ts";

interface Contents {
  readonly tensors: Map<string, Tensor>;
  readonly metadata: Map<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: JSON to be changed at will
  readonly description: any;
}

export function tamper(bytes: Uint8Array, change: (contents: Contents) => void): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(bytes.slice());
  const description = JSON.parse(metadata.get("description") ?? "{}");
  change({ tensors, metadata, description });
  metadata.set("description", JSON.stringify(description));
  return encodeSafetensors(
    [...tensors].map(([name, tensor]) => ({ name, ...tensor })),
    Object.fromEntries(metadata),
  );
}
