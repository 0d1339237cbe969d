// On two threads, every operation cut up.

import { threads } from "bellwether/threads";
import { train } from "./train.mjs";

console.log(JSON.stringify(await train({ backend: await threads({ threads: 2, cutFromMultiplications: 0 }) })));
