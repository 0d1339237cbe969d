import { expect, test } from "vitest";
import { Blackjack } from "../../src/envs/blackjack.ts";

/** An environment in the middle of a game with these cards. */
function dealt(player: number[], dealer: number[], options = {}): Blackjack {
  const env = new Blackjack(options);
  env.reset({ seed: 1 });
  const state = env.saveState() as object;
  env.loadState({ ...state, episode: [0, 0, player.length, ...player, ...dealer] });
  return env;
}

test("counts an ace as 11 where that is possible", () => {
  expect(dealt([1, 6], [10, 7]).step(0).observation).toEqual([17, 10, 1]);
  expect(dealt([1, 6, 10], [10, 7]).step(0).observation).toEqual([17, 10, 0]);
});

test("compares hands when the player sticks", () => {
  expect(dealt([10, 9], [10, 8]).step(0)).toMatchObject({ reward: 1, terminated: true });
  expect(dealt([10, 8], [10, 9]).step(0).reward).toBe(-1);
  expect(dealt([10, 8], [8, 10]).step(0).reward).toBe(0);
});

test("loses at once beyond 21", () => {
  expect(dealt([10, 9, 2], [10, 8]).step(1)).toMatchObject({ reward: -1, terminated: true });
});

test("pays ace and ten by the rules in force", () => {
  expect(dealt([1, 10], [10, 9]).step(0).reward).toBe(1);
  expect(dealt([1, 10], [10, 9], { natural: true }).step(0).reward).toBe(1.5);
  expect(dealt([1, 10], [10, 9], { natural: true, sab: true }).step(0).reward).toBe(1);
  expect(dealt([1, 10], [5, 6, 10], { sab: true }).step(0).reward).toBe(1); // 21 in three cards is beaten
  expect(dealt([1, 10], [5, 6, 10]).step(0).reward).toBe(0);
  expect(dealt([1, 10], [1, 10], { sab: true }).step(0).reward).toBe(0);
});

test("shows the cards", () => {
  expect(dealt([1, 6], [1, 7]).renderText()).toBe("dealer A♣\nplayer A 6  (sum 17, usable ace)");
});

test("refuses flags that are no booleans", () => {
  expect(() => new Blackjack({ natural: 1 as never })).toThrow(
    new TypeError("Blackjack: natural expected true or false, got 1. Default: false."),
  );
  expect(() => new Blackjack({ sab: 1 as never })).toThrow(TypeError);
});
