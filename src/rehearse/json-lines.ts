import { readFileSync } from "node:fs";
import { said, WaybillError } from "../model/errors.ts";

/**
 * What is in a file, one value on each line; empty lines are none.
 *
 * @param what they are, for errors: `samples`.
 * @throws {WaybillError} `bad-usage` when it cannot be read, and for a line that is no JSON.
 */
export function jsonLinesIn(file: string, what: string): readonly unknown[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new WaybillError("bad-usage", `The ${what} in ${file} cannot be read: ${said(error)}.`, undefined, {
      cause: error,
    });
  }
  return text.split("\n").flatMap((line, at) => {
    if (line.trim() === "") return [];
    try {
      return [JSON.parse(line) as unknown];
    } catch (error) {
      throw new WaybillError(
        "bad-usage",
        `Line ${at + 1} of the ${what} in ${file} is no JSON: ${said(error)}.`,
        "One of them on each line (JSONL).",
        { cause: error },
      );
    }
  });
}
