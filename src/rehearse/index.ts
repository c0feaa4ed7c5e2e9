import "../node-version.ts";
import type { Integration } from "../define/definition.ts";
import { WaybillError } from "../model/errors.ts";
import { jsonLinesIn } from "./json-lines.ts";
import type { RehearsedWorld } from "./night/world.ts";
import { notExercisedIn } from "./not-exercised.ts";
import { type RehearsalReport, type Rehearsed, reportOf } from "./report.ts";
import { replaceGlobals } from "./scope/within.ts";
import { forTenants } from "./tenants.ts";

export { rehearsalHtml } from "./card.ts";
export type { RehearsedEffect, RehearsedRecord, RehearsedWorld } from "./night/world.ts";
export type { RehearsalFailure, RehearsalReport, RehearsedPromise } from "./report.ts";

/** How a rehearsal runs. */
export interface RehearseOptions {
  /** How many nights are simulated; 200 by default. */
  nights?: number;
  /** The same seed gives the same nights; 1 by default. */
  seed?: number;
  /** A file of sample records (JSONL) to start from; without it they are made from the contract. */
  from?: string;
  /** The tenants of the rehearsal, as their list would have them; without it the first few of a list that is no function. */
  tenants?: readonly unknown[];
  /**
   * Looks at what each night came to, once everything has settled, and throws where that is not right. Its message becomes the end of the story.
   */
  check?: (world: RehearsedWorld) => unknown;
  /** Told after each night, with the number of nights that are over. */
  onNight?: (nights: number) => void;
}

const nightsDefault = 200;
const nightsMax = 1_000_000;

/**
 * Rehearses integrations in simulated bad nights, and checks the promises in each: the real flow, systems and ledger, on a virtual clock and over a
 * simulated network, with your code as it is written. Nothing leaves the process, and the same seed gives the same history.
 *
 * @throws {WaybillError} `bad-usage` for options that are none, where no records can be made (the contract has no JSON Schema, or nothing made from it
 * meets it: give samples, `from`), and where nobody says who the tenants are.
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
  const samples = options.from === undefined ? undefined : jsonLinesIn(options.from, "samples");
  // An old Node, which has no SQLite, has been told so by now.
  const { playNights } = await import("./nights.ts");
  const all: Rehearsed[] = [];
  const putBack = replaceGlobals();
  try {
    for (const integration of [integrations].flat()) {
      const { integration: own, tenants } = forTenants(integration, options.tenants);
      const { check, onNight } = options;
      const played = await playNights(own, { nights, seed, samples, tenants, check, onNight });
      const notExercised = notExercisedIn(integration.definition, played);
      all.push({ integration: integration.name, nights: played, notExercised });
    }
  } finally {
    putBack();
  }
  return reportOf(all, { nights, seed, checked: options.check !== undefined });
}

function whole(name: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new WaybillError("bad-usage", `rehearse: ${name} is ${value}.`, `Give a whole number from 1 to ${most}.`);
}
