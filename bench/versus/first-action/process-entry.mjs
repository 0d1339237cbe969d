// The Node process. Argument: the library's module. Standard input: a task. Last line of standard output: the answer.

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
