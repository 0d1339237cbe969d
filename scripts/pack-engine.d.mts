/** See pack-engine.mjs. */
export function packEngine(bytes: Uint8Array, unpacker: Uint8Array): string;
