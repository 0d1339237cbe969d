import { expect } from "vitest";

/** Every tag is closed in order. */
export function expectWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, end, name, selfClosed] of svg.matchAll(/<(\/?)([a-zA-Z]+)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (end) expect(open.pop()).toBe(name);
    else if (!selfClosed) open.push(name);
  }
  expect(open).toEqual([]);
  expect(svg.replace(/<[^<>]*>/g, "")).not.toMatch(/[<>]/);
}
