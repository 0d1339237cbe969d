// Lets a user's file import "bellwether" when no package is installed near the file, as with `npx bellwether` in an empty
// folder. The import then finds the package of this command line. An installed package takes precedence.

import * as modules from "node:module";

interface Resolved {
  readonly url: string;
}

type Resolve<Answer> = (
  specifier: string,
  context: object,
  next: (specifier: string, context: object) => Answer,
) => Answer;

/** A function of Node.js 22.15, which is newer than the type declarations of this project. */
interface Hooks {
  registerHooks?(hooks: { readonly resolve: Resolve<Resolved> }): void;
}

/** The same hook as a module text: older versions of Node.js run hooks in a thread of their own. */
const THREAD = `export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!/^bellwether(\\/|$)/.test(specifier)) throw error;
    return next(specifier, { ...context, parentURL: ${JSON.stringify(import.meta.url)} });
  }
}`;

let isOffered = false;

/** Installs the hook. Call this before a user's file is imported; further calls change nothing. */
export function offerOwnPackage(): void {
  if (isOffered) return;
  isOffered = true;
  const { registerHooks } = modules as Hooks;
  if (registerHooks !== undefined) registerHooks({ resolve });
  // Deno and Bun have functions of this name that do nothing.
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
