// A user's file may import "bellwether" where no package is installed near it, as with `npx bellwether` in an empty folder: the
// import finds the package of this command line then. Where one is installed, that one is taken.

import * as modules from "node:module";

interface Resolved {
  readonly url: string;
}

type Resolve<Answer> = (
  specifier: string,
  context: object,
  next: (specifier: string, context: object) => Answer,
) => Answer;

/** Newer than the types that the project is compiled with: Node.js 22.15. */
interface Hooks {
  registerHooks?(hooks: { readonly resolve: Resolve<Resolved> }): void;
}

/** The same for a thread of hooks, as older runtimes have it. */
const THREAD = `export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!/^bellwether(\\/|$)/.test(specifier)) throw error;
    return next(specifier, { ...context, parentURL: ${JSON.stringify(import.meta.url)} });
  }
}`;

let isOffered = false;

/** Called before a user's file is imported; again, it changes nothing. */
export function offerOwnPackage(): void {
  if (isOffered) return;
  isOffered = true;
  const { registerHooks } = modules as Hooks;
  if (registerHooks !== undefined) registerHooks({ resolve });
  // Deno and Bun have names of hooks that do nothing.
  else if (process.versions.bun === undefined && process.versions.deno === undefined) {
    modules.register?.(`data:text/javascript,${encodeURIComponent(THREAD)}`);
  }
}

const resolve: Resolve<Resolved> = (specifier, context, next) => {
  try {
    return next(specifier, context);
  } catch (error) {
    if (!/^bellwether(\/|$)/.test(specifier)) throw error;
    return next(specifier, { ...context, parentURL: import.meta.url });
  }
};
