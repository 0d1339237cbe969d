// The engine's exports, grouped by layer; nothing else. The host calls them through src/engine only.

export * from "./math/scalar";

/** First address that the host may plan with. */
export function heap_base(): usize { return __heap_base; }
