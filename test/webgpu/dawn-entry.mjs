// Node and Bun: Dawn through the package `webgpu`. Ends by itself, which a device left open must not prevent.

import { webgpu } from "bellwether/webgpu";
import { create } from "webgpu";
import { perform } from "./scenario.mjs";

const gpu = create([]);
process.stdout.write(`${JSON.stringify(await perform(() => webgpu({ gpu })))}\n`);
