import "../node-version.ts";
import { readFileSync } from "node:fs";
import type { Integration } from "../define/definition.ts";
import { said, WaybillError } from "../model/errors.ts";
import { notExercisedIn } from "./not-exercised.ts";
import { type RehearsalReport, type Rehearsed, reportOf } from "./report.ts";
import { replaceGlobals } from "./scope/within.ts";

export type { RehearsalFailure, RehearsalReport, RehearsedPromise } from "./report.ts";

/** How a rehearsal runs. */
export interface RehearseOptions {
  /** How many nights are simulated; 200 by default. */
  nights?: number;
  /** The same seed gives the same nights; 1 by default. */
  seed?: number;
  /** A file of sample records (JSONL) to start from; without it they are made from the contract. */
  from?: string;
  /** Told after each night, with the number of nights that are over. */
  onNight?: (nights: number) => void;
}

const nightsDefault = 200;
const nightsMax = 1_000_000;

/**
 * Rehearses integrations in simulated bad nights, and checks the promises in each: the real flow, systems and ledger, on a virtual clock and over a
 * simulated network, with your code as it is written. Nothing leaves the process, and the same seed gives the same history.
 *
 * @throws {WaybillError} `bad-usage` for options that are none, and where no records can be made: the contract has no JSON Schema, or nothing made from it
 * meets it (give samples: `from`).
 * @example
 * const report = await rehearse(orders, { nights: 1_000, seed: 7 });
 * assert.ok(report.ok, report.summary);
 */
export async function rehearse(
  integrations: Integration | readonly Integration[],
  options: RehearseOptions = {},
): Promise<RehearsalReport> {
  const nights = whole("nights", options.nights ?? nightsDefault, nightsMax);
  const seed = whole("seed", options.seed ?? 1, 0xffff_ffff);
  const samples = options.from === undefined ? undefined : samplesIn(options.from);
  // An old Node, which has no SQLite, has been told so by now.
  const { playNights } = await import("./nights.ts");
  const all: Rehearsed[] = [];
  const putBack = replaceGlobals();
  try {
    for (const integration of [integrations].flat()) {
      refuseTenants(integration);
      const played = await playNights(integration, { nights, seed, samples, onNight: options.onNight });
      const notExercised = notExercisedIn(integration.definition, played.seen);
      all.push({ integration: integration.name, nights: played, notExercised });
    }
  } finally {
    putBack();
  }
  return reportOf(all, { nights, seed });
}

function whole(name: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new WaybillError("bad-usage", `rehearse: ${name} is ${value}.`, `Give a whole number from 1 to ${most}.`);
}

function refuseTenants({ name, definition }: Integration): void {
  if (definition.per === undefined) return;
  throw new WaybillError(
    "not-available",
    `"${name}" cannot be rehearsed: this version of Waybill rehearses no integrations that run for each of several tenants.`,
    'Rehearse the same definition without "per".',
  );
}

/** @throws {WaybillError} `bad-usage` */
function samplesIn(file: string): readonly unknown[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new WaybillError("bad-usage", `The samples in ${file} cannot be read: ${said(error)}.`, undefined, {
      cause: error,
    });
  }
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line, at) => {
      try {
        return JSON.parse(line) as unknown;
      } catch (error) {
        throw new WaybillError(
          "bad-usage",
          `Sample ${at + 1} in ${file} is no JSON: ${said(error)}.`,
          "One record on each line (JSONL).",
          { cause: error },
        );
      }
    });
}
