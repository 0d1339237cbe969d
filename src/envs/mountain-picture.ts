// Pictures of the valley of both mountain-car environments, as text and as SVG. The height is sin(3 x) for position x in
// -1.2 .. 0.6.

import { sin } from "../engine/math.ts";
import { TextCanvas } from "./text-canvas.ts";

const LEFT = -1.2;
const WIDTH = 1.8;

/** Returns the valley, the car and the goal as text. */
export function mountainText(position: number, velocity: number, goal: number): string {
  const canvas = new TextCanvas(61, 11);
  const row = (x: number): number => 9 - (sin(3 * x) + 1) * 4;
  for (let column = 0; column < 61; column++) canvas.put(column, row(LEFT + (column / 60) * WIDTH) + 1, ".");
  canvas.put(((goal - LEFT) / WIDTH) * 60, row(goal), "P");
  canvas.put(((position - LEFT) / WIDTH) * 60, row(position), "O");
  return `${canvas}\nposition ${position.toFixed(3)}, velocity ${velocity.toFixed(4)}`;
}

/** Returns the valley, the car and the goal as the inner markup of an SVG of 600 x 400 units. */
export function mountainSvg(position: number, goal: number): string {
  const at = (x: number): string =>
    `${(((x - LEFT) / WIDTH) * 600).toFixed(1)} ${(400 - (sin(3 * x) * 0.45 + 0.55) * 333).toFixed(1)}`;
  let hill = `M${at(LEFT)}`;
  for (let i = 1; i <= 60; i++) hill += `L${at(LEFT + (i / 60) * WIDTH)}`;
  const [carX, carY] = at(position).split(" ");
  return (
    `<rect width="600" height="400" fill="#fff"/><path d="${hill}" fill="none" stroke="#000" stroke-width="2"/>` +
    `<path d="M${at(goal)}v-50l25 10l-25 10" fill="#cccc00" stroke="#000"/>` +
    `<circle cx="${carX}" cy="${(Number(carY) - 12).toFixed(1)}" r="12" fill="#222"/>`
  );
}
