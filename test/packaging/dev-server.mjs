// A page of Vite's development server, which bundles its dependencies anew before it serves them: consumer/page.mjs in
// Chromium, with the headers that shared memory needs and no other configuration.

import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openBrowser } from "../runtimes/browser-host.mjs";
import { TIMEOUT_MS } from "../runtimes/json-process.mjs";

const PAGE = '<!doctype html><title>Bellwether</title><script type="module" src="/page.mjs"></script>';
const ISOLATION = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/**
 * @param createServer Vite's
 * @param folder where the page and the installed library are
 * @returns what the page answers
 */
export async function askDevServer(createServer, folder) {
  writeFileSync(join(folder, "index.html"), PAGE);
  let settle;
  const outcome = new Promise((resolve) => (settle = resolve));
  const answers = {
    name: "answers",
    configureServer({ middlewares }) {
      middlewares.use("/outcome", async (request, response) => {
        let body = "";
        for await (const chunk of request.setEncoding("utf8")) body += chunk;
        response.end();
        settle(JSON.parse(body));
      });
    },
  };
  const server = await createServer({
    root: folder,
    configFile: false,
    logLevel: "silent",
    // Each server bundles the dependencies itself.
    cacheDir: mkdtempSync(join(folder, ".vite-")),
    plugins: [answers],
    server: { host: "127.0.0.1", port: 0, headers: ISOLATION },
  });
  await server.listen();
  const close = openBrowser("Chromium", server.resolvedUrls.local[0], (error) => settle({ error }));
  const timer = setTimeout(() => settle({ error: `no answer within ${TIMEOUT_MS / 1000} s` }), TIMEOUT_MS);
  try {
    const { answer, error } = await outcome;
    if (error !== undefined) throw new Error(error);
    return answer;
  } finally {
    clearTimeout(timer);
    await close();
    await server.close();
  }
}
