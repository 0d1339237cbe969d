// The rules that keep the house in order, read off the source: who may import whom, no cycles, tests where their source
// is, no host mathematics, no names that say nothing, files of readable size, nothing bound to one runtime.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");

/** Files of the project itself: installed packages and builds are left out. */
function filesUnder(folder: string): string[] {
  const path = join(ROOT, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory())
      return /^(node_modules|dist)$/.test(entry.name) ? [] : filesUnder(join(folder, entry.name));
    return entry.isFile() ? [join(folder, entry.name)] : [];
  });
}

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[^:"'`])\/\/.*$/gm, "$1");

const sources = filesUnder("src").filter((file) => file.endsWith(".ts"));

/** Modules that a file imports, relative ones as paths from the root; without the type-only ones where asked. */
function importsOf(file: string, runtimeOnly: boolean = false): string[] {
  const text = read(file);
  const kept = runtimeOnly ? text.replace(/^(?:import|export) type [\s\S]*?;/gm, "") : text;
  const specifiers = ts.preProcessFile(kept, true, false).importedFiles.map(({ fileName }) => fileName);
  return specifiers.map((specifier) =>
    specifier.startsWith(".") ? normalize(join(dirname(file), specifier)) : specifier,
  );
}

/** The layer of a source file: its folder, or "contracts" for the files directly under src. */
function layerOf(file: string): string {
  if (file === "src/index.ts") return "index";
  const parts = file.split("/");
  return parts.length === 2 ? "contracts" : parts[1];
}

const CONTRACTS = ["contracts", "operations"];

/** What each layer may import, beside itself; the table of the design. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  operations: [],
  contracts: ["operations"],
  engine: CONTRACTS,
  backends: [...CONTRACTS, "engine"],
  nn: [...CONTRACTS, "formats"],
  replay: CONTRACTS,
  formats: CONTRACTS,
  charts: CONTRACTS,
  envs: [...CONTRACTS, "engine"],
  experiments: [...CONTRACTS, "engine", "charts"],
  training: [...CONTRACTS, "engine", "backends", "formats", "nn", "replay"],
  agents: [...CONTRACTS, "engine", "backends", "formats", "nn", "replay", "training"],
  worker: [...CONTRACTS, "formats", "training"],
  index: [...CONTRACTS, "engine", "envs", "formats", "nn", "training", "agents", "worker"],
  node: [...CONTRACTS, "formats"],
  cli: [
    ...[...CONTRACTS, "index", "node", "charts", "experiments", "agents", "envs", "formats", "training", "engine"],
    "backends",
  ],
};

describe("imports", () => {
  test("go downward only", () => {
    const wrong = sources.flatMap((file) =>
      importsOf(file)
        .filter((target) => target.startsWith("src/"))
        .filter((target) => {
          const [from, to] = [layerOf(file), layerOf(target)];
          return from !== to && !ALLOWED[from]?.includes(to);
        })
        .map((target) => `${file} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test("from agents and environments reach no other agent, and neither reaches the other", () => {
    const agents = sources.filter((file) => layerOf(file) === "agents");
    const wrong = agents.flatMap((file) => {
      const own = file.replace(/(-presets|-options)?\.ts$/, "");
      return importsOf(file).filter((target) => layerOf(target) === "agents" && !target.startsWith(own));
    });
    expect(wrong).toEqual([]);
  });

  test("of environments from the engine are its mathematics and random numbers", () => {
    const reached = sources
      .filter((file) => layerOf(file) === "envs")
      .flatMap((file) => importsOf(file))
      .filter((target) => layerOf(target) === "engine");
    expect(new Set(reached)).toEqual(new Set(["src/engine/math.ts", "src/engine/random.ts"]));
  });

  test("of the handles that operations take are none", () => {
    expect(importsOf("src/operations/handles.ts")).toEqual([]);
  });

  test("of the loop name no concrete agent or environment", () => {
    const training = sources.filter((file) => layerOf(file) === "training");
    expect(
      training.flatMap((file) => importsOf(file)).filter((target) => /^src\/(agents|envs)\//.test(target)),
    ).toEqual([]);
  });

  test("have no cycles", () => {
    const done = new Set<string>();
    const path: string[] = [];
    const cycles: string[] = [];
    const visit = (file: string): void => {
      if (path.includes(file)) {
        cycles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
        return;
      }
      if (done.has(file)) return;
      path.push(file);
      for (const target of importsOf(file, true).filter((name) => name.startsWith("src/"))) visit(target);
      path.pop();
      done.add(file);
    };
    for (const file of sources) visit(file);
    expect(cycles).toEqual([]);
  });

  test("of packages there are none in what is published, and node: only where a file system is", () => {
    const wrong = sources.flatMap((file) =>
      importsOf(file)
        .filter(
          (target) =>
            !target.startsWith("src/") &&
            !/^#((threads-)?engine|team-worker)$/.test(target) &&
            !target.startsWith("bellwether"),
        )
        .filter((target) => !(target.startsWith("node:") && ["node", "cli"].includes(layerOf(file))))
        .map((target) => `${file} -> ${target}`),
    );
    expect(wrong).toEqual([]);
    const manifest = JSON.parse(read("package.json")) as Record<string, unknown>;
    expect(manifest.dependencies).toBeUndefined();
  });
});

describe("bit-reproducibility", () => {
  const SAME_EVERYWHERE = [
    "abs",
    "min",
    "max",
    "floor",
    "ceil",
    "trunc",
    "sign",
    "sqrt",
    "fround",
    "imul",
    "clz32",
    "PI",
  ];

  test("bans host mathematics that differs between runtimes", () => {
    const wrong = sources.flatMap((file) => {
      const text = withoutComments(read(file));
      const functions = [...text.matchAll(/\bMath\.(\w+)/g)].map((match) => match[1]);
      const isFunction = (name: string): boolean => typeof Math[name as keyof Math] === "function";
      const banned = functions
        .filter((name) => isFunction(name) && !SAME_EVERYWHERE.includes(name))
        .map((name) => `${file}: Math.${name}`);
      return /\*\*/.test(text.replace(/\*\*\//g, "")) ? [...banned, `${file}: **`] : banned;
    });
    expect(wrong).toEqual([]);
  });

  test("keeps time, locale and the platform's randomness out of what is computed", () => {
    const wrong = sources
      .filter((file) => ["backends", "nn", "replay", "envs", "agents"].includes(layerOf(file)))
      .filter((file) => /Date\.now|new Date|toLocale|getRandomValues/.test(withoutComments(read(file))));
    expect(wrong).toEqual([]);
  });
});

describe("the library", () => {
  test("builds no code at run time and does nothing when imported", () => {
    const library = sources.filter((file) => layerOf(file) !== "cli");
    const wrong = library.filter((file) =>
      /\beval\(|new Function\(|^await |\bfetch\(/m.test(withoutComments(read(file))),
    );
    expect(wrong).toEqual([]);
  });

  /** A file and all that it loads. */
  function loadedBy(entry: string): Set<string> {
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const target of importsOf(file, true).filter((name) => name.startsWith("src/"))) visit(target);
    };
    visit(entry);
    return reached;
  }

  test("carries in its entry no backend but the engine's", () => {
    const loaded = loadedBy("src/index.ts");
    expect(loaded.has("src/backends/wasm/wasm-backend.ts")).toBe(true);
    expect(loaded.has("src/backends/reference/reference-backend.ts")).toBe(false);
  });

  test("carries in its entry no environment of another entry, nor what draws their pictures", () => {
    const loaded = [...loadedBy("src/index.ts")];
    expect(loaded).toContain("src/envs/cart-pole.ts");
    const beside = /^src\/envs\/((arcade|diagnostics)\/|grid-picture\.ts)/;
    expect(sources.filter((file) => beside.test(file)).length).toBeGreaterThan(2);
    expect(loaded.filter((file) => beside.test(file))).toEqual([]);
  });

  test("does not make vectors where it makes one environment", () => {
    const loaded = loadedBy("src/envs/registry.ts");
    expect(loaded.has("src/envs/cart-pole.ts")).toBe(true);
    expect([...loaded].filter((file) => /vector/.test(file))).toEqual([]);
  });

  test("has a strict engine of at most 80 KiB", () => {
    expect(statSync(join(ROOT, "dist/engine/binary/strict.wasm")).size).toBeLessThanOrEqual(80 * 1024);
  });
});

describe("names and places", () => {
  const kept = ["assembly", "src", "test", "bench", "examples", "web", "scripts"].flatMap(filesUnder);

  test("say what a file is", () => {
    const empty = /(^|\/)(utils?|common|helpers?|misc|base|shared|new|old|v2)(\.|\/|$)/;
    expect(kept.filter((file) => empty.test(file))).toEqual([]);
  });

  test("are kebab-case", () => {
    const files = kept.filter((file) => /\.(ts|mjs)$/.test(file));
    const wrong = files.filter(
      (file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|bench|d|config))?\.(ts|mjs)$/.test(relative(dirname(file), file)),
    );
    expect(wrong).toEqual([]);
  });

  test("of tests mirror their source", () => {
    const folders = new Set(["conformance", "learning", "runtimes", "packaging", "documentation", "webgpu"]);
    const tests = filesUnder("test").filter(
      (file) => file.endsWith(".test.ts") && file !== "test/architecture.test.ts",
    );
    const orphans = tests.filter((file) => {
      const [, folder] = file.split("/");
      if (folders.has(folder)) return false;
      const concept = file.slice("test/".length, -".test.ts".length);
      // A source may have several test files, named after it: dqn.test.ts, dqn-resume.test.ts.
      const candidates = ["src", "assembly", "bench", "examples"].map((root) => dirname(join(root, concept)));
      return !candidates.some((path) => existsSync(join(ROOT, path)));
    });
    expect(orphans).toEqual([]);
  });

  test("of files stay within what one can read", () => {
    const budget = (file: string): number => (file.startsWith("assembly/kernels/") ? 320 : 700);
    const long = [...sources, ...filesUnder("assembly")]
      .filter((file) => file.endsWith(".ts"))
      .map((file) => ({ file, lines: read(file).split("\n").length }))
      .filter(({ file, lines }) => lines > budget(file));
    expect(long).toEqual([]);
  });

  test("open with what the file is", () => {
    const silent = sources.filter((file) => !/^(#!.*\n)?\/\//.test(read(file)));
    expect(silent).toEqual([]);
  });
});
