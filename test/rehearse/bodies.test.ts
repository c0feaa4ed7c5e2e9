import assert from "node:assert/strict";
import { test } from "node:test";
import {
  byKey,
  githubWebhooks,
  hmac,
  type Integration,
  integration,
  paypalWebhooks,
  push,
  secret,
  standardWebhooks,
  system,
  tenants,
  twilioWebhooks,
  unverified,
  webhook,
} from "waybill";
import { type RehearsedWorld, rehearse } from "waybill/rehearse";
import { z } from "zod";
import { booked, parcels, all as right } from "./bodies/right.ts";
import narrow from "./bugs/own-integrations/narrow-door.ts";

// Webhooks get their deliveries as bytes, by way of what the server calls, signed as they are declared and now and then broken as a whole.
// `REHEARSE_NIGHTS=60 node --test test/rehearse/bodies.test.ts` for more than CI has time for.

const nights = Number(process.env.REHEARSE_NIGHTS ?? 4);

test("webhooks that are right keep every promise, whoever their sender is and whatever bodies come", async () => {
  for (const one of right) {
    const report = await rehearse(one, { nights, seed: 12 });
    assert.ok(report.ok, `${one.name}\n${report.summary}`);
    assert.deepEqual(report.notExercised, [], one.name);
    assert.ok((report.seen["fault broken-body"] ?? 0) > 5, `${one.name}: hardly a body was broken`);
    assert.ok((report.seen["refused unreadable"] ?? report.seen["refused 400"] ?? 0) > 5, one.name);
    assert.ok((report.seen["state delivered"] ?? 0) > nights * 20, one.name);
  }
});

test("the same seed breaks the same bodies: the history is the same, signatures and all", async () => {
  const history = async (seed: number) => (await rehearse([parcels], { nights: 3, seed })).history;
  const [one, again, other] = [await history(12), await history(12), await history(11)];
  assert.equal(one, again);
  assert.notEqual(one, other);
});

test("a body that is broken is refused, or in the quarantine, or says what it would have said without its mess", async () => {
  const states = new Set<string>();
  const check = ({ records }: RehearsedWorld): void => {
    for (const { value, state, cause } of records)
      if (typeof value === "object" && value !== null && Object.hasOwn(value, "__proto__")) {
        states.add(`${state} ${cause}`);
      } else if (Array.isArray(value)) states.add(`list: ${state} ${cause}`);
  };
  const report = await rehearse(parcels, { nights: 24, seed: 1, check });
  assert.ok(report.ok, report.summary);
  assert.ok(
    [...states].every((one) => one.endsWith("quarantined contract")),
    [...states].join(", "),
  );
  assert.ok(
    [...states].some((one) => one.startsWith("list:")),
    "no list came",
  );
  for (const why of ["unreadable", "too-large", "unsupported-type"])
    assert.ok((report.seen[`refused ${why}`] ?? 0) > 0, `nothing was refused as ${why}`);
});

test("one body may hold several records, and one that is broken spoils none of those beside it", async () => {
  let most = 0;
  const check = ({ records }: RehearsedWorld): void => {
    most = Math.max(most, records.length);
  };
  const split = integration("split", {
    ...booked,
    source: webhook("/split", { verify: githubWebhooks(secret("SPLIT_SECRET")), select: "data", split: "parcels" }),
  });
  const report = await rehearse(split, { nights: 10, seed: 2, check });
  assert.ok(report.ok, report.summary);
  assert.ok(most > 50, `fifty deliveries were ${most} records at most`);
});

test("a webhook of each tenant is sent to by each tenant, signed with its own secret", async () => {
  const shops = tenants("shops", {
    list: [{ id: "one" }, { id: "two" }],
    id: ({ id }) => id,
    secrets: { HOOK: () => assert.fail("the rehearsal asked for a vault") },
  });
  const own = integration("of-shops", {
    ...booked,
    per: shops,
    source: webhook("/shops/:tenant/parcels", {
      verify: hmac(shops.secret("HOOK"), {
        header: "X-Signature",
        signed: "{url}{body}",
        url: "https://hooks.example.com/shops/:tenant/parcels",
      }),
    }),
  });
  const of = new Set<string>();
  const check = ({ records }: RehearsedWorld): void => {
    for (const { tenant } of records) of.add(tenant);
  };
  const report = await rehearse(own, { nights: 4, seed: 3, check });
  assert.ok(report.ok, report.summary);
  assert.deepEqual([...of].sort(), ["one", "two"]);
  assert.deepEqual(report.notExercised, []);
});

test("what a webhook refuses although a good sender sent it is told in a few lines", async () => {
  const report = await rehearse(narrow, { nights: 4, seed: 1 });
  const [failure] = report.failures;
  assert.equal(failure?.promise, "good records are delivered, and broken ones quarantined", report.summary);
  assert.match(
    failure?.story.join("\n") ?? "",
    /delivery \d+ is refused with 413 \(too-large\), and its sender is told so\nSo: delivery \d+ is as a good sender writes it, and was refused with 413 \(too-large\)\.$/,
  );
});

const shop = system("shop-of-notices", { baseUrl: "https://shop.example.com" });
const accounts = tenants("accounts", { list: [{ id: "a" }], id: ({ id }) => id });
const closed: readonly (readonly [why: RegExp, one: Integration])[] = [
  [
    /\(a rehearsal cannot prove to it that a delivery comes from Twilio\)/,
    integration("by-twilio", {
      ...booked,
      source: webhook("/twilio", {
        verify: twilioWebhooks(secret("TWILIO_TOKEN"), { url: "https://hooks.example.com/twilio" }),
      }),
    }),
  ],
  [
    /comes from PayPal\)/,
    integration("by-paypal", {
      ...booked,
      source: webhook("/paypal", { verify: paypalWebhooks(secret("PAYPAL_ID")) }),
    }),
  ],
  [
    /\(its key is hex/,
    integration("by-hex", {
      ...booked,
      source: webhook("/hex", { verify: hmac(secret("HEX_KEY"), { header: "X-Signature", key: "hex" }) }),
    }),
  ],
  [
    /\(nobody can tell what its sender puts around a record\)/,
    integration("computed", {
      ...booked,
      source: webhook("/computed", {
        verify: unverified,
        select: (body) => JSON.parse((body as { text: string }).text),
      }),
    }),
  ],
  [
    /\(what comes there is a notice, and its records are loaded\)/,
    integration("noticed", {
      ...booked,
      source: webhook("/noticed", { verify: unverified, load: () => shop.get("/parcels/1", { expect: z.unknown() }) }),
    }),
  ],
  [
    /\(whose a delivery is, only its content says\)/,
    integration("says-whose", {
      ...booked,
      per: accounts,
      source: webhook("/whose", { verify: unverified, tenant: () => "a" }),
    }),
  ],
];

test("a webhook to which nobody could send as its sender does gets its records handed in, and the report says why", async () => {
  for (const [why, one] of closed) {
    const report = await rehearse(one, { nights: 1, seed: 1 });
    assert.ok(report.ok, report.summary);
    assert.match(report.notExercised.join("\n"), why);
    assert.equal(report.seen["fault broken-body"], undefined, one.name);
  }
});

test("of an integration with more than one source some records come as bodies, and some are handed in", async () => {
  const both = integration("both", {
    ...booked,
    source: [webhook("/both", { verify: standardWebhooks(secret("BOTH_SECRET")) }), push()],
    async deliver(parcel, { effect }) {
      await effect("book", shop.post("/parcels", { json: parcel, idempotency: byKey() }));
    },
  });
  const report = await rehearse(both, { nights: 4, seed: 12 });
  assert.ok(report.ok, report.summary);
  assert.deepEqual(report.notExercised, []);
  assert.ok((report.seen["refused unreadable"] ?? 0) > 5);
});
