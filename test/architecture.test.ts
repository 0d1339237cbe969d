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

/** The layer of a source file: its folder (of agents the family's), or "contracts" for the files directly under src. */
function layerOf(file: string): string {
  const [, folder, below, name] = file.split("/");
  if (below === undefined) return ENTRIES.includes(file) ? folder.replace(/\.ts$/, "") : "contracts";
  return folder === "agents" && name !== undefined ? `agents/${below}` : folder;
}

const ENTRIES = ["src/index.ts", "src/parts.ts"];
const CONTRACTS = ["contracts", "operations"];
const NN = [...CONTRACTS, "formats", "nn"];
const EXPERIENCE = [...NN, "experience"];
const TRAINING = [...EXPERIENCE, "engine", "training"];
/** Layers of the folders under src/agents: one for each family. */
const FAMILIES = [...new Set(sources.map(layerOf).filter((layer) => layer.startsWith("agents/")))];

/** What the files of a layer may import besides each other: imports go downward only. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  operations: [],
  contracts: ["operations"],
  engine: ["contracts"],
  backends: [...CONTRACTS, "engine"],
  formats: ["contracts"],
  nn: NN,
  experience: EXPERIENCE,
  training: [...TRAINING, "backends"],
  // Off-policy and on-policy glue, and the registry of all agents, which alone reaches up into the families.
  agents: [...TRAINING, ...FAMILIES],
  ...Object.fromEntries(FAMILIES.map((family) => [family, [...TRAINING, "agents"]])),
  envs: ["contracts", "engine"],
  charts: ["contracts"],
  node: ["contracts", "formats"],
  experiments: ["contracts", "engine", "charts"],
  onnx: NN,
  index: [...TRAINING, "envs", "agents", ...FAMILIES, "worker"],
  parts: [...TRAINING, "agents", ...FAMILIES],
  worker: [...CONTRACTS, "formats", "training"],
  cli: [
    ...[...TRAINING, "agents", ...FAMILIES, "envs", "backends"],
    ...["index", "node", "charts", "experiments", "onnx"],
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

  test("from a family of agents reach no registry, and from its glue no family", () => {
    const agents = sources.filter((file) => layerOf(file).startsWith("agents"));
    const registry = "src/agents/registry.ts";
    const wrong = agents.flatMap((file) =>
      importsOf(file).filter(
        (target) =>
          target === registry ||
          (file !== registry && layerOf(file) === "agents" && FAMILIES.includes(layerOf(target))),
      ),
    );
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

  test("have no cycles, those of types included", () => {
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
      for (const target of importsOf(file).filter((name) => name.startsWith("src/"))) visit(target);
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
      .filter((file) => ["backends", "nn", "experience", "envs", "agents", ...FAMILIES].includes(layerOf(file)))
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
      (file) =>
        !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|slow\.test|bench|d|config))?\.(ts|mjs)$/.test(relative(dirname(file), file)),
    );
    expect(wrong).toEqual([]);
  });

  test("of files stay within what one can read", () => {
    const budget = (file: string): number => (file.startsWith("assembly/kernels/") ? 250 : 400);
    const long = [...sources, ...filesUnder("assembly")]
      .filter((file) => file.endsWith(".ts"))
      .map((file) => ({ file, lines: read(file).split("\n").length - 1 }))
      .filter(({ file, lines }) => lines > budget(file));
    expect(long).toEqual([]);
  });

  test("open with what the file is", () => {
    const silent = sources.filter((file) => !/^(#!.*\n)?\/\//.test(read(file)));
    expect(silent).toEqual([]);
  });
});

/** Tests of several files at once: their folders say what they hold. */
const TESTS_OF_MANY_FILES: readonly { readonly tests: RegExp; readonly reason: string }[] = [
  { tests: /^test\/architecture\.test\.ts$/, reason: "all files" },
  {
    tests: /^test\/conformance\//,
    reason: "operations and agents against recordings, and backends against each other",
  },
  { tests: /^test\/agents\/contract\//, reason: "what every agent promises" },
  {
    tests: /^test\/agents\/(allocation|cart-pole|rollout-normalization)\./,
    reason: "agents of several families at once",
  },
  { tests: /^test\/agents\/deep-q\/(distribution|options)\.test/, reason: "what the agents of the family share" },
  { tests: /^test\/(learning|runtimes|packaging|webgpu|documentation)\//, reason: "the whole library, as it is used" },
  { tests: /^test\/engine\/(compiler|packed)\.test/, reason: "the engine as it is built" },
  { tests: /^test\/(kernel-calls|kernel-benchmarks)\.test/, reason: "what benchmarks count" },
];

interface TestedWithOthers {
  readonly files: RegExp;
  readonly by: readonly string[];
  readonly reason: string;
}

/** Files without a test of their own, where they are tested instead, and why there. */
const TESTED_WITH_OTHERS: readonly TestedWithOthers[] = [
  {
    files: /^src\/(index|parts|onnx\/index|agents\/registry)\.ts$/,
    by: ["test/packaging/main.mjs", "test/documentation/parts.test.ts", "test/agents/contract/table.test.ts"],
    reason: "they list what others export",
  },
  {
    files:
      /^(assembly\/(index|kernels\/.*|math\/.*|replay\/.*)|src\/operations\/.*|src\/backends\/(wasm|reference)\/.*)\.ts$/,
    by: [
      "test/conformance/operations.test.ts",
      "test/conformance/distributional.test.ts",
      "test/conformance/policy.test.ts",
      "test/replay/sum-tree.test.ts",
      "test/engine/math.test.ts",
    ],
    reason: "each operation is a kernel and its twin: one table of cases holds the two to the same bits",
  },
  {
    files: /^(assembly\/(threaded|threads\/.*)|src\/backends\/threads\/team-worker)\.ts$/,
    by: ["test/backends/threads/team.test.ts", "test/backends/threads/worker-host.test.ts"],
    reason: "they run in workers alone",
  },
  {
    files: /^assembly\/unpacker\.ts$/,
    by: ["test/engine/packed.test.ts"],
    reason: "packed text begins with it, and unpacks by it alone",
  },
  {
    files: /^src\/backends\/webgpu\//,
    by: ["test/webgpu/main.mjs", "test/webgpu/dqn.test.ts"],
    reason: "they need an adapter: a suite of its own runs the same table of cases on one",
  },
  {
    files: /^src\/engine\/host-engine\.ts$/,
    by: ["test/engine/math.test.ts", "test/engine/random.test.ts"],
    reason: "it is what mathematics and random numbers of the host run on",
  },
  {
    files: /^src\/agents\/.*-presets\.ts$/,
    by: ["test/agents/contract/table.test.ts", "test/learning/results.test.ts"],
    reason: "they are data: every preset makes an agent, and most have bars that they reach",
  },
  {
    files: /^src\/agents\/deep-q\/(c51|iqn|munchausen-dqn|qr-dqn|rainbow|deep-q-agent)\.ts$/,
    by: [
      "test/agents/contract/table.test.ts",
      "test/agents/deep-q/dqn.test.ts",
      "test/conformance/whole-agents.test.ts",
    ],
    reason: "they are DQN with one head or several options, and what the family shares",
  },
  {
    files: /^src\/agents\/(policy-gradient\/(policy-agent|(ppo|trpo|reinforce)-options)|tabular\/tabular-agent)\.ts$/,
    by: ["test/agents/contract/options.test.ts", "test/conformance/whole-agents.test.ts"],
    reason: "classes cannot be made of them: the contract suite tests them in every agent of the family",
  },
  {
    files: /^src\/experience\/actor\.ts$/,
    by: ["test/agents/deep-q/value-actor.test.ts", "test/agents/policy-gradient/policy-actor.test.ts"],
    reason: "a contract, tested in those that keep it",
  },
  {
    files: /^src\/env\.ts$/,
    by: ["test/envs/check-env.test.ts", "test/envs/vector-env.test.ts"],
    reason: "a contract, and its check",
  },
  {
    files: /^src\/envs\/(cart-pole-dynamics|vector-episodes)\.ts$/,
    by: ["test/envs/cart-pole.test.ts", "test/envs/cart-pole-vector.test.ts", "test/envs/vector-env.test.ts"],
    reason: "the environments that share them are held to each other",
  },
  {
    files: /^src\/envs\/(mountain-picture|text-canvas|require-flag)\.ts$/,
    by: ["test/envs/mountain-car.test.ts", "test/envs/acrobot.test.ts", "test/envs/frozen-lake.test.ts"],
    reason: "pictures and checks of the environments that share them",
  },
  {
    files: /^src\/envs\/wrappers\/(image-shape|normalisation|require-box|vector-wrapper)\.ts$/,
    by: [
      "test/envs/wrappers/grayscale.test.ts",
      "test/envs/wrappers/observation-normalisation.test.ts",
      "test/envs/wrappers/vector-reward-normalisation.test.ts",
    ],
    reason: "checks and arithmetic of the wrappers that share them",
  },
  {
    files: /^src\/experiments\/(report-page|report-parts|run-result|spec-fields|summary)\.ts$/,
    by: [
      "test/experiments/comparison-report.test.ts",
      "test/experiments/tuning-report.test.ts",
      "test/experiments/experiment-spec.test.ts",
    ],
    reason: "what both reports, and specifications and results as files, are made of",
  },
  {
    files: /^src\/worker\/remote-agent\.ts$/,
    by: ["test/worker/connect.test.ts"],
    reason: "an agent elsewhere is made by connecting to it alone",
  },
  {
    files: /^src\/cli\/experiment-worker\.ts$/,
    by: ["test/cli/worker-pool.test.ts"],
    reason: "it runs in a worker alone",
  },
];

describe("tests", () => {
  const tests = filesUnder("test").filter((file) => file.endsWith(".test.ts"));
  const conceptOf = (file: string): string => file.replace(/(\.slow)?\.test\.ts$/, "").slice("test/".length);
  /** Tests of a file are named after the file: dqn.test.ts, dqn-hindsight.slow.test.ts. */
  const isNamedAfter = (testFile: string, concept: string): boolean =>
    conceptOf(testFile) === concept || conceptOf(testFile).startsWith(`${concept}-`);

  test("lie where the files lie that they test", () => {
    const mirrored = ["src", "assembly", "bench", "examples"].flatMap((root) =>
      filesUnder(root).map((file) => file.slice(root.length + 1).replace(/(\.bench)?\.(ts|mjs)$/, "")),
    );
    const orphans = tests
      .filter((file) => !TESTS_OF_MANY_FILES.some(({ tests: pattern }) => pattern.test(file)))
      .filter((file) => !mirrored.some((concept) => isNamedAfter(file, concept)));
    expect(orphans).toEqual([]);
  });

  /** Files that hold declarations of types alone have nothing to run. */
  const hasCode = (file: string): boolean =>
    ts
      .createSourceFile(file, read(file), ts.ScriptTarget.Latest)
      .statements.some(
        (statement) =>
          !ts.isInterfaceDeclaration(statement) &&
          !ts.isTypeAliasDeclaration(statement) &&
          !ts.isImportDeclaration(statement) &&
          !(ts.isExportDeclaration(statement) && statement.isTypeOnly),
      );
  const tested = [...sources, ...filesUnder("assembly").filter((file) => file.endsWith(".ts"))].filter(hasCode);
  const untested = tested.filter((file) => {
    const concept = file.slice(file.indexOf("/") + 1, -".ts".length);
    return !tests.some((testFile) => isNamedAfter(testFile, concept));
  });
  const coveredBy = (file: string): readonly string[] | undefined =>
    TESTED_WITH_OTHERS.find(({ files }) => files.test(file))?.by;

  test("are there for every file, or it is said where else the file is tested", () => {
    expect(untested.filter((file) => coveredBy(file) === undefined)).toEqual([]);
  });

  test("that are named for other files are there, and needed", () => {
    const missing = TESTED_WITH_OTHERS.flatMap(({ by }) => by).filter((path) => !existsSync(join(ROOT, path)));
    expect(missing).toEqual([]);
    const idle = TESTED_WITH_OTHERS.filter(({ files }) => !untested.some((file) => files.test(file)));
    expect(idle.map(({ files }) => files)).toEqual([]);
  });
});
