// Node: the library's module as argument, a task on standard input, its answer as the last line of standard output.

import { timeFirstAction } from "./task.mjs";

let input = "";
for await (const chunk of process.stdin.setEncoding("utf8")) input += chunk;
try {
  const answer = await timeFirstAction(() => import(process.argv[2]), JSON.parse(input));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
} catch (error) {
  process.stderr.write(`${error.name}: ${error.message}\n`);
  process.exitCode = 1;
}
