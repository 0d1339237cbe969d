// The few Cloudflare interfaces that this example uses, reduced to the members it needs. In your own project, run
// `wrangler types` instead.

declare module "cloudflare:workers" {
  export abstract class DurableObject<Env> {
    protected readonly ctx: DurableObjectState;
    protected readonly env: Env;
    constructor(ctx: DurableObjectState, env: Env);
    alarm?(): Promise<void>;
  }
}

interface DurableObjectState {
  readonly storage: import("./durable-object-storage.ts").ObjectStorage & {
    setAlarm(timeMs: number): Promise<void>;
  };
  blockConcurrencyWhile<T>(work: () => Promise<T>): Promise<T>;
}

/** Calls of a `Learner` are remote calls: arguments are copied, and results are promises. */
interface DurableObjectNamespace<Learner> {
  getByName(name: string): {
    [K in keyof Learner]: Learner[K] extends (...args: infer A) => infer R
      ? (...args: A) => Promise<Awaited<R>>
      : never;
  };
}
