import type { Cause, Issue } from "../../model/record.ts";
import type { Arrival, Claimed, IntakeRow, Taken } from "../ledger.ts";
import { claimedAtIntake } from "./claimed.ts";
import type { Desk } from "./desk.ts";
import type { BookRow } from "./keepers.ts";
import { recordId } from "./numbers.ts";
import type { RowState } from "./records.ts";
import { type Wish, wishOf } from "./uniques.ts";

/** One row on its way in. */
export interface Coming {
  readonly arrival: Arrival;
  readonly row: IntakeRow;
  readonly book: BookRow;
  /** The arrival's payload is stored once, under the first record that it makes. */
  readonly stored: { payload: number | undefined };
  /** When its arrival came: all its records draw their numbers from then, so that they are neighbours. */
  readonly atMs: number;
  /** May be claimed in this same commit. */
  readonly claim: boolean;
}

/** What became of it. */
export interface Fate {
  readonly record: number;
  readonly state: Taken["state"];
  readonly duplicate: boolean;
  readonly claimed: Claimed | undefined;
}

interface Starting {
  readonly state: RowState;
  readonly cause: Cause | undefined;
  readonly reason: string | undefined;
  readonly issues?: readonly Issue[] | undefined;
}

/** Stores a new record, which has its mark already: payload, row, and its place in the queue of its key. */
export function storing(desk: Desk): (coming: Coming, record: number, as: Starting) => Fate {
  const { words, records, due, backlog, versions, entities, overtaken, uniques, traces } = desk;

  /** The key that it is kept in order by: an entity stays with its first one. */
  function placeOf({ row, book }: Coming): { readonly key: string; readonly keyHash: number } | undefined {
    const { identity, loading } = row;
    return identity?.keyGiven === true ? entities.keyOf(book.book, identity, row.receivedAtMs) : (identity ?? loading);
  }

  /** Claimed at once, or behind its key's head, or first of it; or its turn comes when the backlog is read. */
  function queue(coming: Coming, record: number, keyHash: number): "claimed" | "queued" | "first" | "backlog" {
    const { book, row } = coming;
    const claim = coming.claim && !backlog.waits(book.book, record);
    if (backlog.kept && !claim) {
      backlog.add(book.book, record);
      return "backlog";
    }
    const queued = { record, book: book.book, keyHash, strict: row.strict };
    if (claim && due.start(queued, row.receivedAtMs)) return "claimed";
    const dueRow = due.of(keyHash);
    const behind = due.standsBehind(dueRow, record);
    due.join(dueRow, queued, row.receivedAtMs);
    return behind ? "queued" : "first";
  }

  /** Where it starts: what waits may come too late, or have a value that is another entity's. */
  function startOf({ row }: Coming, record: number, as: Starting, wish: Wish | undefined): Starting {
    const { identity } = row;
    if (as.state !== "waiting" || identity === undefined) return as;
    const { entityHash, version } = identity;
    if (version !== undefined && versions.overtaken(record, entityHash, version))
      return { state: "superseded", cause: "newer-version", reason: "a newer version had come" };
    return uniques.other(wish) ?? as;
  }

  return (coming, record, as) => {
    const { arrival, row, book, stored } = coming;
    const { identity } = row;
    const place = placeOf(coming);
    const wish = wishOf(row);
    const start = startOf(coming, record, as, wish);
    const { state, cause, reason } = start;
    const version = state === "quarantined" ? undefined : identity?.version;
    const queued = state === "waiting" && place !== undefined ? queue(coming, record, place.keyHash) : undefined;

    if (stored.payload === undefined) {
      stored.payload = record;
      records.insertPayload(record, arrival.raw);
    }
    records.insert({
      record,
      book: book.book,
      state,
      cause,
      reason,
      issues: start.issues ?? row.issues,
      source: words.number(arrival.source),
      contract: words.number(row.contract),
      payload: stored.payload,
      identity,
      key: place?.key,
      keyHash: place?.keyHash,
      receivedAtMs: row.receivedAtMs,
      queued: queued === "queued",
      ahead: queued === "backlog",
      strict: row.strict,
      loading: row.loading !== undefined,
      origin: arrival.origin === undefined ? undefined : words.number(arrival.origin.text),
      line: arrival.origin?.line,
    });
    if (wish !== undefined && state === "waiting") uniques.claim(wish, record);
    if (row.content !== undefined) records.setContent(record, row.content, undefined);
    if (arrival.trace !== undefined) traces.keep(record, arrival.trace);
    if (state === "quarantined" && place !== undefined) overtaken.watch(place.keyHash);
    if (identity !== undefined && version !== undefined) {
      versions.supersedeOlder(identity.entityHash, version, row.receivedAtMs);
    }
    if (queued !== "claimed" || place === undefined) return { record, state, duplicate: false, claimed: undefined };
    const memory = book.remembers && identity !== undefined ? entities.memory(identity.entityHash) : undefined;
    const claimed = claimedAtIntake(arrival, row, recordId(record), place, memory);
    return { record, state: "delivering", duplicate: false, claimed };
  };
}
