// A page: navigator.gpu. Its bundle carries the backend because it is imported; by its name it is not to be found there.

import { DQN, make } from "bellwether";
import { webgpu } from "bellwether/webgpu";
import { perform } from "./scenario.mjs";

try {
  const answer = await perform(webgpu);
  const named = await DQN.create(make("CartPole-v1"), { backend: "webgpu" }).then(
    () => "no error",
    (error) => `${error.name}: ${error.message}`,
  );
  await report({ answer: { ...answer, named } });
} catch (error) {
  await report({ error: `${error.name}: ${error.message}` });
}

function report(outcome) {
  return fetch("/outcome", { method: "POST", body: JSON.stringify(outcome) });
}
