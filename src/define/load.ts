import { WaybillError } from "../model/errors.ts";
import {
  checkFunction,
  checkOptions,
  checkPlainFunction,
  checkRequired,
  type Declared,
  refuse,
  shown,
} from "../model/options.ts";
import type { AnyChange, HttpChange, Read } from "./request.ts";

// Thin webhooks only say that something changed. What is then read is always the entity as it is now, so notices may come late, twice or in any order.

/** What a `load` works with. */
export interface LoadTools {
  call: <T>(request: Read<T>) => Promise<T>;
  signal: AbortSignal;
  tenant: unknown;
}

/** Fetches the whole entity for a source that only says what changed. */
export interface Load {
  /** Which entity the notice is about: one of an entity is loaded at a time. */
  entity: (notice: unknown) => string;
  /** Gives the record that the contract then checks, or the read that does. Failing is tried again. */
  fetch: (notice: unknown, tools: LoadTools) => Promise<unknown> | Read<unknown>;
}

/**
 * The short form: the read that gets the entity. Its address names the entity.
 *
 * @example load: (notice) => books.get(path`/invoices/${Notice.parse(notice).id}`, { expect: Invoice })
 */
export type LoadRead = (notice: unknown) => Read<unknown>;

const known = { entity: true, fetch: true } satisfies Record<keyof Load, true>;

/** A `load` as declared, checked. */
export function loadFrom(thing: Declared, given: Load | LoadRead | undefined): Load | undefined {
  if (given === undefined) return undefined;
  if (typeof given === "function") {
    if (given.constructor.name === "AsyncFunction")
      refuse(
        thing,
        "load is an async function, and a read is expected.",
        "Return the read unawaited: (notice) => books.get(…); or declare load: { entity, fetch }.",
      );
    return { entity: (notice) => addressOf(readBy(given, notice)), fetch: (notice) => readBy(given, notice) };
  }
  if (typeof given !== "object" || given === null) {
    refuse(
      thing,
      `load is ${shown(given)}.`,
      "Give the read that gets the entity: (notice) => books.get(…); or { entity, fetch }.",
    );
  }
  checkOptions(thing, given, known, "load");
  const needs = {
    entity: "Which entity a notice is about: one of an entity is loaded at a time.",
    fetch: "async fetch(notice, { call }) gives the record.",
  };
  checkRequired(thing, given, needs, "load");
  checkPlainFunction(thing, "load.entity", given.entity);
  checkFunction(thing, "load.fetch", given.fetch);
  return given;
}

/** Whether it is a request that changes nothing, as `get` makes it. */
export function isRead(value: unknown): value is Read<unknown> & HttpChange {
  const change = value as AnyChange | undefined | null;
  return (
    typeof change === "object" && change !== null && change.kind === "read" && "how" in change && change.how === "http"
  );
}

function readBy(load: LoadRead, notice: unknown): Read<unknown> & HttpChange {
  const read: unknown = load(notice);
  if (isRead(read)) return read;
  throw new WaybillError(
    "effect-misused",
    `load returned ${shown(read)}, and a read is expected.`,
    "Return what get() or query() of a system makes, unawaited; or declare load: { entity, fetch }.",
  );
}

function addressOf({ system, path, query }: HttpChange): string {
  return `${system.name} ${path}${query === undefined ? "" : `?${JSON.stringify(query)}`}`;
}
