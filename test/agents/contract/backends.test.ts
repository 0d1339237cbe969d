import { describe, expect, test } from "vitest";
import { reference } from "../../../src/backends/reference/index.ts";
import { AGENTS, settingsOf, strollFor } from "./agents.ts";
import { expectSameFile } from "./same-file.ts";

const STEPS = 80;

describe.each(AGENTS)("$name", (row) => {
  test.each(settingsOf(row))(
    "the reference backend comes to the file of the wasm backend, bit for bit: $name",
    ({ options, workplace }) => {
      const [fast, plain] = [{}, { backend: reference }].map((where) => {
        const agent = row.make(workplace(), { ...options, ...where });
        agent.learnSync(STEPS);
        return agent.save();
      });
      expectSameFile(plain, fast);
    },
  );

  test("a run of the wasm backend goes on in the reference backend, and the other way round", () => {
    const whole = row.make();
    whole.learnSync(STEPS);
    for (const [first, second] of [
      ["wasm", reference],
      [reference, "wasm"],
    ] as const) {
      const agent = row.make(undefined, { backend: first });
      agent.learnSync(STEPS / 2 + 1);
      const other = row.agent.load(agent.save(), { env: strollFor(row), backend: second });
      other.learnSync(STEPS / 2 - 1);
      expectSameFile(other.save(), whole.save());
    }
  });

  test.each([{}, { backend: reference }, { backend: "auto" }])(
    "create gives the agent that new gives: %o",
    async (where) => {
      const built = row.make(undefined, where.backend === "auto" ? {} : where);
      const created = await row.agent.create(strollFor(row), { ...row.options, ...where } as never);
      expect(created).toBeInstanceOf(row.agent);
      for (const agent of [built, created]) agent.learnSync(40);
      expectSameFile(created.save(), built.save());
    },
  );
});
