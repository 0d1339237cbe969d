// What most programs need of the library, and no more: the rest must not be in a bundle of this.

import { DQN, make } from "bellwether";

globalThis.agent = new DQN(make("CartPole-v1"));
