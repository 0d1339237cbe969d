// What every public entry exports, as Node takes it and file by file as bundlers do: names, kinds, and the names of classes.
// Prints the entries that differ, and those whose imports Node would load file by file beside the bundles.

import { readFileSync } from "node:fs";

const INSTALLED = "./node_modules/bellwether/";
const { exports } = JSON.parse(readFileSync(`${INSTALLED}package.json`, "utf8"));
const wrong = [];
for (const [entry, conditions] of Object.entries(exports)) {
  const { node, default: file } = conditions;
  if (node !== undefined) {
    const [bundle, files] = await Promise.all([node, file].map((path) => import(INSTALLED + path)));
    if (describe(bundle) !== describe(files)) wrong.push(entry);
  } else if (file?.endsWith(".js") && /^import\b/m.test(readFileSync(INSTALLED + file, "utf8"))) wrong.push(entry);
}
console.log(JSON.stringify(wrong));

function describe(module) {
  return Object.entries(module)
    .map(([key, value]) => `${key}: ${typeof value} ${value.name ?? ""}`)
    .join("\n");
}
