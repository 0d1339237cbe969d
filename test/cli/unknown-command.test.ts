import { expect, test } from "vitest";
import { unknownCommand } from "../../src/cli/unknown-command.ts";

test("an unknown command is answered by the nearest, or by the help", () => {
  expect(unknownCommand("trian", ["train", "play"]).message).toBe(
    'command expected one of train, play, got "trian". Did you mean train?',
  );
  expect(unknownCommand("something", ["train", "play"]).message).toMatch(/See bellwether --help\.$/);
});
