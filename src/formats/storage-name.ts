// The rules for names of blobs. A legal name means the same on every disk, key-value store and bucket, and never points
// outside its storage.

import { show } from "../errors.ts";

/** End of the name of a file that is still being written. Names of blobs may not end so. */
export const UNFINISHED_SUFFIX = "~";

/** Most bytes of one part of a name. File systems allow 255; the rest is room for the suffix of an unfinished file. */
const MAX_PART_BYTES = 200;
// Control characters, and characters that Windows forbids in file names (a colon also marks a drive or a stream).
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the purpose
const FORBIDDEN = /[\u0000-\u001f\u007f\\<>:"|?*]/;
/** Device names of Windows. They exist in every folder, with any extension. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * Checks and returns the name of a blob. A name is relative and slash-separated: "runs/dqn-7/step-50000.safetensors".
 * @throws TypeError for a name that is no string; RangeError for a name that is not portable or points outside the storage
 */
export function requireStorageName(where: string, name: unknown): string {
  if (typeof name !== "string") {
    throw new TypeError(
      `${where}: name expected a string, got ${show(name)}. Pass a name such as "run/agent.safetensors".`,
    );
  }
  const problem = name.split("/").map(problemOfPart).find(Boolean);
  if (problem !== undefined) {
    throw new RangeError(
      `${where}: name expected ${problem}, got ${show(name)}. Pass a name such as "run/agent.safetensors".`,
    );
  }
  return name;
}

/** Returns the rule that a part between slashes breaks, or "" for a legal part. */
function problemOfPart(part: string): string {
  if (part === "") return "non-empty parts between slashes, and none before the first";
  if (part === "." || part === "..") return 'no "." or ".." parts';
  if (FORBIDDEN.test(part)) return 'no control characters and none of \\ < > : " | ? *';
  if (/[. ]$/.test(part)) return "no part that ends in a dot or a space";
  if (part.endsWith(UNFINISHED_SUFFIX)) return `no part that ends in "${UNFINISHED_SUFFIX}" (unfinished files do)`;
  if (/\p{Surrogate}/u.test(part)) return "whole Unicode characters";
  if (DEVICE.test(part)) return "no device name of Windows";
  if (new TextEncoder().encode(part).length > MAX_PART_BYTES) return `parts of at most ${MAX_PART_BYTES} bytes`;
  return "";
}

/** Returns `bytes`. @throws TypeError when `bytes` is no Uint8Array */
export function requireBlob(where: string, bytes: unknown): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes;
  throw new TypeError(
    `${where}: bytes expected Uint8Array, got ${show(bytes)}. Encode the value first, for example with agent.save().`,
  );
}
