// States that a recurrent policy carries: of every environment that it learns from, and of streams that it acts on greedily.

import { describe, expect, test } from "vitest";
import { RecurrentStates, RecurrentStreams } from "../../../src/agents/policy-gradient/recurrent-states.ts";
import { WasmBackend } from "../../../src/backends/wasm/wasm-backend.ts";
import type { ActingRows, Actor } from "../../../src/experience/actor.ts";
import { Gru, type GruNetwork } from "../../../src/nn/gru.ts";
import { contentsOf, handOver, readerOf, written } from "../../formats/written.ts";
import { stage } from "../../nn/module-contract.ts";

const [E, UNITS, ROWS] = [3, 2, 4];
const OWNER = {} as Actor;

/** One number in: rows show x. */
function made() {
  const backend = new WasmBackend();
  const network = stage(backend, new Gru(1, UNITS, "pytorch-linear"), true).network as GruNetwork;
  const x = backend.tensor(ROWS, 1);
  const states = new RecurrentStates(backend, network, E, ROWS, x);
  const show = (first: number, numbers: readonly number[], starts: ActingRows["starts"] = null): ActingRows => {
    backend.write(x, numbers);
    return {
      ...{ rows: numbers.length, first, observation: Float32Array.from(numbers), mask: null },
      ...{ starts, streams: null },
    };
  };
  /** States after the rows. */
  const statesAfter = (rows: number): number[][] => {
    const flat = Array.from(backend.read(states.output) as Float32Array);
    return Array.from({ length: rows }, (_, row) => flat.slice(row * UNITS, (row + 1) * UNITS));
  };
  /** One step of the layer by itself. */
  const pass = network.plan({ rows: 1, x: backend.tensor(1, 1) });
  const stepped = (state: readonly number[], number: number): number[] => {
    backend.write(pass.x, [number]);
    backend.write(pass.state, state);
    return Array.from(backend.read(pass.forward()) as Float32Array);
  };
  const explore = (first: number, numbers: readonly number[], isLearned: boolean = true): number[][] => {
    const before = isLearned ? new Float32Array(ROWS * UNITS).fill(9) : null;
    states.explore(show(first, numbers), before);
    return before === null ? [] : numbers.map((_, row) => Array.from(before.subarray(row * UNITS, (row + 1) * UNITS)));
  };
  return { statesAfter, explore, show, states, stepped };
}

const ZERO = [0, 0];

describe("states of environments", () => {
  test("begin at 0, go on when their step is observed, and are told as they were before", () => {
    const { statesAfter, explore, states, stepped } = made();
    expect(explore(0, [1, 2, 3])).toEqual([ZERO, ZERO, ZERO]);
    const first = statesAfter(3);
    expect(first).toEqual([1, 2, 3].map((x) => stepped(ZERO, x)));
    for (const e of [0, 1]) states.advance(e, false);
    // Environment 2 was not observed yet.
    expect(explore(0, [4, 5, 6])).toEqual([first[0], first[1], ZERO]);
    expect(statesAfter(2)).toEqual([stepped(first[0], 4), stepped(first[1], 5)]);
  });

  test("are forgotten with the episode that ended", () => {
    const { explore, statesAfter, states } = made();
    explore(0, [1, 2, 3]);
    const [, second] = statesAfter(3);
    states.advance(0, true);
    states.advance(1, false);
    expect(explore(0, [1, 2])).toEqual([ZERO, second]);
    states.forget();
    expect(explore(0, [1, 2])).toEqual([ZERO, ZERO]);
  });

  test("are of the rows' environments, round and round", () => {
    const { statesAfter, explore, states } = made();
    explore(0, [1, 2, 3]);
    const [a, b, c] = statesAfter(3);
    for (const e of [0, 1, 2]) states.advance(e, false);
    expect(explore(2, [0, 0, 0, 0])).toEqual([c, a, b, c]);
  });

  test("go on from the choice that was made last, and from none that is not learned from", () => {
    const { statesAfter, explore, states } = made();
    explore(0, [1]);
    explore(0, [7]);
    const [again] = statesAfter(1);
    explore(0, [50], false);
    states.advance(0, false);
    expect(explore(0, [0])).toEqual([again]);
  });
});

describe("greedy streams", () => {
  test("remember what they were shown, row i that of stream first + i", () => {
    const { statesAfter, show, states, stepped } = made();
    const streams = new RecurrentStreams(OWNER, UNITS);
    states.recall(show(0, [1]), streams, true);
    const [first] = statesAfter(1);
    expect(first).toEqual(stepped(ZERO, 1));
    states.recall(show(0, [2, 3, 4]), streams, true);
    expect(statesAfter(3)).toEqual([stepped(first, 2), stepped(ZERO, 3), stepped(ZERO, 4)]);
    const [, second] = statesAfter(3);
    states.recall(show(1, [5]), streams, true);
    expect(statesAfter(1)).toEqual([stepped(second, 5)]);
    expect(streams.states.length).toBe(3 * UNITS);
    expect(streams.owner).toBe(OWNER);
  });

  test("begin anew where an episode starts, by their number", () => {
    const { statesAfter, show, states, stepped } = made();
    const streams = new RecurrentStreams(OWNER, UNITS);
    states.recall(show(0, [1, 2, 3]), streams, true);
    const [, second] = statesAfter(3);
    states.recall(show(1, [4, 5], [true, false, 1]), streams, true);
    expect(statesAfter(2)).toEqual([stepped(second, 4), stepped(ZERO, 5)]);
  });

  test("stay as they are where they only look", () => {
    const { statesAfter, show, states, stepped } = made();
    const streams = new RecurrentStreams(OWNER, UNITS);
    states.recall(show(0, [1]), streams, true);
    const [first] = statesAfter(1);
    states.recall(show(0, [2]), streams, false);
    expect(statesAfter(1)).toEqual([stepped(first, 2)]);
    states.recall(show(0, [2]), streams, true);
    expect(statesAfter(1)).toEqual([stepped(first, 2)]);
  });

  test("and environments do not know of each other", () => {
    const { explore, show, states } = made();
    states.recall(show(0, [1]), new RecurrentStreams(OWNER, UNITS), true);
    expect(explore(0, [1])).toEqual([ZERO]);
  });
});

describe("a run's file", () => {
  test("goes on with states carried and pending", () => {
    const [saved, loaded] = [made(), made()];
    saved.explore(0, [1, 2, 3]);
    saved.states.advance(0, false);
    saved.explore(0, [4, 5, 6]);
    handOver(saved.states, loaded.states);
    for (const { explore, states } of [saved, loaded]) {
      for (const e of [0, 1, 2]) states.advance(e, false);
      explore(0, [7, 8, 9]);
    }
    expect(loaded.statesAfter(3)).toEqual(saved.statesAfter(3));
    expect(contentsOf(loaded.states)).toEqual(contentsOf(saved.states));
    expect(contentsOf(saved.states, "policy")).toEqual({});
  });

  test.each([
    ["state.carried", new Float32Array(5), "load: tensor state.carried expected 6 numbers, got 5."],
    ["state.pending", new Float32Array(6).fill(Number.NaN), "load: state.pending expected finite numbers, got"],
  ])("with a damaged %s is refused", (name, numbers, message) => {
    const { states } = made();
    expect(() => states.check(readerOf(written(states), { tensors: { [name]: numbers } }))).toThrow(message);
  });
});
