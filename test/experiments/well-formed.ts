// What a browser forgives and a test does not: every element closed in order, every id there once, every reference to
// an id answered, and nothing that is fetched from elsewhere.

const VOID = new Set(["meta", "br", "hr", "img", "link", "input"]);

/** @returns problems; none in a sound document */
export function problemsOf(html: string): string[] {
  const problems: string[] = [];
  if (!html.startsWith("<!doctype html>\n")) problems.push("no doctype");
  const open: string[] = [];
  const body = html.replace(/^<!doctype html>/, "").replace(/<style>[\s\S]*?<\/style>/g, "<style></style>");
  for (const [, close, name, rest] of body.matchAll(/<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^>"']|"[^"]*"|'[^']*')*)>/g)) {
    if (close) {
      if (open.pop() !== name) problems.push(`</${name}> closes something else`);
    } else if (!rest.endsWith("/") && !VOID.has(name)) open.push(name);
  }
  if (open.length > 0) problems.push(`left open: ${open.join(" ")}`);
  const text = body.replace(/<(?:[^>"']|"[^"]*"|'[^']*')*>/g, "");
  if (/[<>]|&(?!amp;|lt;|gt;|quot;|#39;)/.test(text)) problems.push("text that is not escaped");
  const ids = [...html.matchAll(/ id="([^"]*)"/g)].map((match) => match[1]);
  if (new Set(ids).size !== ids.length) problems.push("an id twice");
  const references = [...html.matchAll(/ aria-(?:labelledby|describedby)="([^"]*)"/g)].flatMap((m) => m[1].split(" "));
  for (const id of references) if (!ids.includes(id)) problems.push(`no id ${id}`);
  const outside = html.replaceAll('xmlns="http://www.w3.org/2000/svg"', "");
  if (/<script|<link|<iframe|<img|\ssrc=|@import|url\(|https?:\/\/|\son\w+=/i.test(outside))
    problems.push("not self-contained");
  return problems;
}
