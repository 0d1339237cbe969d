// Node, Deno and Bun: a task on standard input, its answer as the last line of standard output.

import { perform } from "./scenario.mjs";

let input = "";
for await (const chunk of process.stdin.setEncoding("utf8")) input += chunk;
process.stdout.write(`${JSON.stringify(await perform(JSON.parse(input)))}\n`);
