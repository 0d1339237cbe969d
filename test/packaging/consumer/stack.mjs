// Prints where errors of the library were thrown, as JSON.

import { DQN } from "bellwether";
import { Bricks } from "bellwether/arcade";

const calls = [() => DQN.load(new Uint8Array(64)), () => new Bricks({ noSuchOption: 1 })];
console.log(JSON.stringify(calls.map(stackOf)));

function stackOf(call) {
  try {
    call();
  } catch (error) {
    return error.stack;
  }
}
