// Each vendor is played by a real server that answers as its pages say: throttled, under way, there already, and with answers that get lost. What
// counts is what arrived there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { byKey, type System, system, type Vendor } from "waybill";
import * as vendors from "waybill/vendors";
import { virtualClock } from "../../world/virtual-clock.ts";
import { type Answers, type Asked, type There, there } from "./there.ts";

type Said = ReturnType<Answers>;

interface Played {
  readonly vendor: Vendor;
  /** What a spent limit is answered with, and for how long nobody may call then; undefined where the answer does not say. */
  readonly throttled: Said;
  readonly stopMs?: number;
  /** A path that creates something. */
  readonly create: string;
  /** What creating what is there already is answered with. */
  readonly exists?: Said;
  readonly inFlight?: Said;
  /** Where its key is found; undefined where it honours none. */
  readonly key?: (asked: Asked) => unknown;
  /** What a repeated key's answer carries besides. */
  readonly replayed?: Record<string, string>;
  readonly made?: (id: string) => unknown;
}

const header = (name: string) => (asked: Asked) => asked.headers[name];
const after = (seconds: number): Record<string, string> => ({ "retry-after": String(seconds) });
const shopifyCost = {
  requestedQueryCost: 752,
  actualQueryCost: null,
  throttleStatus: { maximumAvailable: 1_000, currentlyAvailable: 652, restoreRate: 50 },
};
const userErrors = (code: string) => ({ data: { refundCreate: { userErrors: [{ code, message: "…" }] } } });

const played: readonly Played[] = [
  {
    vendor: vendors.stripe,
    create: "/v1/customers",
    throttled: { status: 429, json: { error: { type: "invalid_request_error", code: "rate_limit" } } },
    exists: { status: 400, json: { error: { code: "resource_already_exists" } } },
    inFlight: { status: 409, json: { error: { code: "idempotency_key_in_use", type: "idempotency_error" } } },
    key: header("idempotency-key"),
    replayed: { "idempotent-replayed": "true" },
  },
  {
    vendor: vendors.shopifyRest,
    create: "/customers.json",
    throttled: { status: 429, headers: after(2), json: { errors: "Exceeded 2 calls per second for api client." } },
    stopMs: 2_000,
    exists: { status: 422, json: { errors: { email: ["has already been taken"] } } },
  },
  {
    vendor: vendors.shopifyGraphql,
    create: "/graphql.json",
    throttled: {
      json: {
        errors: [{ message: "Throttled", extensions: { code: "THROTTLED" } }],
        extensions: { cost: shopifyCost },
      },
    },
    stopMs: 2_000,
    exists: { json: userErrors("TAKEN") },
    inFlight: { json: userErrors("IDEMPOTENCY_CONCURRENT_REQUEST") },
    key: ({ body }) => JSON.parse(body).variables?.key,
    made: (id) => ({ data: { refundCreate: { refund: { id }, userErrors: [] } } }),
  },
  {
    vendor: vendors.xero,
    create: "/Contacts",
    throttled: { status: 429, headers: { ...after(37), "x-rate-limit-problem": "minute" }, json: {} },
    stopMs: 37_000,
    exists: { status: 400, json: { ErrorNumber: 10, Type: "ValidationException" } },
    inFlight: { status: 409, json: {} },
    key: header("idempotency-key"),
  },
  {
    vendor: vendors.quickbooks,
    create: "/customer",
    throttled: { status: 429, json: { Fault: { Error: [{ code: "003001" }] } } },
    stopMs: 60_000,
    exists: { status: 400, json: { Fault: { Error: [{ Message: "Duplicate Name Exists Error", code: "6240" }] } } },
    key: ({ query }) => query.get("requestid"),
  },
  {
    vendor: vendors.hubspot,
    create: "/crm/v3/objects/contacts",
    throttled: { status: 429, json: { status: "error", errorType: "RATE_LIMIT", policyName: "DAILY" } },
    stopMs: 3_600_000,
    exists: { status: 409, json: { message: "Contact already exists. Existing ID: 7" } },
  },
  {
    vendor: vendors.salesforce,
    create: "/sobjects/Account",
    throttled: {
      status: 403,
      json: [{ errorCode: "REQUEST_LIMIT_EXCEEDED", message: "TotalRequests Limit exceeded." }],
    },
    stopMs: 3_600_000,
    exists: { status: 400, json: [{ errorCode: "DUPLICATE_VALUE", message: "duplicate value found" }] },
  },
  {
    vendor: vendors.github,
    create: "/repos/a/b/labels",
    throttled: { status: 403, json: { message: "You have exceeded a secondary rate limit. Please wait." } },
    stopMs: 60_000,
    exists: { status: 422, json: { errors: [{ resource: "Label", code: "already_exists", field: "name" }] } },
  },
  {
    vendor: vendors.slack,
    create: "/conversations.create",
    throttled: { status: 429, headers: after(30), json: { ok: false, error: "ratelimited" } },
    stopMs: 30_000,
    exists: { json: { ok: false, error: "name_taken" } },
    made: (id) => ({ ok: true, channel: { id } }),
  },
  {
    vendor: vendors.zendesk,
    create: "/api/v2/tickets.json",
    throttled: { status: 429, headers: after(93), text: "Number of allowed API requests per minute exceeded" },
    stopMs: 93_000,
    key: header("idempotency-key"),
    replayed: { "x-idempotency-lookup": "hit" },
  },
  {
    vendor: vendors.airtable,
    create: "/app1/Table",
    throttled: { status: 429, json: { errors: [{ error: "RATE_LIMIT_REACHED" }] } },
    stopMs: 30_000,
  },
  {
    vendor: vendors.notion,
    create: "/v1/pages",
    throttled: { status: 529, headers: after(12), json: { code: "service_overload" } },
    stopMs: 12_000,
  },
  {
    vendor: vendors.google,
    create: "/calendar/v3/calendars/1/events",
    throttled: {
      status: 403,
      json: { error: { code: 403, errors: [{ domain: "usageLimits", reason: "userRateLimitExceeded" }] } },
    },
    exists: { status: 409, json: { error: { errors: [{ domain: "global", reason: "duplicate" }] } } },
  },
  {
    vendor: vendors.graph,
    create: "/me/drive/root/children",
    throttled: { status: 429, headers: after(10), json: { error: { code: "TooManyRequests" } } },
    stopMs: 10_000,
    exists: { status: 409, json: { error: { code: "nameAlreadyExists" } } },
  },
  {
    vendor: vendors.twilio,
    create: "/2010-04-01/Accounts/AC1/Messages.json",
    throttled: { status: 429, json: { code: 20429, message: "Too Many Requests", status: 429 } },
  },
  {
    vendor: vendors.paypal,
    create: "/v2/checkout/orders",
    throttled: { status: 429, json: { name: "RATE_LIMIT_REACHED" } },
    exists: { status: 422, json: { name: "UNPROCESSABLE_ENTITY", details: [{ issue: "DUPLICATE_INVOICE_ID" }] } },
    key: header("paypal-request-id"),
  },
  {
    vendor: vendors.square,
    create: "/v2/customers",
    throttled: { status: 429, json: { errors: [{ category: "RATE_LIMIT_ERROR", code: "RATE_LIMITED" }] } },
    key: ({ body }) => JSON.parse(body).idempotency_key,
  },
];

let systems = 0;

async function playing(
  one: Played,
  answers: Answers,
  use: (server: There, at: System, clock: ReturnType<typeof virtualClock>) => Promise<void>,
): Promise<void> {
  const clock = virtualClock();
  const server = await there(answers, clock);
  try {
    const at = system(`driven-${one.vendor.name}-${++systems}`, {
      vendor: one.vendor,
      baseUrl: server.origin,
      breaker: false,
    });
    await use(server, at, clock);
  } finally {
    await server.close();
  }
}

/** Lets what is on its way on the real network arrive. */
async function arrivals(server: There, count: number, passing: () => Promise<void>): Promise<void> {
  for (let look = 0; look < 200 && server.requests.length < count; look++) {
    await passing();
    await new Promise((later) => setTimeout(later, 5));
  }
}

const made = (one: Played, id: string): unknown => one.made?.(id) ?? { id };
const created = (one: Played, at: System) => {
  const idempotency =
    one.vendor.name === "shopify-graphql"
      ? byKey({ body: "variables.key" })
      : one.key
        ? byKey()
        : byKey({ header: "X-Key" });
  return at.post(one.create, {
    json: one.vendor.name === "shopify-graphql" ? { query: "…", variables: {} } : { a: 1 },
    idempotency,
  });
};

for (const one of played) {
  const { title } = one.vendor;

  test(`${title}: what its throttling answer says holds for every call at once, and not one comes inside of it`, async () => {
    await playing(
      one,
      ({ count }) => (count === 1 ? one.throttled : { json: made(one, "1") }),
      async (server, at, clock) => {
        const call = (path: string): Promise<unknown> => server.call(at.get(path));
        const first = call("/first");
        // The answer is here when the pause after it has begun.
        await arrivals(server, 1, () => clock.pass(0));
        for (let look = 0; look < 200 && clock.timers() < 2; look++) await new Promise((later) => setTimeout(later, 5));
        const others = [call("/second"), call("/third")];
        if (one.stopMs !== undefined) {
          assert.equal(server.events.filter(({ event }) => event === "system.stopped").length, 1);
          await clock.pass(one.stopMs - 1);
          await new Promise((later) => setTimeout(later, 30));
          assert.equal(server.requests.length, 1, `${server.requests.length - 1} calls came inside of the stop`);
        }
        await arrivals(server, 4, () => clock.pass(1_000));
        await Promise.all([first, ...others]);
        assert.equal(server.requests.length, 4);
      },
    );
  });

  if (one.key !== undefined) {
    const { key } = one;
    test(`${title}: a lost answer is in doubt, and the same key gets it without a second of it`, async () => {
      const byKeys = new Map<unknown, string>();
      const apply: Answers = (asked) => {
        const known = byKeys.get(key(asked));
        if (known !== undefined) return { headers: one.replayed ?? {}, json: made(one, known) };
        byKeys.set(key(asked), `made-${byKeys.size + 1}`);
        return { lost: true };
      };
      await playing(one, apply, async (server, at) => {
        const change = created(one, at);
        assert.equal((await server.send(change, "a-key-of-43-characters")).name, "in-doubt");
        const again = await server.send(change, "a-key-of-43-characters");
        assert.deepEqual(again.name === "done" && again.value, made(one, "made-1"));
        assert.deepEqual([...byKeys.keys()], ["a-key-of-43-characters"]);
      });
    });
  }

  if (one.inFlight !== undefined) {
    const { inFlight } = one;
    test(`${title}: a key that is under way there waits for it, and is never taken for a refusal`, async () => {
      await playing(
        one,
        ({ count }) => (count === 1 ? inFlight : { json: made(one, "1") }),
        async (server, at) => {
          const change = created(one, at);
          const first = await server.send(change, "k");
          assert.deepEqual([first.name, first.name === "in-doubt" && first.keyInFlight], ["in-doubt", true]);
          assert.equal((await server.send(change, "k")).name, "done");
        },
      );
    });
  }

  if (one.exists !== undefined) {
    const { exists } = one;
    test(`${title}: what is there already is refused for good, in words`, async () => {
      await playing(
        one,
        () => exists,
        async (server, at) => {
          const outcome = await server.send(created(one, at), "k");
          assert.equal(outcome.name, "failed-permanent", "why" in outcome ? outcome.why : "");
        },
      );
    });
  }
}

test("every vendor is played", () => {
  const names = new Set(played.map(({ vendor }) => vendor.name));
  assert.deepEqual(
    (Object.values(vendors) as Vendor[]).map(({ name }) => name).filter((name) => !names.has(name)),
    [],
  );
});
