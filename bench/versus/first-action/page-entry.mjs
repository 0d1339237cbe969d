// The page: fetches its task, waits until the browser has started completely, and posts its answer.

import { timeFirstAction } from "./task.mjs";

const SETTLE_MS = 300;

try {
  const { module, ...task } = await (await fetch("/task")).json();
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  await report({ answer: await timeFirstAction(() => import(module), task) });
} catch (error) {
  await report({ error: `${error.name}: ${error.message}` });
}

function report(outcome) {
  return fetch("/outcome", { method: "POST", body: JSON.stringify(outcome) });
}
