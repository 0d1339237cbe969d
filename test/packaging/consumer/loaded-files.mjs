// Given to Node by `--import`: a line of standard error for each file that it loads as a module from there on. The thread of
// the hooks runs this file as well.

import { writeSync } from "node:fs";
import { register } from "node:module";
import { isMainThread } from "node:worker_threads";

if (isMainThread) register(import.meta.url);

export function load(url, context, next) {
  if (url.startsWith("file:")) writeSync(2, `loads ${url}\n`);
  return next(url, context);
}
