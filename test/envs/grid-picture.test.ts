import { expect, test } from "vitest";
import { boardSvg, boardText } from "../../src/envs/grid-picture.ts";

test("draws squares as large as fit, in the middle, and leaves cells without a colour out", () => {
  const svg = boardSvg(2, 2, (row, column) => (row === 1 && column === 0 ? "#123456" : ""));
  // 380 / 2 = 190 units a cell; the corner of the board at (110, 10).
  expect(svg).toBe(
    '<rect width="600" height="400" fill="#fff"/><rect x="110.0" y="10.0" width="380.0" height="380.0" fill="#eef3f6"/>' +
      '<rect x="115.7" y="205.7" width="178.6" height="178.6" fill="#123456"/>',
  );
});

test("writes a line per row", () => {
  expect(boardText(2, 3, (row, column) => String(3 * row + column))).toBe("012\n345");
});
