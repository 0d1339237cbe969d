// A looping animation as one SVG file: frames lie side by side on a strip, and a CSS animation jumps from frame to frame.
// CSS, because a picture in an <img> runs no script. A strip, because one animation then moves everything (one animation per
// frame makes browsers drop frames). Print and "reduced motion" show the first frame.

import { requireNumber, show } from "../errors.ts";
import { escapeXml } from "./xml-text.ts";

/** Options of `animatedSvg`. */
export interface AnimatedSvgOptions {
  /** Frames per second, above 0. */
  readonly framesPerSecond: number;
  /** Width of a frame in the units of its markup. Parts outside the frame are cut off. */
  readonly width: number;
  /** Height of a frame in the units of its markup. */
  readonly height: number;
  /** One line of text under the picture, also its accessible name. */
  readonly caption?: string;
  /** SVG markup drawn behind every frame, such as a floor, a grid or a border. Written into the file once. */
  readonly background?: string;
  /** CSS colour behind everything. @defaultValue white */
  readonly backgroundColour?: string;
}

const CAPTION_HEIGHT = 28;
const FONT = "-apple-system,BlinkMacSystemFont,'Segoe UI',Helvetica,Arial,sans-serif";

/**
 * Makes a looping animation, as one SVG document without script.
 * @param frames inner SVG markup of each frame. The markup is trusted and not escaped. Equal frames are stored once
 * @returns the SVG document
 * @throws RangeError for no frames; TypeError or RangeError for a number that is not positive
 */
export function animatedSvg(frames: readonly string[], options: AnimatedSvgOptions): string {
  const { framesPerSecond, width, height, caption = "", background = "", backgroundColour = "#fff" } = options;
  if (frames.length === 0)
    throw new RangeError(`animatedSvg: frames expected at least one, got ${show(frames)}. Render a frame first.`);
  requireNumber("animatedSvg", "framesPerSecond", framesPerSecond, { above: 0, max: 240 }, "Pass frames per second.");
  requireNumber("animatedSvg", "width", width, { above: 0, max: 10_000 }, "Pass the width of a frame.");
  requireNumber("animatedSvg", "height", height, { above: 0, max: 10_000 }, "Pass the height of a frame.");

  const slotOf = new Map<string, number>();
  for (const frame of frames) if (!slotOf.has(frame)) slotOf.set(frame, slotOf.size);
  const slots = frames.map((frame) => slotOf.get(frame) as number);
  const strip = [...slotOf].map(
    ([frame, slot]) => `<svg x="${slot * width}" width="${width}" height="${height}">${frame}</svg>`,
  );

  const fullHeight = height + (caption === "" ? 0 : CAPTION_HEIGHT);
  const name = caption === "" ? "Animation" : caption;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${fullHeight}" width="${width}" height="${fullHeight}" role="img" aria-label="${escapeXml(name)}">`,
    `<title>${escapeXml(name)}</title>`,
    slotOf.size > 1 ? `<style>${keyframes(slots, width, framesPerSecond)}</style>` : "",
    `<rect width="${width}" height="${fullHeight}" fill="${escapeXml(backgroundColour)}"/>`,
    background,
    `<svg width="${width}" height="${height}"><g class="strip">`,
    ...strip,
    "</g></svg>",
    caption === ""
      ? ""
      : `<text x="${width / 2}" y="${height + 18}" text-anchor="middle" font-family="${FONT}" font-size="12" fill="#59636e">${escapeXml(caption)}</text>`,
    "</svg>\n",
  ]
    .filter(Boolean)
    .join("\n");
}

/** Writes a keyframe at each change of the slot. The timing function step-end holds a slot until the next keyframe. */
function keyframes(slots: readonly number[], width: number, framesPerSecond: number): string {
  const rules: string[] = [];
  slots.forEach((slot, i) => {
    if (i > 0 && slot === slots[i - 1]) return;
    const percent = Number(((i / slots.length) * 100).toFixed(4));
    rules.push(`${percent}%{transform:translateX(${slot === 0 ? 0 : `${-slot * width}px`})}`);
  });
  const seconds = Number((slots.length / framesPerSecond).toFixed(4));
  return (
    `@keyframes play{${rules.join("")}}` +
    `.strip{animation:play ${seconds}s step-end infinite}` +
    "@media(prefers-reduced-motion:reduce){.strip{animation:none}}"
  );
}
