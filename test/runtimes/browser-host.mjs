// A browser on a loopback page under a strict content security policy: it is started headless, and the page itself
// fetches its task and posts its answer, so nothing of the browser is steered.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { TIMEOUT_MS } from "./json-process.mjs";

const PAGE =
  '<!doctype html><meta charset="utf-8"><title>Bellwether</title><script type="module" src="/page.js"></script>';

const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };

export const BROWSERS = {
  Chromium: {
    paths: ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"],
    args: (profile) => [
      "--headless=new",
      "--no-sandbox",
      "--no-first-run",
      "--disable-gpu",
      `--user-data-dir=${profile}`,
    ],
  },
  Firefox: {
    paths: ["/usr/bin/firefox-esr", "/usr/bin/firefox"],
    args: (profile) => ["--headless", "--no-remote", "--profile", profile],
  },
  WebKitGTK: {
    paths: ["4.1", "4.0"].map((version) => `/usr/lib/x86_64-linux-gnu/webkit2gtk-${version}/MiniBrowser`),
    args: () => ["--private"],
    // It has no headless mode: a virtual display stands in.
    through: ["xvfb-run", "-a"],
  },
};

/** @returns the command and the first arguments that start the browser; none where it is not installed */
export function findBrowser(name) {
  const { paths, through = [] } = BROWSERS[name];
  const path = paths.find((candidate) => existsSync(candidate));
  return path === undefined ? [] : [...through, path];
}

/**
 * Opens a page in a browser of its own, headless, with a new profile.
 * @param failed called with the reason where the browser does not start
 * @returns what closes it
 */
export function openBrowser(name, url, failed, flags = []) {
  const profile = mkdtempSync(join(tmpdir(), "bellwether-browser-"));
  const [command, ...args] = findBrowser(name);
  const child = spawn(command, [...args, ...BROWSERS[name].args(profile), ...flags, url], {
    stdio: "ignore",
    detached: true,
  });
  child.on("error", (error) => failed(error.message));
  return async () => {
    const gone = new Promise((resolve) => child.on("close", resolve));
    // The browser's own children belong to its process group.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    await gone;
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
}

/**
 * @param script text of the page's only script
 * @param policy the page's Content-Security-Policy
 * @param files what the page may fetch beside its script: URL path -> bytes
 * @param headers of every answer, beside the policy
 * @param flags further arguments of the browser
 */
export async function askBrowser(name, script, task, policy, files = new Map(), headers = {}, flags = []) {
  let settle;
  const outcome = new Promise((resolve) => (settle = resolve));
  const server = createServer(async (request, response) => {
    response.setHeader("Content-Security-Policy", policy);
    for (const [header, value] of Object.entries(headers)) response.setHeader(header, value);
    const send = (type, body) => response.setHeader("Content-Type", type).end(body);
    if (request.url === "/") send("text/html", PAGE);
    else if (request.url === "/page.js") send("text/javascript", script);
    else if (request.url === "/task") send("application/json", JSON.stringify(task));
    else if (request.url === "/outcome") {
      let body = "";
      for await (const chunk of request.setEncoding("utf8")) body += chunk;
      send("text/plain", "");
      settle(JSON.parse(body));
    } else if (files.has(request.url)) send(TYPES[extname(request.url)], files.get(request.url));
    else response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}/`;
  const close = openBrowser(name, url, (error) => settle({ error }), flags);
  const timer = setTimeout(() => settle({ error: `no answer within ${TIMEOUT_MS / 1000} s` }), TIMEOUT_MS);
  try {
    const { answer, error } = await outcome;
    if (error !== undefined) throw new Error(error);
    return answer;
  } finally {
    clearTimeout(timer);
    await close();
    server.closeAllConnections();
    server.close();
  }
}
