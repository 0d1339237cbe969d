// What the page of the parts shows is there, and runs.

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { type Agent, type CartPole, make, type Workplace } from "../../src/index.ts";
import { toOnnx } from "../../src/onnx/index.ts";
import { temporaryFolder } from "../cli/run-cli.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const page = read("docs/parts.md");
const example = read("examples/own-algorithm/averaged-dqn.mjs");
const blocks = [...page.matchAll(/```js\n([\s\S]*?)```/g)].map(([, text]) => text);
const block = (beginning: string): string => blocks.find((text) => text.startsWith(beginning))!;

const policyGradient = block("import { open, PolicyAgent");

interface AgentClass {
  new (workplace: Workplace, options: object): Agent & { readonly settings: object };
  load(bytes: Uint8Array, options: { readonly env: Workplace }): Agent;
}

/** The example with changes, each of which must apply, and more classes before it. */
async function changed(
  classes: string,
  imports: string,
  ...changes: (readonly [string, string])[]
): Promise<AgentClass> {
  let text = example.replace("import {\n", `import {\n${imports}`);
  for (const [from, to] of changes) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  const written = { "changed.mjs": text.replace("export class", `${classes}\nexport class`) };
  return (await modules<{ readonly AveragedDQN: AgentClass }>(written)).AveragedDQN;
}

/** Writes modules into a folder from which they find the library, and imports the first one. */
async function modules<Exports>(texts: Readonly<Record<string, string>>): Promise<Exports> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(ROOT, join(folder, "node_modules/bellwether"));
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
  return (await import(pathToFileURL(join(folder, Object.keys(texts)[0])).href)) as Exports;
}

const SMALL = {
  seed: 1,
  preset: false,
  network: { hidden: [12, 12] },
  batchSize: 16,
  warmupSteps: 50,
  learningRate: 1e-2,
};

/** Learns, and ends in the same weights where it was saved on its way. */
async function expectResumable(Class: AgentClass, options: object = SMALL): Promise<string> {
  const whole = new Class(make("CartPole-v1"), options);
  await whole.learn(400);
  const first = new Class(make("CartPole-v1"), options);
  await first.learn(203);
  const rest = Class.load(first.save(), { env: make("CartPole-v1") });
  await rest.learn(400 - 203);
  expect(await rest.weightsSha256()).toBe(await whole.weightsSha256());
  return whole.weightsSha256();
}

describe("the page of the parts", () => {
  test("quotes the example as it is", () => {
    const words = (text: string): string =>
      text
        .replace(/\s*\/\/.*$/gm, "")
        .replace(/\s+/g, " ")
        .trim();
    const source = words(example);
    const quoted = [
      ...[
        "targetNetworks: count",
        "constructor(",
        "  const exploration",
        "  super(context",
        "const experience = planReplay",
      ],
      "backend.write(mean, zeros)",
    ];
    for (const beginning of quoted) {
      for (const statement of words(block(beginning)).split(/(?<=;) /)) expect(source).toContain(statement);
    }
  });

  test("names every class, function and value of the entry, and nothing else", () => {
    const entry = read("src/parts.ts").replace(/\/\/.*$/gm, "");
    const listed = [...entry.matchAll(/export (type )?\{([^}]*)\}/g)].flatMap(([, ofTypes, list]) =>
      [...list.matchAll(/(type )?(\w+)(?=,|\s*$)/g)].map(([, isType, name]) => ({
        name,
        isType: Boolean(ofTypes ?? isType),
      })),
    );
    const rows = page.slice(page.indexOf("## All parts")).match(/^\| `.*$/gm) ?? [];
    const named = rows.flatMap((row) => row.split("|")[1].match(/\w+/g) ?? []);
    const known = listed.map(({ name }) => name);
    expect(known.length).toBeGreaterThan(100);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
    const values = listed.filter(({ isType }) => !isType);
    expect(values.filter(({ name }) => !named.includes(name))).toEqual([]);
  });
});

describe("parts of one's own", () => {
  test("an actor acts, and goes on from a file bit for bit", async () => {
    const plain = await expectResumable(await changed("", ""));
    const repeating = ["      actor,\n", "      actor: new RepeatingActor(context, actor, 4),\n"] as const;
    const own = await expectResumable(await changed(block("class RepeatingActor"), "", repeating));
    expect(own).not.toBe(plain);
  });

  test("an actor describes itself for ONNX: greedy actions are not repeated", async () => {
    const repeating = ["      actor,\n", "      actor: new RepeatingActor(context, actor, 4),\n"] as const;
    const Own = await changed(block("class RepeatingActor"), "", repeating);
    const Plain = await changed("", "");
    const written = toOnnx(new Own(make("CartPole-v1"), SMALL));
    expect(written).toEqual(toOnnx(new Plain(make("CartPole-v1"), SMALL)));
  });

  test("experience changes what is learned from, not what is told", async () => {
    const replay = block("const { capacity, discount");
    const change = ["  const experience = planReplay(context);\n", replay] as const;
    const Class = await changed(block("class ClippedReplay"), "  ReplayExperience,\n", change);
    await expectResumable(Class);
    const agent = new Class(tenfold(), SMALL);
    const same = new Class(make("CartPole-v1"), SMALL);
    const [{ episodeReturns }, plain] = [await agent.learn(300), await same.learn(300)];
    expect(episodeReturns).toEqual(plain.episodeReturns.map((value) => 10 * value));
    expect(await agent.weightsSha256()).toBe(await same.weightsSha256());
  });

  test("a module is trained, and goes on from a file bit for bit", async () => {
    const values = block("const hidden = hiddenLayers");
    const change = ["    const values = feedForward(encoder.size, actions.options, network);\n", values] as const;
    const imports = "  Dense,\n  drawing,\n  hiddenLayers,\n  Sequential,\n";
    const Class = await changed(block("class Residual"), imports, change, ["  feedForward,\n", ""]);
    const own = await expectResumable(Class);
    expect(own).not.toBe(await expectResumable(await changed("", "")));
  });
});

describe("whole algorithms of the page", () => {
  test("a subclass of DQN reads its own option, and goes on from a file bit for bit", async () => {
    const text = block('import { DQN } from "bellwether"');
    const { HorizonDQN } = await modules<{ readonly HorizonDQN: AgentClass }>({ "horizon-dqn.mjs": text });
    const agent = new HorizonDQN(make("CartPole-v1"), { horizonSteps: 20 });
    expect(agent.settings).toMatchObject({ horizonSteps: 20, discount: 0.95 });
    expect(() => new HorizonDQN(make("CartPole-v1"), { horizonStep: 20 })).toThrow("Did you mean horizonSteps?");
    const near = await expectResumable(HorizonDQN, { ...SMALL, horizonSteps: 2 });
    expect(await expectResumable(HorizonDQN)).not.toBe(near);
  });

  test("a policy gradient learns CartPole, and goes on from a file bit for bit", async () => {
    const { PolicyGradient } = await modules<{ readonly PolicyGradient: AgentClass }>({ "own.mjs": policyGradient });
    await expectResumable(PolicyGradient, { rolloutSteps: 50 });
    const agent = new PolicyGradient(make("CartPole-v1"), { seed: 1 });
    const greedy = async (): Promise<number> => (await agent.evaluate(() => make("CartPole-v1"))).mean;
    const before = await greedy();
    await agent.learn(20_000);
    expect(await greedy()).toBeGreaterThan(before + 50);
  });

  test("arithmetic in JavaScript turns the policy gradient into a regression, and goes on bit for bit", async () => {
    const forward = /( *learning\.forward.*\n)/;
    const text = policyGradient.replace(forward, `$1${block("const advantage = backend.read")}`);
    const [plain, regression] = await Promise.all(
      [policyGradient, text].map(async (own) => {
        const { PolicyGradient } = await modules<{ readonly PolicyGradient: AgentClass }>({ "own.mjs": own });
        return expectResumable(PolicyGradient, { rolloutSteps: 50 });
      }),
    );
    expect(regression).not.toBe(plain);
  });
});

describe("sizes", () => {
  const compare = block('import { make } from "bellwether"');
  const run = (algorithm: string): Promise<object> =>
    modules({ "compare.mjs": compare, "averaged-dqn.mjs": algorithm });

  test("both backends train the example to the same weights", async () => {
    await run(example);
  });

  test("a tensor that is too large makes the backends differ", async () => {
    const planned = "const mean = backend.tensor(rows, actions.options";
    expect(example).toContain(planned);
    await expect(run(example.replace(planned, `${planned} + 1`))).rejects.toThrow("The backends differ.");
  });

  test("the reference backend refuses numbers that do not fit a tensor", async () => {
    const planned = "const mean = backend.tensor(rows, actions.options)";
    expect(example).toContain(planned);
    await expect(run(example.replace(planned, "const mean = backend.tensor(rows, 1)"))).rejects.toThrow(RangeError);
  });
});

/** CartPole that pays ten times as much. */
function tenfold(): CartPole {
  const env = make("CartPole-v1");
  const step = env.step.bind(env);
  env.step = (action) => {
    const result = step(action);
    return { ...result, reward: 10 * result.reward };
  };
  return env as CartPole;
}
