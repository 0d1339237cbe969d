// A static page: every address in it is relative, so that it may lie in any folder of any server.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const built = (file) => fileURLToPath(new URL(`../dist/${file}`, import.meta.url));

export default defineConfig({
  base: "./",
  // The built library of this checkout; a link to it in node_modules would hold itself.
  resolve: {
    alias: [
      { find: /^bellwether$/, replacement: built("index.js") },
      { find: /^bellwether\/(arcade|diagnostics)$/, replacement: built("envs/$1/index.js") },
    ],
  },
  worker: { format: "es" },
  build: { target: "es2022", modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  preview: { host: "127.0.0.1" },
});
