// Runs the Worker under workerd and checks its promises. `node test/main.mjs --cold-starts 10` measures longer.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { summarize, test } from "./report.mjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const TYPESCRIPT = path("../../../node_modules/typescript/bin/tsc");

await test("typechecks", () => {
  execFileSync(process.execPath, [TYPESCRIPT, "-p", path("../tsconfig.json")], { stdio: "inherit" });
});
for (const group of ["storages", "refusals", "learning", "restarts", "cold-start"]) {
  console.log(`\n${group}`);
  await (await import(`./${group}.mjs`)).default();
}
console.log("");
summarize();
