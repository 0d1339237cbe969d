// Node, Deno and Bun: the library by `require`, the plain run, its answer as the last line of standard output.

const library = require("bellwether");

import("./plain-run.mjs").then(async ({ trainPlain }) => {
  process.stdout.write(`${JSON.stringify({ weights: await trainPlain(library) })}\n`);
});
