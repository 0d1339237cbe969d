/** What a table needs of a class of agents. */
export interface TableAgent {
  readonly name: string;
  readonly algorithm: string;
  readonly summary: string;
  readonly actions: readonly string[];
  readonly learnsFrom: string;
  readonly presets?: Readonly<Record<string, unknown>>;
}

/** The files that have tables of agents, from the root. */
export declare const PAGES: readonly string[];

/** What every class says of itself, by name. @param library a module namespace that has the classes */
export declare function agentsOf(library: object): TableAgent[];

/**
 * The page with its tables as they should be.
 * @param path of the page, from the root
 * @throws Error when there is no page that names a class
 */
export declare function withTables(path: string, text: string, agents: readonly TableAgent[]): string;
