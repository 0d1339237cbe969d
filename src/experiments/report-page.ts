// The pieces of a report: one HTML file that needs nothing else. No script, no font, no image but inline SVG; readable
// on a phone (a narrow twin of each figure, tables that scroll by themselves), in light and dark, and by screen readers
// (captions, header cells with a scope, figures with a title and a description).

import { type LineChart, lineChartSvg } from "../charts/line-chart.ts";
import { escapeXml } from "../charts/xml-text.ts";

/** Markup, already escaped. */
export type Html = string;

export const text: (value: string) => Html = escapeXml;

const WIDE = { width: 720, height: 400 };
const NARROW = { width: 380, height: 380 };

/** The chart's own colours, as it writes them, and what they are on a dark page. */
const DARK: Readonly<Record<string, string>> = {
  "#fff": "#161b22",
  "#d1d9e0": "#30363d",
  "#e4e7eb": "#2a3038",
  "#8c959f": "#6e7681",
  "#1f2328": "#e6edf3",
  "#59636e": "#a5b0bb",
  "#0072b2": "#4aa3e0",
  "#d55e00": "#f08742",
  "#009e73": "#2fc79a",
  "#56b4e9": "#9bd6ff",
  "#4d4d4d": "#c9d1d9",
};

const STYLE = `
:root{color-scheme:light dark;--page:#fff;--ink:#1f2328;--muted:#59636e;--line:#d1d9e0;--soft:#f6f8fa;--good:#e6f4ea}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 -apple-system,BlinkMacSystemFont,"Segoe UI",Helvetica,Arial,sans-serif}
main{max-width:66rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.3rem;margin:2.5rem 0 .5rem;padding-top:.5rem;border-top:1px solid var(--line)}
h3{font-size:1.05rem;margin:1.75rem 0 .5rem}
p{margin:.5rem 0}
.question{font-size:1.15rem}
.facts,figcaption,caption,.note{color:var(--muted)}
figure{margin:1rem 0}
figure svg{display:block;max-width:100%;height:auto}
.narrow{display:none}
figcaption,caption,.note{font-size:.9rem}
th[scope=row]{white-space:normal;min-width:9rem}
caption{text-align:left;padding:.25rem 0}
.scroll{overflow-x:auto;margin:1rem 0}
.scroll:focus-visible{outline:2px solid #0969da}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:.35rem .7rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top;white-space:nowrap}
th:first-child,td:first-child,.words td,.words th{text-align:left}
.words td{white-space:normal;overflow-wrap:anywhere;min-width:9rem}
thead th{background:var(--soft)}
tr.best{background:var(--good);font-weight:600}
pre{background:var(--soft);padding:.75rem;overflow-x:auto;font-size:.85rem;border-radius:6px}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
summary{cursor:pointer;padding:.25rem 0}
@media(max-width:40rem){.wide{display:none!important}.narrow{display:block!important}h1{font-size:1.4rem}}
@media(prefers-color-scheme:dark){:root{--page:#0d1117;--ink:#e6edf3;--muted:#a5b0bb;--line:#30363d;--soft:#161b22;--good:#12301f}
svg[fill="#59636e"]{fill:#a5b0bb}
${Object.entries(DARK)
  .map(([light, dark]) => `svg [fill="${light}"]{fill:${dark}}svg [stroke="${light}"]{stroke:${dark}}`)
  .join("\n")}
}
@media print{details{display:block}.scroll{overflow:visible}}
`;

/** @param title plain text, for the browser's tab */
export function page(title: string, body: readonly Html[]): Html {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${text(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body.filter((part) => part !== "").join("\n")}
</main>
</body>
</html>
`;
}

export function section(title: string, ...body: readonly Html[]): Html {
  return [`<section>`, `<h2>${text(title)}</h2>`, ...body, "</section>"].filter((part) => part !== "").join("\n");
}

export function paragraph(words: string, kind: "" | "note" | "facts" | "question" = ""): Html {
  return `<p${kind && ` class="${kind}"`}>${text(words)}</p>`;
}

/** A chart, drawn once for screens and once for phones; the caption says what line and band are. */
export function figure(chart: LineChart, caption: string): Html {
  const wide = lineChartSvg({ ...chart, ...WIDE }).trimEnd();
  const narrow = lineChartSvg({ ...chart, ...NARROW }).trimEnd();
  // Ids come from the content: the twin needs its own.
  const id = /id="(c[0-9a-z]+)-t"/.exec(narrow)?.[1] ?? "";
  return [
    "<figure>",
    `<div class="wide">${wide}</div>`,
    `<div class="narrow">${narrow.replaceAll(`"${id}-`, `"${id}n-`).replaceAll(` ${id}-d`, ` ${id}n-d`)}</div>`,
    `<figcaption>${text(caption)}</figcaption>`,
    "</figure>",
  ].join("\n");
}

export interface Row {
  /** The first is the row's header. */
  readonly cells: readonly string[];
  readonly isBest?: boolean;
}

/** @param kind "words": cells are read, not compared */
export function table(
  caption: string,
  header: readonly string[],
  rows: readonly Row[],
  kind: "numbers" | "words" = "numbers",
): Html {
  const head = header.map((name) => `<th scope="col">${text(name)}</th>`).join("");
  const body = rows.map(({ cells: [first, ...rest], isBest }) => {
    const cells = rest.map((cell) => `<td>${text(cell)}</td>`).join("");
    return `<tr${isBest ? ' class="best"' : ""}><th scope="row">${text(first)}</th>${cells}</tr>`;
  });
  return [
    `<div class="scroll" tabindex="0" role="region" aria-label="${text(caption)}">`,
    `<table${kind === "words" ? ' class="words"' : ""}>`,
    `<caption>${text(caption)}</caption>`,
    `<thead><tr>${head}</tr></thead>`,
    `<tbody>`,
    ...body,
    "</tbody>",
    "</table>",
    "</div>",
  ].join("\n");
}

export function details(summary: string, ...body: readonly Html[]): Html {
  return [`<details>`, `<summary>${text(summary)}</summary>`, ...body, "</details>"].join("\n");
}

export function code(words: string): Html {
  return `<pre tabindex="0"><code>${text(words)}</code></pre>`;
}

/** Four significant digits, with a real minus; a dash where there is no number. */
export function figureText(value: number): string {
  if (!Number.isFinite(value)) return "\u2013";
  const magnitude = Math.abs(value);
  const short =
    magnitude >= 1000
      ? value.toFixed(0)
      : magnitude < 1e-3 && value !== 0
        ? value.toExponential(2)
        : value.toPrecision(4);
  return String(magnitude >= 1e-3 || value === 0 ? Number(short) : short).replace("-", "\u2212");
}

/** "12.3 s", "4 min 05 s", "1 h 02 min" */
export function timeText(seconds: number): string {
  if (!Number.isFinite(seconds)) return "\u2013";
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.floor(seconds + 0.5);
  const two = (value: number): string => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${two(whole % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** "50,000" */
export function countText(value: number): string {
  return String(Math.floor(value + 0.5)).replace(/\B(?=(\d{3})+$)/g, ",");
}
