// The error for an unknown command.

import { nearestName, show } from "../errors.ts";
import { UsageError } from "./usage-error.ts";

export function unknownCommand(name: string, commands: readonly string[]): UsageError {
  const near = nearestName(name, commands);
  const advice = near === undefined ? "See bellwether --help." : `Did you mean ${near}?`;
  return new UsageError(`command expected one of ${commands.join(", ")}, got ${show(name)}. ${advice}`);
}
