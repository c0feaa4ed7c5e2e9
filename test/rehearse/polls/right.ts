import { byKey, type Integration, integration, poll, push, rate, system, tenants } from "waybill";
import { z } from "zod";

// Polls that are right, each in another dialect: what a rehearsal must not object to.

const people = system("people-read", { baseUrl: "https://people.example.com/v2", limits: [rate(100, "10s")] });
const crm = system("crm-told", { baseUrl: "https://crm.example.com" });

export const Contact = z.object({ id: z.string().min(1), name: z.string().min(1), email: z.email().nullable() });
type Contact = z.infer<typeof Contact>;

const told = {
  contract: Contact,
  identify: ({ id }: Contact) => ({ id }),
  async deliver(contact: Contact, { effect }: Parameters<Integration["definition"]["deliver"]>[1]): Promise<void> {
    await effect("tell", crm.post("/contacts", { json: contact, idempotency: byKey() }));
  },
};

const Next = z.object({ items: z.array(z.unknown()), next: z.string().nullable(), as_of: z.string() });

/** Derived: the next page while there is one, and where everything ends. */
export const byNext = integration("by-next", {
  ...told,
  source: poll({
    every: "5m",
    async fetch({ cursor, call }) {
      const query = { since: cursor ?? "1970-01-01T00:00:00Z", limit: "200" };
      const page = await call(people.get("/contacts", { query, expect: Next }));
      return { records: page.items, cursor: page.next ?? page.as_of, more: page.next !== null };
    },
  }),
});

const Feed = z.object({
  data: z.array(z.record(z.string(), z.unknown())),
  paging: z.object({ cursor: z.string(), has_more: z.boolean() }),
});

/** Derived: a cursor that is always there, in an object of its own. */
export const byCursor = integration("by-cursor", {
  ...told,
  source: poll<{ after: string }>({
    every: "30s",
    async fetch({ cursor, call }) {
      const page = await call(people.query("/feed", { json: { after: cursor?.after ?? "" }, expect: Feed }));
      return { records: page.data, cursor: { after: page.paging.cursor }, more: page.paging.has_more };
    },
  }),
});

const Changed = z.object({ contacts: z.array(z.looseObject({ changed: z.string() })) });

/** Its own `simulate`: by the time of the change. */
export const byTime = integration("by-time", {
  ...told,
  contract: Contact.extend({ changed: z.iso.datetime() }),
  identify: ({ id, changed }) => ({ id: `${id}@${changed}`, entity: id }),
  source: [
    poll({
      cron: "0 6 * * *",
      async fetch({ cursor, call }) {
        const query = { since: cursor ?? new Date(0).toISOString() };
        const { contacts } = await call(people.get("/changed", { query, expect: Changed }));
        const last = contacts.at(-1)?.changed ?? query.since;
        return { records: contacts, cursor: last, more: last > query.since };
      },
      simulate({ records, request, pageSize }) {
        const rows = records.map(({ value, atMs }) => ({ ...value, changed: new Date(atMs).toISOString() }));
        const later = rows.filter(({ changed }) => changed > (request.query.since ?? ""));
        // A page never ends between two that changed in the same moment.
        const end = later[pageSize - 1]?.changed ?? "9999";
        return { contacts: later.filter(({ changed }) => changed <= end) };
      },
    }),
    push(),
  ],
});

/** By number, with `fetch` of its own. */
export const byNumber = integration("by-number", {
  ...told,
  source: poll<number>({
    every: "1m",
    async fetch({ cursor = 0, signal }) {
      const answer = await fetch(`https://legacy.example.com/rows?from=${cursor}`, { signal });
      if (!answer.ok) throw new Error(`it answered ${answer.status}`);
      const rows = (await answer.json()) as unknown[];
      return { records: rows, cursor: cursor + rows.length, more: rows.length > 0 };
    },
    simulate: ({ records, request: { query }, pageSize }) =>
      records.slice(Number(query.from), Number(query.from) + pageSize).map(({ value }) => value),
  }),
});

const shops = tenants("shops-read", {
  list: [{ id: "one" }, { id: "two" }, { id: "three" }],
  id: ({ id }: { readonly id: string }) => id,
});
const shop = system("shop-read", {
  per: shops,
  baseUrl: ({ id }: { readonly id: string }) => `https://${id}.example.com`,
});

/** Derived, of each of several tenants. */
export const byTenant = integration("by-tenant", {
  per: shops,
  ...told,
  source: poll({
    per: shops,
    every: "1m",
    async fetch({ cursor, call }) {
      const page = await call(shop.get("/contacts", { query: { since: cursor ?? "" }, expect: Next }));
      return { records: page.items, cursor: page.next ?? page.as_of, more: page.next !== null };
    },
  }),
});

export const all: readonly Integration[] = [byNext, byCursor, byTime, byNumber, byTenant];
