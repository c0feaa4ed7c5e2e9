import { byKey, type Integration, integration, type Json, type PollOptions, poll, system } from "waybill";
import { z } from "zod";

// Polls that are wrong on purpose, each in a way that tests with three records never show.

const people = system("people-misread", { baseUrl: "https://people.example.com" });
const crm = system("crm-misread", { baseUrl: "https://crm.example.com" });
const Contact = z.object({ id: z.string().min(1), name: z.string().min(1) });
const Page = z.object({ items: z.array(z.unknown()), next: z.string().nullable(), as_of: z.string() });
const Changed = z.object({ contacts: z.array(z.looseObject({ changed: z.string() })) });

const contacts = <Cursor extends Json>(name: string, options: Omit<PollOptions<Cursor>, "every">): Integration =>
  integration(name, {
    source: poll<Cursor>({ every: "5m", ...options }),
    contract: Contact,
    identify: ({ id }) => ({ id }),
    async deliver(contact, { effect }) {
      await effect("tell", crm.post("/contacts", { json: contact, idempotency: byKey() }));
    },
  });

/** Of a large page it returns a part, and its cursor is that of the whole page. */
export const runsAhead = contacts<string>("runs-ahead", {
  async fetch({ cursor, call }) {
    const page = await call(people.get("/contacts", { query: { since: cursor ?? "" }, expect: Page }));
    return { records: page.items.slice(0, 5), cursor: page.next ?? page.as_of, more: page.next !== null };
  },
});

/** Where to go on is the time on its own clock, after the answer came. */
export const ownClock = contacts<number>("own-clock", {
  async fetch({ cursor = 0, call }) {
    const { contacts: records } = await call(people.get("/changed", { query: { since: cursor }, expect: Changed }));
    return { records, cursor: Date.now() };
  },
  simulate: ({ records, request }) => ({
    contacts: records
      .filter(({ atMs }) => atMs > Number(request.query.since))
      .map(({ value, atMs }) => ({ ...value, changed: new Date(atMs).toISOString() })),
  }),
});

/** It stops at the first page, and goes on after the last one. */
export const firstPage = contacts<string>("first-page", {
  async fetch({ cursor, call }) {
    const page = await call(people.get("/contacts", { query: { since: cursor ?? "" }, expect: Page }));
    return { records: page.items, cursor: page.as_of };
  },
});

/** Where a page ends between two that changed at the same moment, the second one is passed over. */
export const splitsMoments = contacts<string>("splits-moments", {
  async fetch({ cursor, call }) {
    const query = { since: cursor ?? "" };
    const { contacts: records } = await call(people.get("/changed", { query, expect: Changed }));
    return { records, cursor: records.at(-1)?.changed ?? query.since, more: records.length > 0 };
  },
  simulate: ({ records, request, pageSize }) => ({
    contacts: records
      .map(({ value, atMs }) => ({ ...value, changed: new Date(atMs).toISOString() }))
      .filter(({ changed }) => changed > (request.query.since ?? ""))
      .slice(0, pageSize),
  }),
});

/** A page that fails is skipped. */
export const skipsFailures = contacts<number>("skips-failures", {
  async fetch({ cursor = 0 }) {
    const rows = await fetch(`https://legacy.example.com/rows?from=${cursor}`)
      .then((answer) => answer.json())
      .catch(() => undefined);
    const records = Array.isArray(rows) ? rows : [];
    return { records, cursor: cursor + (rows === undefined ? 1 : records.length), more: records.length > 0 };
  },
  simulate: ({ records, request: { query }, pageSize }) =>
    records.slice(Number(query.from), Number(query.from) + pageSize).map(({ value }) => value),
});

/** One contact that breaks the contract makes its whole page one that is not expected, for ever. */
export const heldUp = contacts<string>("held-up", {
  async fetch({ cursor, call }) {
    const expect = Page.extend({ items: z.array(Contact) });
    const page = await call(people.get("/contacts", { query: { since: cursor ?? "" }, expect }));
    return { records: page.items, cursor: page.next ?? page.as_of, more: page.next !== null };
  },
});

export const all: readonly Integration[] = [runsAhead, ownClock, firstPage, splitsMoments, skipsFailures, heldUp];
