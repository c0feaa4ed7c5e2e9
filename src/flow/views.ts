import type { InboxGroup, RecordRow, RecordWhole, StoredEffect, TimelineEntry } from "../ledger/ledger.ts";
import { decodeText } from "../model/charset.ts";
import { decode } from "../model/codec.ts";
import { parseTraceparent } from "../model/traceparent.ts";
import type { StoredRequest } from "../systems/port.ts";
import { acceptanceOf } from "./acceptance.ts";

// How records are shown, as JSON: by the command line, the operations API and the pages alike. Redaction of secrets happens here, on the way out.

/** Replaces every known secret in a text. */
export type Redact = (text: string) => string;

const isoTime = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());

export interface RecordView {
  readonly record: string;
  readonly integration: string;
  readonly tenant?: string;
  readonly id: string | null;
  readonly entity: string | null;
  readonly key: string | null;
  readonly state: string;
  readonly cause: string | null;
  readonly reason: string | null;
  readonly receivedAt: string | null;
  readonly settledAt: string | null;
  readonly nextAt: string | null;
  readonly attempts: number;
}

/** One line of `records`. */
export function recordView(row: RecordRow, redact: Redact): RecordView {
  return {
    record: row.record,
    integration: row.integration,
    ...(row.tenant === "" ? {} : { tenant: row.tenant }),
    id: row.id ?? null,
    entity: row.entity ?? null,
    key: row.key ?? null,
    state: row.state,
    cause: row.cause ?? null,
    reason: row.reason === undefined ? null : redact(row.reason),
    receivedAt: isoTime(row.receivedAtMs),
    settledAt: isoTime(row.settledAtMs),
    nextAt: row.state === "waiting" ? isoTime(row.nextAtMs) : null,
    attempts: row.attempts,
  };
}

/** Everything about one record, as `show` tells it. */
export function wholeView(whole: RecordWhole, redact: Redact): Readonly<Record<string, unknown>> {
  const raw = whole.raw === undefined ? null : rawText(whole.raw);
  return {
    ...recordView(whole, redact),
    source: whole.source,
    ...(whole.origin === undefined ? {} : { origin: originView(whole.origin) }),
    ...traceView(whole.trace),
    version: whole.version ?? null,
    issues: whole.issues?.map((issue) => ({ ...issue, found: redact(issue.found) })) ?? [],
    payload: redacted(payloadOf(whole, raw), redact),
    raw: raw === null ? null : redact(raw),
    original: whole.original === undefined ? null : redact(rawText(whole.original)),
    revision: whole.revision,
    timeline: timelineOf(whole, redact),
    effects: whole.effects.map((effect) => effectView(effect, redact)),
  };
}

/** What it is to be looked for under, where its trace was recorded. */
function traceView(traceparent: string | undefined): { readonly trace?: string } {
  const trace = parseTraceparent(traceparent)?.traceId;
  return trace === undefined ? {} : { trace };
}

/** File, line, and how the file was read. */
function originView({ text, line }: NonNullable<RecordWhole["origin"]>): Readonly<Record<string, unknown>> {
  const { file, ...reading } = JSON.parse(text) as { readonly file: string };
  return { file, line, ...reading };
}

/** One group of an inbox. */
export function groupView(group: InboxGroup, redact: Redact): Readonly<Record<string, unknown>> {
  return {
    integration: group.integration,
    ...(group.tenant === "" ? {} : { tenant: group.tenant }),
    cause: group.cause,
    ...(group.message === undefined ? {} : { path: group.path ?? "", message: redact(group.message) }),
    count: group.count,
    firstAt: isoTime(group.firstAtMs),
    lastAt: isoTime(group.lastAtMs),
    reason: group.reason === undefined ? null : redact(group.reason),
    sample: group.sample,
  };
}

function payloadOf(whole: RecordWhole, raw: string | null): unknown {
  try {
    if (whole.content !== undefined) return jsonSafe(decode(whole.content));
    return raw === null ? null : jsonSafe(decode(raw));
  } catch {
    return raw;
  }
}

function rawText(raw: Uint8Array): string {
  try {
    return decodeText(raw);
  } catch {
    return Buffer.from(raw).toString("latin1");
  }
}

/** JSON has no bigint: its digits, as text. */
function jsonSafe(value: unknown): unknown {
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? part.toString() : part));
  return text === undefined ? null : (JSON.parse(text) as unknown);
}

/** Redacts every text inside a JSON value. */
function redacted(value: unknown, redact: Redact): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((one) => redacted(one, redact));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, redacted(one, redact)]));
}

export interface TimelineView {
  readonly at: string | null;
  readonly what: string;
  readonly actor?: string;
  readonly detail?: unknown;
}

/** What failed and what persons did is stored; what went as it should is told from the record and its effects. */
function timelineOf(whole: RecordWhole, redact: Redact): readonly TimelineView[] {
  const told: { atMs: number; view: TimelineView }[] = [
    {
      atMs: whole.receivedAtMs,
      view: { at: isoTime(whole.receivedAtMs), what: "received", detail: { source: whole.source } },
    },
    ...whole.timeline.map((entry) => ({ atMs: entry.atMs, view: entryView(entry, redact) })),
    ...whole.effects
      .filter((effect) => effect.doneAtMs !== undefined && effect.madeBy === whole.record)
      .map((effect) => ({
        atMs: effect.doneAtMs as number,
        view: {
          at: isoTime(effect.doneAtMs),
          what: "effect-done",
          detail: { effect: effect.name, attempts: effect.attempts },
        },
      })),
  ];
  const last = whole.settledAtMs;
  if (last !== undefined && !whole.timeline.some(({ what }) => what === whole.state)) {
    told.push({ atMs: last, view: { at: isoTime(last), what: whole.state } });
  }
  // A stable sort: what happened in the same millisecond stays in the order in which it was written.
  return told.sort((a, b) => a.atMs - b.atMs).map(({ view }) => view);
}

function entryView(entry: TimelineEntry, redact: Redact): TimelineView {
  return {
    at: isoTime(entry.atMs),
    what: entry.what,
    ...(entry.actor === undefined ? {} : { actor: entry.actor }),
    ...(entry.detail === undefined ? {} : { detail: redacted(JSON.parse(entry.detail), redact) }),
  };
}

function effectView(effect: StoredEffect, redact: Redact): Readonly<Record<string, unknown>> {
  // Pruned, or forgotten.
  const request = effect.request === "" ? undefined : (JSON.parse(effect.request) as StoredRequest);
  return {
    name: effect.name,
    per: effect.per,
    state: effect.state,
    how: effect.how,
    generation: effect.generation,
    attempts: effect.attempts,
    idempotencyKey: effect.idempotencyKey,
    firstSentAt: effect.firstSentMs === 0 ? null : isoTime(effect.firstSentMs),
    doneAt: isoTime(effect.doneAtMs),
    why: effect.why === undefined ? null : redact(effect.why),
    madeBy: effect.madeBy,
    request: request === undefined ? null : redacted(requestView(request), redact),
    result: effect.result === undefined ? null : redacted(jsonSafe(decode(effect.result)), redact),
    answer: redacted(answerView(effect), redact),
  };
}

/** The answer as far as it is stored; of one that only accepts, when its job is asked for next. */
function answerView(effect: StoredEffect): unknown {
  const acceptance = acceptanceOf(effect);
  if (acceptance === undefined) return effect.answer === undefined ? null : JSON.parse(effect.answer);
  const { accepted, acceptedAtMs, nextCheckMs, ...rest } = acceptance;
  return {
    accepted: jsonSafe(decode(accepted)),
    ...rest,
    acceptedAt: isoTime(acceptedAtMs),
    nextCheckAt: isoTime(nextCheckMs),
  };
}

/** Names of headers and parameters whose values are nobody's business. */
const sensitive = /authorization|cookie|token|secret|password|api-?key|signature/i;

function requestView(request: StoredRequest): unknown {
  const shown = (pairs: StoredRequest["query"]): Record<string, unknown> =>
    Object.fromEntries(
      pairs.map(([name, value]) => [
        name,
        typeof value !== "string" ? `[secret ${value.secret}]` : sensitive.test(name) ? "[redacted]" : value,
      ]),
    );
  const { body } = request;
  return {
    system: request.system,
    method: request.method,
    path: request.path,
    ...(request.query.length === 0 ? {} : { query: shown(request.query) }),
    headers: shown(request.headers),
    ...(request.parts === undefined ? {} : { parts: request.parts }),
    body: body === undefined ? null : body.kind === "json" ? parsedOr(body.text) : body.text,
  };
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
