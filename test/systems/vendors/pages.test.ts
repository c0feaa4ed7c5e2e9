// Listings are walked against a real server that plays the vendor's dialect. What is missed here is missed by every poll and every reconciliation.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Pagination, pages, type System, system, type Vendor } from "waybill";
import * as vendors from "waybill/vendors";
import { z } from "zod";
import { type Answers, type Asked, type There, there } from "./there.ts";

/** Keeps nothing but the items: what says that there is more is not in it. */
const anything = z.record(z.string(), z.unknown()).or(z.array(z.unknown()));

/** Four pages, the third of them empty. */
const listing: readonly (readonly number[])[] = [[1, 2], [3], [], [4, 5]];
const items = (at: number) => (listing[at] ?? []).map((id) => ({ id: String(id) }));
const last = listing.length - 1;

interface Dialect {
  readonly vendor: Vendor;
  readonly list: (there: System) => Parameters<typeof pages>[1];
  /** Which page is asked for, from 0. */
  readonly asked: (asked: Asked) => number;
  readonly page: (
    at: number,
    next: number | undefined,
    origin: string,
  ) => { json: unknown; headers?: Record<string, string> };
  readonly base?: string;
  /** Pages are counted, and a page without items is the end. */
  readonly counted?: true;
}

const get = (path: string) => (there: System) => there.get(path, { expect: anything });
const inQuery =
  (name: string) =>
  ({ query }: Asked) =>
    Number(query.get(name) ?? 0);
const token = (next: number | undefined) => (next === undefined ? {} : { next: String(next) }).next;

const dialects: readonly Dialect[] = [
  {
    vendor: vendors.stripe,
    list: get("/v1/customers?limit=2"),
    // Ids begin with the page that comes after them.
    asked: ({ query }) => Number(query.get("starting_after")?.split("-")[0] ?? 0),
    page: (at, next) => ({
      json: {
        object: "list",
        has_more: next !== undefined,
        data: [{ id: `${next ?? "end"}-a` }, { id: `${next ?? "end"}-${at}` }],
      },
    }),
  },
  ...[vendors.shopifyRest, vendors.github].map((vendor) => ({
    vendor,
    list: get("/orders.json?limit=2"),
    asked: inQuery("page_info"),
    page: (at: number, next: number | undefined, origin: string) => ({
      json: items(at),
      headers:
        next === undefined
          ? { link: `<${origin}/orders.json?page_info=0>; rel="first"` }
          : {
              link: `<${origin}/orders.json?page_info=0>; rel="prev first", <${origin}/orders.json?limit=2&page_info=${next}>; rel="next"`,
            },
    }),
  })),
  {
    vendor: vendors.shopifyGraphql,
    list: (there) =>
      there.query("/graphql.json", { method: "POST", json: { query: "…", variables: { first: 2 } }, expect: anything }),
    asked: ({ body }) => Number(JSON.parse(body).variables.after ?? 0),
    page: (at, next) => ({
      json: {
        data: {
          orders: { nodes: items(at), pageInfo: { hasNextPage: next !== undefined, endCursor: String(next ?? "end") } },
        },
      },
    }),
  },
  {
    vendor: vendors.xero,
    list: get("/Invoices"),
    asked: ({ query }) => Number(query.get("page")) - 1,
    page: (at) => ({
      json: { Id: "x", Status: "OK", pagination: { page: at + 1, pageCount: last + 1 }, Invoices: items(at) },
    }),
  },
  {
    vendor: vendors.quickbooks,
    list: (there) => there.get("/query", { query: { query: "select * from Invoice" }, expect: anything }),
    asked: ({ query }) =>
      Number(/^select \* from Invoice STARTPOSITION (\d+) MAXRESULTS 1000$/.exec(query.get("query") ?? "")?.[1]) - 1,
    page: () => ({ json: {} }),
    counted: true,
  },
  {
    vendor: vendors.hubspot,
    list: get("/crm/v3/objects/contacts"),
    asked: inQuery("after"),
    page: (at, next) => ({
      json: {
        results: items(at),
        ...(next === undefined ? {} : { paging: { next: { after: String(next), link: "…" } } }),
      },
    }),
  },
  {
    vendor: vendors.salesforce,
    base: "/services/data/v60.0",
    list: (there) => there.get("/query", { query: { q: "select Id from Account" }, expect: anything }),
    asked: ({ path }) => Number(/01gRO-(\d+)$/.exec(path)?.[1] ?? 0),
    page: (at, next) => ({
      json: {
        done: next === undefined,
        records: items(at),
        ...(next === undefined ? {} : { nextRecordsUrl: `/services/data/v60.0/query/01gRO-${next}` }),
      },
    }),
  },
  {
    vendor: vendors.slack,
    list: get("/users.list?limit=2"),
    asked: inQuery("cursor"),
    page: (at, next) => ({
      json: { ok: true, members: items(at), response_metadata: { next_cursor: token(next) ?? "" } },
    }),
  },
  {
    vendor: vendors.zendesk,
    list: get("/api/v2/tickets.json"),
    asked: ({ query }) => (query.get("page[size]") === "100" ? Number(query.get("page[after]") ?? 0) : -1),
    page: (at, next, origin) => ({
      json: {
        tickets: items(at),
        meta: { has_more: next !== undefined, after_cursor: token(next) ?? null },
        links: { next: `${origin}/api/v2/tickets.json?page[size]=100&page[after]=${next ?? "end"}`, prev: null },
      },
    }),
  },
  {
    vendor: vendors.airtable,
    list: get("/app1/Table"),
    asked: inQuery("offset"),
    page: (at, next) => ({ json: { records: items(at), offset: token(next) } }),
  },
  {
    vendor: vendors.notion,
    list: (there) => there.query("/v1/databases/1/query", { method: "POST", json: { page_size: 2 }, expect: anything }),
    asked: ({ body }) => Number(JSON.parse(body).start_cursor ?? 0),
    page: (at, next) => ({
      json: { object: "list", results: items(at), has_more: next !== undefined, next_cursor: token(next) ?? null },
    }),
  },
  {
    vendor: vendors.google,
    list: get("/calendar/v3/calendars/1/events"),
    asked: inQuery("pageToken"),
    page: (at, next) => ({ json: { items: items(at), nextPageToken: token(next) } }),
  },
  {
    vendor: vendors.graph,
    base: "/v1.0",
    list: get("/users?$top=2"),
    asked: inQuery("$skiptoken"),
    page: (at, next, origin) => ({
      json: {
        value: items(at),
        ...(next === undefined ? {} : { "@odata.nextLink": `${origin}/v1.0/users?$top=2&$skiptoken=${next}` }),
      },
    }),
  },
  {
    vendor: vendors.twilio,
    list: get("/2010-04-01/Accounts/AC1/Messages.json"),
    asked: inQuery("Page"),
    page: (at, next) => ({
      json: {
        messages: items(at),
        page: at,
        next_page_uri:
          next === undefined ? null : `/2010-04-01/Accounts/AC1/Messages.json?Page=${next}&PageToken=PA${next}`,
      },
    }),
  },
  {
    vendor: vendors.paypal,
    list: get("/v2/invoicing/invoices"),
    asked: inQuery("page"),
    page: (at, next, origin) => ({
      json: {
        items: items(at),
        links: [
          { rel: "self", href: `${origin}/x` },
          ...(next === undefined ? [] : [{ rel: "next", href: `${origin}/v2/invoicing/invoices?page=${next}` }]),
        ],
      },
    }),
  },
  {
    vendor: vendors.square,
    list: get("/v2/customers"),
    asked: inQuery("cursor"),
    page: (at, next) => ({ json: { customers: items(at), cursor: token(next) } }),
  },
];

const nextOf = (at: number) => (at < last ? at + 1 : undefined);

/** Answers as QuickBooks does: so many from a position. */
const counting: Dialect["page"] = (from) => {
  const all = listing.flat().map((id) => ({ Id: String(id) }));
  const rest = all.slice(from, from + 2);
  return {
    json: {
      QueryResponse: rest.length === 0 ? {} : { Invoice: rest, startPosition: from + 1, maxResults: rest.length },
    },
  };
};

async function walk(
  dialect: Dialect,
  answers: (server: There) => Answers,
): Promise<{ seen: unknown[]; server: There; failed: unknown }> {
  let now: Answers = () => ({ json: {} });
  const server = await there((asked) => now(asked));
  now = answers(server);
  const seen: unknown[] = [];
  let failed: unknown;
  try {
    const name = `pages-of-${dialect.vendor.name}-${server.port}`;
    const declared = system(name, {
      vendor: dialect.vendor,
      baseUrl: `${server.origin}${dialect.base ?? ""}`,
      limits: [],
      breaker: false,
    });
    for await (const page of pages(server.call, dialect.list(declared))) seen.push(page);
  } catch (thrown) {
    failed = thrown;
  } finally {
    await server.close();
  }
  return { seen, server, failed };
}

const playing =
  (dialect: Dialect) =>
  (server: There): Answers =>
  (asked) => {
    const at = dialect.asked(asked);
    if (!(at >= 0)) return { status: 400, json: { message: `not asked as documented: ${asked.path} ${asked.body}` } };
    return dialect.counted === true
      ? counting(at, undefined, server.origin)
      : dialect.page(at, nextOf(at), server.origin);
  };

for (const dialect of dialects) {
  const { title } = dialect.vendor;
  const whole = dialect.counted === true ? 4 : listing.length;

  test(`${title}: a listing is walked to its end, over an empty page`, async () => {
    const { seen, server, failed } = await walk(dialect, playing(dialect));
    assert.equal(failed, undefined, String(failed));
    assert.equal(server.requests.length, whole);
    const expected = Array.from({ length: whole }, (_, at) =>
      dialect.counted === true
        ? counting(at * 2, undefined, "").json
        : dialect.page(at, nextOf(at), server.origin).json,
    );
    // What is undefined does not travel.
    assert.deepEqual(seen, JSON.parse(JSON.stringify(expected)));
  });

  test(`${title}: a 429 in the middle is waited out, and nothing is missed`, async () => {
    let refused = 0;
    const { seen, server, failed } = await walk(dialect, (server) => (asked) => {
      if (asked.count === 2) {
        refused += 1;
        return { status: 429, headers: { "retry-after": "0" }, json: {} };
      }
      return playing(dialect)(server)(asked);
    });
    assert.equal(failed, undefined, String(failed));
    assert.deepEqual([refused, seen.length, server.requests.length], [1, whole, whole + 1]);
  });

  test(`${title}: a page that fails for now is asked for again, and one that fails for good is never the end`, async () => {
    let failed = 0;
    const mended = await walk(dialect, (server) => (asked) => {
      if (asked.count === 2 && failed++ === 0) return { status: 500, json: { message: "…" } };
      return playing(dialect)(server)(asked);
    });
    assert.equal(mended.failed, undefined, String(mended.failed));
    assert.deepEqual([failed, mended.seen.length], [1, whole]);
    const broken = await walk(dialect, (server) => (asked) => {
      return asked.count === 2
        ? { status: 400, json: { message: "the cursor is too old" } }
        : playing(dialect)(server)(asked);
    });
    assert.equal((broken.failed as { code?: string } | undefined)?.code, "effect-refused", String(broken.failed));
    assert.equal(broken.seen.length, 1);
  });

  if (dialect.counted === true || dialect.vendor.pagination?.by === "number") continue;
  test(`${title}: a page that leads back to where the walk has been ends it with an error, not with a part`, async () => {
    const circle = (at: number) => (at === 0 ? 1 : at === 1 ? 2 : 1);
    const { server, failed } = await walk(dialect, (server) => (asked) => {
      const at = dialect.asked(asked);
      return dialect.page(at, circle(at), server.origin);
    });
    assert.equal((failed as { code?: string }).code, "listing-incomplete", String(failed));
    assert.match(String(failed), /leads back to/);
    // Stripe's tokens are ids, of which one page has several: it takes a page more to see the circle.
    assert.ok(server.requests.length <= 4, `${server.requests.length} requests`);
  });
}

test("every vendor is in this table", () => {
  const told = new Set(dialects.map(({ vendor }) => vendor.name));
  assert.deepEqual(
    Object.values(vendors)
      .map(({ name }) => name)
      .filter((name) => !told.has(name)),
    [],
  );
});

async function failure(pagination: Pagination, answers: Answers, most?: number): Promise<unknown> {
  const server = await there(answers);
  try {
    const declared = system(`pages-${server.port}`, { baseUrl: `${server.origin}/v2`, pagination, breaker: false });
    const options = most === undefined ? {} : { pagesMax: most };
    for await (const _ of pages(server.call, declared.get("/list"), options));
    return undefined;
  } catch (thrown) {
    return thrown;
  } finally {
    await server.close();
  }
}

const mistaken: readonly [what: string, pagination: Pagination, answers: Answers, says: RegExp][] = [
  [
    "does not say whether there is more",
    { by: "token", at: "next", param: "c", more: "has_more" },
    () => ({ json: { items: [] } }),
    /does not say at "has_more" whether there is more/,
  ],
  [
    "says that there is more and not where",
    { by: "token", at: "next", param: "c", more: "has_more" },
    () => ({ json: { has_more: true } }),
    /says that there is more, and no "next" where/,
  ],
  [
    "has no last item to go on from",
    { by: "last", items: "data", field: "id", param: "a", more: "has_more" },
    () => ({ json: { has_more: true, data: [] } }),
    /after its last item, which has no "id"/,
  ],
  [
    "lacks the field that every page has",
    { by: "url", at: "next_page_uri", always: true },
    () => ({ json: { meta: {} } }),
    /has no "next_page_uri", which every page has/,
  ],
  [
    "leads to another host, where the credentials would go along",
    { by: "url", at: "next" },
    () => ({ json: { next: "https://elsewhere.example/v2/list?c=1" } }),
    /outside of the system's baseUrl/,
  ],
  [
    "leads out of the base path",
    { by: "url", at: "next" },
    () => ({ json: { next: "/v2/../admin" } }),
    /outside of the system's baseUrl/,
  ],
  [
    "is no JSON",
    { by: "token", at: "next", param: "c" },
    () => ({ headers: { "content-type": "text/plain" }, text: "hello" }),
    /it is not JSON/,
  ],
  [
    "has a next page that is no text",
    { by: "token", at: "next", param: "c" },
    () => ({ json: { next: { a: 1 } } }),
    /its "next" is neither text nor a number/,
  ],
  [
    "has a total that is no count",
    { by: "offset", param: "o", items: "items", total: "total" },
    () => ({ json: { items: [1], total: "many" } }),
    /its "total" is not a count/,
  ],
  [
    "runs dry before its total",
    { by: "offset", param: "o", items: "items", total: "total" },
    ({ query }) => ({ json: { items: query.get("o") === null ? [1] : [], total: 3 } }),
    /has no items at 1 of 3/,
  ],
];

for (const [what, pagination, answers, says] of mistaken) {
  test(`a page that ${what} is no end: the walk fails and says why`, async () => {
    const failed = await failure(pagination, answers);
    assert.match(String(failed), says);
  });
}

test("a walk that never ends stops at its most pages, and says that there is more", async () => {
  const failed = await failure({ by: "number", param: "page", items: "items" }, () => ({ json: { items: [1] } }), 5);
  assert.equal((failed as { code?: string }).code, "listing-incomplete");
  assert.match(String(failed), /there is more after 5 pages/);
});

test("pages that are counted by offset are walked to the total that is told, or to a page without items", async () => {
  for (const total of ["total", undefined]) {
    const asked: (string | null)[] = [];
    const pagination: Pagination = {
      by: "offset",
      param: "skip",
      items: "items",
      ...(total === undefined ? {} : { total }),
    };
    const failed = await failure(pagination, ({ query }) => {
      asked.push(query.get("skip"));
      const from = Number(query.get("skip") ?? 0);
      return { json: { items: [1, 2, 3, 4, 5].slice(from, from + 2), total: 5 } };
    });
    assert.equal(failed, undefined, String(failed));
    assert.deepEqual(asked, total === undefined ? [null, "2", "4", "5"] : [null, "2", "4"]);
  }
});

test("a listing that is read without pages() while there is more is told, once", async () => {
  const server = await there(() => ({ json: { items: [], next: "2" } }));
  try {
    const declared = system(`part-${server.port}`, {
      baseUrl: server.origin,
      pagination: { by: "token", at: "next", param: "c" },
    });
    for (let count = 0; count < 3; count++) await server.call(declared.get("/list?limit=1"));
    await server.call(declared.get("/other"));
    const told = server.events.filter(({ event }) => event === "system.partial");
    assert.deepEqual(
      told.map((event) => "what" in event && event.what),
      ["GET /list", "GET /other"],
    );
  } finally {
    await server.close();
  }
});
