// A page: fetches its task, posts its answer.

import { perform } from "./scenario.mjs";

try {
  const task = await (await fetch("/task")).json();
  await report({ answer: await perform(task) });
} catch (error) {
  await report({ error: `${error.name}: ${error.message}` });
}

function report(outcome) {
  return fetch("/outcome", { method: "POST", body: JSON.stringify(outcome) });
}
