import { type Context, Hono } from "hono";
import { balanceOf } from "../flow/books.ts";
import type { How, MoveOptions, Person } from "../flow/inboxes.ts";
import { groupView, recordView, wholeView } from "../flow/views.ts";
import type { RecordFilter } from "../ledger/ledger.ts";
import { WaybillError } from "../model/errors.ts";
import { decodeJson } from "../model/json.ts";
import { allStates, type Cause, type State } from "../model/record.ts";
import { pushFeed } from "../sources/feeds.ts";
import type { Item } from "../sources/item.ts";
import { itemOfJson, linesOf } from "../sources/push.ts";
import type { AppParts } from "./app.ts";
import { bodyBytes } from "./body.ts";

const bodyBytesMax = 64_000_000;
const actionBytesMax = 1_000_000;
const pageRows = 50;
const pageRowsMax = 1_000;

/** The operations API, `/v1`: what the commands show and do, as the same JSON. */
export function operationsApi(parts: AppParts): Hono {
  const { ledger, integrations, inboxes, secrets } = parts;
  const api = new Hono();

  api.get("/balance", async (context) =>
    context.json(await balanceOf(ledger, integrations.keys(), context.req.query("integration"))),
  );
  api.get("/records", async (context) => {
    const { rows, next } = await ledger.find(filterOf(context));
    return context.json({ records: rows.map((row) => recordView(row, secrets.redact)), next: next ?? null });
  });
  api.get("/records/:record", async (context) => {
    const record = context.req.param("record");
    const whole = await ledger.record(record);
    if (whole === undefined) throw unknownRecord(record);
    return context.json(wholeView(whole, secrets.redact));
  });
  for (const inbox of ["quarantined", "dead", "held"] as const) {
    api.get(`/${inbox === "quarantined" ? "quarantine" : inbox}`, async (context) => {
      const groups = await ledger.inbox([inbox], context.req.query("integration"));
      return context.json({ groups: groups.map((group) => groupView(group, secrets.redact)) });
    });
  }
  api.get("/systems", (context) => context.json({ systems: parts.systems.state() }));
  api.get("/refusals", async (context) => {
    const rows = await ledger.refusals(context.req.query("source"));
    return context.json({
      refusals: rows.map(({ firstAtMs, lastAtMs, ...row }) => ({
        ...row,
        firstAt: iso(firstAtMs),
        lastAt: iso(lastAtMs),
      })),
    });
  });
  api.post("/integrations/:name/records", async (context) =>
    context.json({ results: await handIn(context, parts) }, 202),
  );

  api.post("/records/:record/:action", async (context) => {
    const record = context.req.param("record");
    const action = context.req.param("action");
    const body = await actionBody(context);
    const person: Person = { actor: textOf(body.actor) ?? "api", why: textOf(body.why) };
    const options: MoveOptions = { overtaken: body.overtaken === true };
    switch (action) {
      case "release":
        return context.json(await inboxes.release(record, person, options));
      case "replay":
        return context.json(await inboxes.replay(record, person, options));
      case "resolve":
        return context.json(await inboxes.resolve(record, person, howOf(body), options));
      case "discard":
        return context.json(await inboxes.discard(record, person));
      case "end":
        return context.json(await inboxes.end(record, person));
      default:
        throw new WaybillError(
          "bad-usage",
          `There is no action "${action}".`,
          "release, replay, resolve, discard or end.",
        );
    }
  });
  return api;
}

type RowResult =
  | { readonly record: string; readonly state: string }
  | { readonly error: { readonly code: string; readonly message: string } };

/** Records handed in: JSON for one, NDJSON for many. A line that cannot be read spoils only itself. */
async function handIn(context: Context, parts: AppParts): Promise<readonly RowResult[]> {
  const name = context.req.param("name") ?? "";
  const known = parts.integrations.get(name);
  if (known === undefined) {
    throw new WaybillError(
      "unknown-integration",
      `There is no integration "${name}".`,
      `There are: ${[...parts.integrations.keys()].join(", ")}.`,
    );
  }
  const bytes = await bodyBytes(context.req.raw, bodyBytesMax);
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  const many = /ndjson|jsonl|jsonlines/.test(context.req.header("content-type") ?? "");
  const results: RowResult[] = [];
  const items: { readonly item: Item; readonly at: number }[] = [];
  for (const line of many ? linesOf(text) : [{ item: itemOfJson(text) }]) {
    if ("item" in line) items.push({ item: line.item, at: results.length });
    results.push(
      "item" in line ? { record: "", state: "" } : { error: { code: line.error.code, message: line.error.message } },
    );
  }
  const taken = await parts.intake.take(
    pushFeed(known.definition),
    items.map(({ item }) => item),
  );
  if (taken.kind !== "taken") throw new WaybillError("ledger-failed", "What came was not taken.");
  for (const [index, { at }] of items.entries()) {
    const row = taken.items[index]?.[0];
    if (row !== undefined) results[at] = { record: row.record, state: row.state };
  }
  return results;
}

function filterOf(context: Context): RecordFilter {
  const query = context.req.query();
  const limit = Number(query.limit ?? pageRows);
  if (!Number.isInteger(limit) || limit < 1 || limit > pageRowsMax) {
    throw new WaybillError("bad-usage", `limit is ${query.limit}.`, `A whole number from 1 to ${pageRowsMax}.`);
  }
  const sinceMs = query.since === undefined ? undefined : Date.parse(query.since);
  if (Number.isNaN(sinceMs)) throw new WaybillError("bad-usage", `since is ${query.since}.`, "An ISO date and time.");
  const states = query.state?.split(",");
  const wrong = states?.find((state) => !(allStates as readonly string[]).includes(state));
  if (wrong !== undefined) throw new WaybillError("bad-usage", `There is no state "${wrong}".`, allStates.join(", "));
  return {
    integration: query.integration,
    tenant: query.tenant,
    states: states as State[] | undefined,
    cause: query.cause as Cause | undefined,
    key: query.key,
    id: query.id,
    entity: query.entity,
    search: query.search,
    sinceMs,
    limit,
    before: query.next ?? query.before,
  };
}

async function actionBody(context: Context): Promise<Readonly<Record<string, unknown>>> {
  const bytes = await bodyBytes(context.req.raw, actionBytesMax);
  const body = bytes.byteLength === 0 ? {} : decodeJson(bytes);
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new WaybillError(
      "bad-usage",
      "The body of an action is a JSON object.",
      'Such as {"why": "the customer exists now"}.',
    );
  }
  return body as Readonly<Record<string, unknown>>;
}

function howOf(body: Readonly<Record<string, unknown>>): How {
  const effect = textOf(body.effect);
  const of = effect === undefined ? {} : { effect };
  if ("applied" in body) return { kind: "applied", result: body.applied, ...of };
  if (body.notApplied === true) return { kind: "not-applied", ...of };
  for (const kind of ["keep", "redo", "reread"] as const) if (body[kind] === true) return { kind };
  throw new WaybillError(
    "bad-usage",
    "resolve has to be told how.",
    'One of {"applied": {…}}, {"notApplied": true}, {"keep": true}, {"redo": true}, {"reread": true}.',
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value.slice(0, 1_000) : undefined;
}

function unknownRecord(record: string): WaybillError {
  return new WaybillError("unknown-record", `There is no record "${record}".`, "GET /v1/records lists them.");
}

const iso = (ms: number): string => new Date(ms).toISOString();
