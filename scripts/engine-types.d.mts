/** See engine-types.mjs. */
export function engineTypes(bindings: string): string;
export function threadedEngineTypes(bindings: string, threadedBindings: string): string;
