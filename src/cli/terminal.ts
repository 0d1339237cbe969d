// Writes to a stream that people read: with colours and redrawing in a terminal, in plain lines to a file or pipe.

const ESCAPE = "\u001b[";
const CODES = { bold: "1", dim: "2", green: "32", yellow: "33", cyan: "36" } as const;

export type Style = keyof typeof CODES;

export class Terminal {
  /** True when lines can be redrawn: the stream is a terminal that can move its cursor. */
  readonly isLive: boolean;
  readonly #stream: NodeJS.WriteStream;
  readonly #coloured: boolean;
  #drawn = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.isLive = stream.isTTY === true && process.env.TERM !== "dumb";
    this.#coloured = this.isLive && !process.env.NO_COLOR;
  }

  get columns(): number {
    return this.#stream.columns || 80;
  }

  get rows(): number {
    return this.#stream.rows || 24;
  }

  style(text: string, ...styles: readonly Style[]): string {
    if (!this.#coloured || text === "") return text;
    return `${ESCAPE}${styles.map((style) => CODES[style]).join(";")}m${text}${ESCAPE}0m`;
  }

  /** Writes text that stays on the screen. */
  print(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  /** Draws lines over the lines of the previous call. The cursor is hidden until `settle`. Call this only when `isLive`. */
  draw(lines: readonly string[]): void {
    const fitted = lines.slice(0, this.rows - 1).map((line) => cut(line, this.columns - 1));
    const home = this.#drawn > 0 ? `${ESCAPE}${this.#drawn}A\r` : "";
    // Each line is cleared to its end, then everything below the last line. So the picture does not flicker, and a shorter
    // picture leaves no old lines behind.
    this.#stream.write(`${ESCAPE}?25l${home}${fitted.map((line) => `${line}${ESCAPE}K\n`).join("")}${ESCAPE}J`);
    this.#drawn = fitted.length;
  }

  /** Ends the drawing and shows the cursor. @param keep true to leave the last picture on the screen. Default: true. */
  settle(keep: boolean = true): void {
    if (!this.isLive) return;
    const home = !keep && this.#drawn > 0 ? `${ESCAPE}${this.#drawn}A\r${ESCAPE}J` : "";
    this.#stream.write(`${home}${ESCAPE}?25h`);
    this.#drawn = 0;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins a colour
const COLOUR = /\u001b\[[\d;]*m/y;

/** Returns the first `width` characters of a line. Codes for colours do not count; a colour that is cut off is ended. */
export function cut(line: string, width: number): string {
  let shown = 0;
  let at = 0;
  while (at < line.length) {
    COLOUR.lastIndex = at;
    const colour = COLOUR.exec(line);
    if (colour !== null) {
      at += colour[0].length;
      continue;
    }
    if (shown === width) return `${line.slice(0, at)}${line.includes(ESCAPE) ? `${ESCAPE}0m` : ""}`;
    at += (line.codePointAt(at) as number) > 0xffff ? 2 : 1;
    shown++;
  }
  return line;
}

/** Returns the command that started this program, so that users can paste the advice that contains it. */
export function invocation(): string {
  const script = process.argv[1] ?? "";
  const name = script.split(/[\\/]/).pop();
  if (/node_modules[\\/]/.test(script)) return "npx bellwether";
  if (name === "bellwether") return "bellwether";
  const here = `${process.cwd()}/`;
  const path = script.replaceAll("\\", "/");
  return `node ${path.startsWith(here) ? path.slice(here.length) : path}`;
}
