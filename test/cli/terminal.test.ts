import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { cut, Terminal } from "../../src/cli/terminal.ts";

const bold = (text: string): string => `\u001b[1m${text}\u001b[0m`;

test("cuts to a width that colours do not count in, and closes them", () => {
  expect(cut("abcdef", 3)).toBe("abc");
  expect(cut("abc", 3)).toBe("abc");
  expect(cut(bold("abc"), 3)).toBe(bold("abc"));
  expect(cut(`${bold("abc")}def`, 2)).toBe(bold("ab"));
});

test("draws over what it drew, and gives the cursor back", () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 20, rows: 10 });
  const terminal = new Terminal(stream as unknown as NodeJS.WriteStream);
  terminal.draw(["one", "two"]);
  terminal.draw(["three"]);
  terminal.settle();
  expect(stream.read().toString()).toBe(
    "\u001b[?25lone\u001b[K\ntwo\u001b[K\n\u001b[J\u001b[?25l\u001b[2A\rthree\u001b[K\n\u001b[J\u001b[?25h",
  );
});

test("colours nothing and draws nothing where it is no terminal", () => {
  const stream = new PassThrough();
  const terminal = new Terminal(stream as unknown as NodeJS.WriteStream);
  terminal.print(terminal.style("text", "bold"));
  terminal.settle();
  expect(stream.read().toString()).toBe("text\n");
  expect(terminal.isLive).toBe(false);
});
