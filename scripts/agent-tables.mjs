// Writes the tables of agents in the documentation, from the `about` of every class of the registry. A table stands between two
// comments, <!-- agents: KIND --> and <!-- /agents -->. test/documentation checks that no table is out of date.
//
//   npm run docs:tables
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const AGENT_PAGES = "docs/agents";
const PLACE = /(<!-- agents: ([a-z-]+) -->\n)[\s\S]*?(<!-- \/agents -->)/g;

export const PAGES = ["README.md", "docs/agents/README.md", "docs/cli.md"];

/** Number of kinds of action spaces. */
const KINDS = 4;
const actionsOf = ({ actions }) => (actions.length === KINDS ? "any" : actions.join(", "));

/** Tables by kind: the titles of the columns, and a function that returns the cells of an agent. */
const TABLES = {
  classes: [
    ["agent", "what it is", "actions"],
    (agent, link) => [`[\`${agent.name}\`](${link})`, agent.summary, actionsOf(agent)],
  ],
  algorithms: [
    ["algorithm", "what it is", "actions", "presets"],
    (agent, link) => [`[\`${agent.algorithm}\`](${link})`, agent.summary, actionsOf(agent), presetsOf(agent)],
  ],
  everything: [
    ["agent", "command line", "what it is", "actions", "learns from", "presets"],
    (agent, link) => [
      `[\`${agent.name}\`](${link})`,
      `\`${agent.algorithm}\``,
      agent.summary,
      actionsOf(agent),
      agent.learnsFrom,
      presetsOf(agent),
    ],
  ],
};

function presetsOf({ presets = {} }) {
  return Object.keys(presets)
    .map((name) => `\`${name}\``)
    .join(", ");
}

export function agentsOf(library) {
  const abouts = Object.values(library).flatMap((value) =>
    typeof value === "function" && typeof value.about === "object" ? [value.about] : [],
  );
  return abouts.sort((a, b) => (a.algorithm < b.algorithm ? -1 : 1));
}

/** Returns the page of an agent: its own page, else the page that names the agent most often (that of its family). */
function pageOf({ algorithm, name }) {
  const own = join(AGENT_PAGES, `${algorithm}.md`);
  if (existsSync(join(ROOT, own))) return own;
  const pages = readdirSync(join(ROOT, AGENT_PAGES)).filter((file) => file !== "README.md");
  const counted = pages.map((file) => {
    const text = readFileSync(join(ROOT, AGENT_PAGES, file), "utf8");
    return { file, count: text.match(new RegExp(`\\b${name}\\b`, "g"))?.length ?? 0 };
  });
  const { file, count } = counted.reduce((best, each) => (each.count > best.count ? each : best));
  if (count === 0) throw new Error(`${own} expected to be there, got no page that names ${name}. Write it.`);
  return join(AGENT_PAGES, file);
}

export function withTables(path, text, agents) {
  return text.replace(PLACE, (_, open, kind, close) => {
    const [titles, cells] = TABLES[kind];
    const rows = agents.map((agent) => cells(agent, relative(dirname(path), pageOf(agent)).replaceAll("\\", "/")));
    const lines = [titles, titles.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`);
    return `${open}${lines.join("\n")}\n${close}`;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const agents = agentsOf(await import("../dist/index.js"));
  for (const path of PAGES) {
    const text = readFileSync(join(ROOT, path), "utf8");
    writeFileSync(join(ROOT, path), withTables(path, text, agents));
  }
}
