import { describe, expect, test } from "vitest";
import { animatedSvg } from "../../src/charts/animated-svg.ts";

const size = { framesPerSecond: 10, width: 100, height: 50 };
const dot = (x: number) => `<circle cx="${x}" cy="25" r="5"/>`;

describe("animatedSvg", () => {
  test("stores equal frames once and jumps to each at its time", () => {
    const svg = animatedSvg([dot(1), dot(2), dot(2), dot(1), dot(3)], size);
    expect(svg.match(/<circle/g)).toHaveLength(3);
    expect(svg).toContain(`<svg x="100" width="100" height="50">${dot(2)}</svg>`);
    expect(svg).toContain(
      "@keyframes play{0%{transform:translateX(0)}20%{transform:translateX(-100px)}" +
        "60%{transform:translateX(0)}80%{transform:translateX(-200px)}}.strip{animation:play 0.5s step-end infinite}",
    );
    expect(svg).toContain("@media(prefers-reduced-motion:reduce){.strip{animation:none}}");
  });

  test("needs nothing from outside and runs no script", () => {
    const svg = animatedSvg([dot(1), dot(2)], { ...size, caption: 'a "b" <c>', background: "<path/>" });
    expect(svg.replace("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|<script|url\(|@import/);
    expect(svg).toContain('viewBox="0 0 100 78"');
    expect(svg).toContain("<title>a &quot;b&quot; &lt;c&gt;</title>");
    expect(svg).toContain(">a &quot;b&quot; &lt;c&gt;</text>");
    expect(svg.match(/<path\/>/g)).toHaveLength(1);
  });

  test("is a still picture when all frames are equal", () => {
    const svg = animatedSvg([dot(1), dot(1)], { ...size, backgroundColour: "#abc" });
    expect(svg).not.toContain("<style>");
    expect(svg).toContain('<rect width="100" height="50" fill="#abc"/>');
    expect(svg).toContain("<title>Animation</title>");
  });

  test("says what is wrong with its input", () => {
    expect(() => animatedSvg([], size)).toThrow(
      new RangeError("animatedSvg: frames expected at least one, got []. Render a frame first."),
    );
    expect(() => animatedSvg(["a"], { ...size, framesPerSecond: 0 })).toThrow(
      new RangeError(
        "animatedSvg: framesPerSecond expected a number above 0 and at most 240, got 0. Pass frames per second.",
      ),
    );
    expect(() => animatedSvg(["a"], { ...size, width: -1 })).toThrow(
      new RangeError(
        "animatedSvg: width expected a number above 0 and at most 10000, got -1. Pass the width of a frame.",
      ),
    );
    expect(() => animatedSvg(["a"], { ...size, height: 1e9 })).toThrow(
      new RangeError(
        "animatedSvg: height expected a number above 0 and at most 10000, got 1000000000. Pass the height of a frame.",
      ),
    );
  });
});
