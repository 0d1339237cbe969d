import { expect, test } from "vitest";
import { escapeXml } from "../../src/charts/xml-text.ts";

test("escapeXml leaves nothing that could end a text or an attribute, nor a character that XML forbids", () => {
  expect(escapeXml(`<a href="x" b='y'>&amp;`)).toBe("&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;");
  expect(escapeXml("a\u0000b\u001bc\ud800d")).toBe("a\ufffdb\ufffdc\ufffdd");
  expect(escapeXml("π 😀\n")).toBe("π 😀\n");
});
