// TypeScript's language service as editors ask it: a process, requests as lines of JSON, answers with a header each.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { TIMEOUT_MS } from "../runtimes/json-process.mjs";

/**
 * "Go to definition" at the last place where `name` stands in the file.
 * @returns `{ file, text }`: where that ends, and the line there
 */
export async function goToDefinition(tsserver, file, name) {
  const lines = readFileSync(file, "utf8").split("\n");
  const line = lines.findLastIndex((text) => new RegExp(`\\b${name}\\b`).test(text));
  const offset = lines[line].search(new RegExp(`\\b${name}\\b`)) + 1;
  const args = [tsserver, "--disableAutomaticTypingAcquisition", "--suppressDiagnosticEvents"];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"], timeout: TIMEOUT_MS });
  const requests = [
    { seq: 1, type: "request", command: "open", arguments: { file } },
    { seq: 2, type: "request", command: "definition", arguments: { file, line: line + 1, offset } },
  ];
  child.stdin.write(requests.map((request) => `${JSON.stringify(request)}\n`).join(""));
  try {
    const { body } = await answerTo(child, 2);
    if (!(body?.length > 0)) throw new Error(`definition of ${name}: expected one, got ${JSON.stringify(body)}`);
    // Of a class its own comes before its constructor's.
    const [{ file: found, start }] = body;
    return { file: found, text: readFileSync(found, "utf8").split("\n")[start.line - 1] };
  } finally {
    child.kill();
  }
}

/** Each answer is a line of JSON; headers and empty lines stand between them. */
async function answerTo(child, seq) {
  let buffered = "";
  for await (const chunk of child.stdout.setEncoding("utf8")) {
    buffered += chunk;
    const lines = buffered.split("\n");
    buffered = lines.pop();
    for (const text of lines) {
      if (!text.startsWith("{")) continue;
      const message = JSON.parse(text);
      if (message.request_seq === seq) return message;
    }
  }
  throw new Error(`tsserver: answer ${seq} expected, got the end of its output`);
}
