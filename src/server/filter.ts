import { outcomesNamed, statusRange } from "../flow/call-views.ts";
import type { CallFilter, FindOptions, RecordFilter } from "../ledger/ledger.ts";
import { didYouMean } from "../model/did-you-mean.ts";
import { type Duration, durationMs } from "../model/duration.ts";
import { WaybillError } from "../model/errors.ts";
import { allStates, type Cause, type State } from "../model/record.ts";

// Filters as they stand in a query: ?state=dead,held&since=7d&limit=20.

const rowsDefault = 50;
const rowsMax = 1_000;

/** What a filter may name. */
export const conditions: readonly string[] = [
  "integration",
  "tenant",
  "cause",
  "key",
  "id",
  "entity",
  "search",
  "since",
  "path",
  "message",
];
const names = [...conditions, "state", "limit", "next"];

/** @throws {WaybillError} `bad-usage`: a filter that is quietly ignored would show records that nobody asked for. */
export function filterOf(query: URLSearchParams, nowMs: number): FindOptions {
  checkNames(query, names);
  const text = (name: string): string | undefined => query.get(name) ?? undefined;
  return {
    integration: text("integration"),
    tenant: text("tenant"),
    states: statesOf(query.getAll("state")),
    // A cause that does not exist selects nothing, as an id that does not exist does.
    cause: text("cause") as Cause | undefined,
    key: text("key"),
    id: text("id"),
    entity: text("entity"),
    search: text("search"),
    sinceMs: sinceMsOf(text("since"), nowMs),
    path: text("path"),
    message: text("message"),
    limit: limitOf(text("limit")),
    before: text("next"),
  };
}

/** The same without pages: for what is told whole. */
export function filterOfAll(query: URLSearchParams, nowMs: number, more: readonly string[]): RecordFilter {
  checkNames(query, [...names.filter((name) => name !== "limit" && name !== "next"), ...more]);
  const filter = new URLSearchParams([...query].filter(([name]) => !more.includes(name)));
  const { limit: _limit, before: _before, ...all } = filterOf(filter, nowMs);
  return all;
}

const callNames = ["record", "system", "tenant", "integration", "status", "outcome", "since", "limit", "next", "all"];

/** The same for the log of calls. */
export function callFilterOf(query: URLSearchParams, nowMs: number): CallFilter {
  checkNames(query, callNames);
  const text = (name: string): string | undefined => query.get(name) ?? undefined;
  return {
    record: text("record"),
    system: text("system"),
    tenant: text("tenant"),
    integration: text("integration"),
    status: statusRange(text("status")),
    outcomes: outcomesNamed(text("outcome")),
    sinceMs: sinceMsOf(text("since"), nowMs),
    limit: limitOf(text("limit")),
    before: text("next"),
    all: yesOf("all", text("all")),
  };
}

function yesOf(name: string, given: string | undefined): boolean {
  if (given === undefined || given === "false") return false;
  if (given === "true") return true;
  throw usage(`${name} is ${JSON.stringify(given.slice(0, 100))}.`, "true or false.");
}

/** Refuses query parameters that are none of these. */
export function checkNames(query: URLSearchParams, known: readonly string[]): void {
  for (const name of query.keys()) {
    if (known.includes(name)) continue;
    throw usage(`There is no parameter ${JSON.stringify(name.slice(0, 100))}.`, didYouMean(name, known, "parameters"));
  }
}

function statesOf(given: readonly string[]): readonly State[] | undefined {
  if (given.length === 0) return undefined;
  return given
    .flatMap((list) => list.split(","))
    .map((state) => {
      if ((allStates as readonly string[]).includes(state)) return state as State;
      throw usage(`There is no state ${JSON.stringify(state.slice(0, 100))}.`, didYouMean(state, allStates, "states"));
    });
}

function sinceMsOf(since: string | undefined, nowMs: number): number | undefined {
  if (since === undefined) return undefined;
  if (/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(since)) return nowMs - durationMs(since as Duration);
  const atMs = /^\d{4}-\d{2}-\d{2}/.test(since) ? Date.parse(since) : Number.NaN;
  if (!Number.isNaN(atMs)) return atMs;
  throw usage(
    `since is ${JSON.stringify(since.slice(0, 100))}.`,
    "A length of time (7d), or an instant (2026-01-31T00:00:00Z).",
  );
}

function limitOf(limit: string | undefined): number {
  if (limit === undefined) return rowsDefault;
  if (/^\d{1,4}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= rowsMax) return Number(limit);
  throw usage(`limit is ${JSON.stringify(limit.slice(0, 100))}.`, `A whole number from 1 to ${rowsMax}.`);
}

function usage(message: string, hint: string): WaybillError {
  return new WaybillError("bad-usage", message, hint);
}
