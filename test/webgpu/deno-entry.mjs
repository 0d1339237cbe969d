// Deno: navigator.gpu, and the backend by its name.

import { perform } from "./scenario.mjs";

console.log(JSON.stringify(await perform("webgpu")));
