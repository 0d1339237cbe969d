// A page: trains on two threads, every operation cut up, and posts in which bits it ended.

import { threads } from "bellwether/threads";
import { train } from "./train.mjs";

try {
  await report({ answer: await train({ backend: await threads({ threads: 2, cutFromMultiplications: 0 }) }) });
} catch (error) {
  await report({ error: `${error.name}: ${error.message}` });
}

function report(outcome) {
  return fetch("/outcome", { method: "POST", body: JSON.stringify(outcome) });
}
