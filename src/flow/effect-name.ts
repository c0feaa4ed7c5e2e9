import { WaybillError } from "../model/errors.ts";
import type { Run } from "./run.ts";

/** The longest name of an effect, in characters. */
export const nameMax = 100;

/** Takes a name for an effect of this run. @throws {WaybillError} `effect-misused` when it cannot be one, or is taken. */
export function takeName(run: Run, name: string): void {
  const where = `in "${run.claimed.integration}"`;
  if (typeof name !== "string" || name === "" || name.length > nameMax) {
    throw new WaybillError(
      "effect-misused",
      `An effect ${where} has the name ${JSON.stringify(name)}.`,
      `Name it in 1 to ${nameMax} characters.`,
    );
  }
  if (run.used.has(name)) {
    throw new WaybillError(
      "effect-misused",
      `The effect "${name}" ${where} is made twice in one run.`,
      "Effects of one record are told apart by name: give each its own, such as one for every line of an order.",
    );
  }
  run.used.add(name);
}
