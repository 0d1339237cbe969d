import { expect, test } from "vitest";
import { Pcg64 } from "../../../src/engine/random.ts";
import { LANES, LaneTraffic, NOTHING } from "../../../src/envs/arcade/lane-traffic.ts";

test("moves what is there by a square, and takes it off at the edge", () => {
  const traffic = new LaneTraffic(1);
  traffic.put(0, 8, 1, 0);
  traffic.put(5, 1, -1, 0);
  const columns = [0, 1, 2].map(() => {
    traffic.move();
    return [traffic.column[0], traffic.column[5], traffic.column[3]];
  });
  expect(columns).toEqual([
    [9, 0, NOTHING],
    [NOTHING, NOTHING, NOTHING],
    [NOTHING, NOTHING, NOTHING],
  ]);
});

test("says what is on a square, lane l being row l + 1, and where it came from", () => {
  const traffic = new LaneTraffic(1);
  traffic.put(0, 3, 1, 0);
  traffic.put(7, 9, -1, 0);
  expect([traffic.isAt(1, 3), traffic.isAt(0, 3), traffic.isAt(1, 4), traffic.isAt(8, 9), traffic.isAt(9, 9)]).toEqual([
    true,
    false,
    false,
    true,
    false,
  ]);
  expect([traffic.behind(0), traffic.behind(7)]).toEqual([2, NOTHING]);
});

test("lets things in at both ends of every free lane, and none where all are taken", () => {
  const random = new Pcg64(3);
  const seen = new Set<string>();
  for (let i = 0; i < 400; i++) {
    const traffic = new LaneTraffic(2);
    traffic.put(2, 5, 1, 0);
    traffic.enter(random, 1);
    const lane = traffic.column.findIndex((column, l) => l !== 2 && column !== NOTHING);
    seen.add(`${lane} ${traffic.column[lane]} ${traffic.direction[lane]} ${traffic.kind[lane]}`);
  }
  expect(seen.size).toBe(2 * (LANES - 1));
  for (const text of seen) expect(text).toMatch(/^[0-7] (0 1|9 -1) 1$/);
  const full = new LaneTraffic(1);
  for (let lane = 0; lane < LANES; lane++) full.put(lane, 4, 1, 0);
  const before = JSON.stringify(random.saveState());
  full.enter(random, 0);
  expect(JSON.stringify(random.saveState())).toBe(before);
});

test("writes and reads itself", () => {
  const traffic = new LaneTraffic(3);
  traffic.put(1, 4, -1, 2);
  traffic.put(6, 0, 1, 1);
  const numbers = [99, ...traffic.write()];
  const other = new LaneTraffic(3);
  expect(other.read(numbers, 1)).toBe(25);
  expect(other.write()).toEqual(traffic.write());
  expect(traffic.bounds).toHaveLength(24);
});
