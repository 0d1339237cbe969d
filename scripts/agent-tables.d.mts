/** The part of an agent's `about` that the tables need. */
export interface TableAgent {
  readonly name: string;
  readonly algorithm: string;
  readonly summary: string;
  readonly actions: readonly string[];
  readonly learnsFrom: string;
  readonly presets?: Readonly<Record<string, unknown>>;
}

/** Paths of the files that have tables of agents, relative to the root. */
export declare const PAGES: readonly string[];

/** Returns the `about` of every class, sorted by algorithm. @param library a module namespace with the classes */
export declare function agentsOf(library: object): TableAgent[];

/**
 * Returns the page with new tables.
 * @param path path of the page, relative to the root
 * @throws Error when no page names a class
 */
export declare function withTables(path: string, text: string, agents: readonly TableAgent[]): string;
