// The building blocks of a report: one HTML file without script, fonts or images other than inline SVG. The report is readable
// on a phone (a narrow copy of each figure, tables that scroll), in light and dark mode, and by screen readers (captions,
// header cells with a scope, figures with a title and a description).

import { type LineChart, lineChartSvg } from "../charts/line-chart.ts";
import { escapeXml } from "../charts/xml-text.ts";

/** HTML markup, already escaped. */
export type Html = string;

/** Escapes plain text. */
export const text: (value: string) => Html = escapeXml;

const WIDE = { width: 720, height: 400 };
const NARROW = { width: 380, height: 380 };

/** Colours of charts, and the colour that replaces each of them on a dark page. */
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

/** Writes the whole HTML file. @param title plain text, for the browser's tab */
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

/** Writes a section with a heading. */
export function section(title: string, ...body: readonly Html[]): Html {
  return [`<section>`, `<h2>${text(title)}</h2>`, ...body, "</section>"].filter((part) => part !== "").join("\n");
}

/** Writes a paragraph of plain text. */
export function paragraph(words: string, kind: "" | "note" | "facts" | "question" = ""): Html {
  return `<p${kind && ` class="${kind}"`}>${text(words)}</p>`;
}

/** Writes a chart twice, for wide screens and for phones. The caption explains line and band. */
export function figure(chart: LineChart, caption: string): Html {
  const wide = lineChartSvg({ ...chart, ...WIDE }).trimEnd();
  const narrow = lineChartSvg({ ...chart, ...NARROW }).trimEnd();
  // Ids come from the content of a chart. The narrow copy needs different ids.
  const id = /id="(c[0-9a-z]+)-t"/.exec(narrow)?.[1] ?? "";
  return [
    "<figure>",
    `<div class="wide">${wide}</div>`,
    `<div class="narrow">${narrow.replaceAll(`"${id}-`, `"${id}n-`).replaceAll(` ${id}-d`, ` ${id}n-d`)}</div>`,
    `<figcaption>${text(caption)}</figcaption>`,
    "</figure>",
  ].join("\n");
}

/** A row of a table. */
export interface Row {
  /** Texts of the cells. The first cell is the header of the row. */
  readonly cells: readonly string[];
  /** True to highlight the row. */
  readonly isBest?: boolean;
}

/** Writes a table. @param kind "numbers" aligns cells for comparison, "words" for reading. Default: "numbers". */
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

/** Writes a part that the reader can open and close. */
export function details(summary: string, ...body: readonly Html[]): Html {
  return [`<details>`, `<summary>${text(summary)}</summary>`, ...body, "</details>"].join("\n");
}

/** Writes a block of code. */
export function code(words: string): Html {
  return `<pre tabindex="0"><code>${text(words)}</code></pre>`;
}

/** Writes a number with four significant digits and a minus sign (U+2212); a dash for NaN and infinities. */
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

/** Writes a time: "12.3 s", "4 min 05 s", "1 h 02 min". */
export function timeText(seconds: number): string {
  if (!Number.isFinite(seconds)) return "\u2013";
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.floor(seconds + 0.5);
  const two = (value: number): string => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${two(whole % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** Writes an integer: "50,000". */
export function countText(value: number): string {
  return String(Math.floor(value + 0.5)).replace(/\B(?=(\d{3})+$)/g, ",");
}
