// Writing as an environment: its contract, when it pays, when it ends.

import { expect, test } from "vitest";
import { FILM_REVIEWS, KINDNESS } from "../../../examples/studies/sequence-policy/language.ts";
import { Writing } from "../../../examples/studies/sequence-policy/writing.ts";
import { checkEnv, StateError } from "../../../src/index.ts";

const { words } = FILM_REVIEWS;
const token = (word: string): number => words.indexOf(word);

function write(env: Writing, text: string): ReturnType<Writing["step"]>[] {
  env.reset();
  return text.split(" ").map((word) => env.step(token(word)));
}

test("keeps the contract of environments", async () => {
  const report = await checkEnv(new Writing(FILM_REVIEWS, KINDNESS));
  expect(report).toEqual({ ok: true, problems: [], warnings: [] });
});

test("shows what is written, and pays the score with the full stop", () => {
  const env = new Writing(FILM_REVIEWS, KINDNESS);
  expect(env.reset().observation).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  const steps = write(env, "very good and good .");
  expect(steps.map(({ reward }) => reward)).toEqual([0, 0, 0, 0, 2]);
  expect(steps.map(({ terminated }) => terminated)).toEqual([false, false, false, false, true]);
  expect(steps[2].observation).toEqual([token("very"), token("good"), token("and"), 0, 0, 0, 0, 0]);
  expect(env.sentence).toEqual(["very", "good", "and", "good", "."].map(token));
  expect(env.renderText()).toBe("very good and good.");
});

test("ends without a full stop when all places are filled", () => {
  const env = new Writing(FILM_REVIEWS, KINDNESS);
  const steps = write(env, "good good good good bad bad bad good");
  expect(steps.map(({ terminated }) => terminated).indexOf(true)).toBe(7);
  expect(steps[7]).toMatchObject({ reward: 2, truncated: false });
});

test("refuses to go on after the end", () => {
  const env = new Writing(FILM_REVIEWS, KINDNESS);
  write(env, "good .");
  expect(() => env.step(1)).toThrow(StateError);
  expect(() => env.step(1)).toThrow(
    'Writing.step: sentence expected one that goes on, got "good.", which is finished. Call reset().',
  );
});

test("goes on from a saved state in the middle of a sentence", () => {
  const env = new Writing(FILM_REVIEWS, KINDNESS);
  write(env, "the film was");
  const state = JSON.parse(JSON.stringify(env.saveState())) as { episode: number[] };
  const other = new Writing(FILM_REVIEWS, KINDNESS);
  other.loadState(state);
  expect(other.step(token("good"))).toEqual(env.step(token("good")));
  for (const episode of [[1, 0, 1], [1, 8], [1.5], new Array(9).fill(1), [1, 1, 1, 1, 1, 1, 1, 1, 0]]) {
    expect(() => other.loadState({ ...state, episode }), String(episode)).toThrow(TypeError);
  }
  expect(other.renderText()).toBe("the film was good");
});
