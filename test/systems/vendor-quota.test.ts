import assert from "node:assert/strict";
import { test } from "node:test";
import { type VendorQuota, vendor } from "waybill";
import { hubspot, salesforce, shopifyRest, xero } from "waybill/vendors";
import type { Vendor } from "../../src/define/vendor.ts";
import { quotasOfVendor } from "../../src/systems/vendor-quota.ts";
import { done, entered, entrance, sentAway } from "./entrance.ts";

type Read = readonly (readonly [
  told: string,
  left: number | undefined,
  limit: number | undefined,
  afterMs: number | undefined,
])[];

const table: [what: string, vendor: Vendor, headers: Record<string, string>, read: Read][] = [
  [
    "Shopify's bucket",
    shopifyRest,
    { "x-shopify-shop-api-call-limit": "32/40" },
    [["X-Shopify-Shop-Api-Call-Limit", 8, 40, 20_000]],
  ],
  [
    "a bucket that is full is left alone until it has leaked",
    shopifyRest,
    { "x-shopify-shop-api-call-limit": "40/40" },
    [["X-Shopify-Shop-Api-Call-Limit", 0, 40, 500]],
  ],
  [
    "more used than there are",
    shopifyRest,
    { "x-shopify-shop-api-call-limit": "45/40" },
    [["X-Shopify-Shop-Api-Call-Limit", 0, 40, 500]],
  ],
  [
    "Xero's minute, and its day, which nobody knows the end of",
    xero,
    { "x-minlimit-remaining": "59", "x-daylimit-remaining": "0" },
    [
      ["X-MinLimit-Remaining", 59, undefined, 60_000],
      ["X-DayLimit-Remaining", 0, undefined, undefined],
    ],
  ],
  [
    "HubSpot's ten seconds",
    hubspot,
    { "x-hubspot-ratelimit-remaining": "97", "x-hubspot-ratelimit-max": "100" },
    [["X-HubSpot-RateLimit-Remaining", 97, 100, 10_000]],
  ],
  [
    "Salesforce's day, the organisation's own",
    salesforce,
    { "sforce-limit-info": "api-usage=18/5000; per-app-api-usage=17/250(appName=sample)" },
    [["Sforce-Limit-Info", 4_982, 5_000, 86_400_000]],
  ],
  ["a word", xero, { "x-minlimit-remaining": "few" }, []],
  ["a negative count", xero, { "x-minlimit-remaining": "-3" }, []],
  ["half a pair", shopifyRest, { "x-shopify-shop-api-call-limit": "32/" }, []],
  ["a pair of absurd length", shopifyRest, { "x-shopify-shop-api-call-limit": `1/${"9".repeat(30)}` }, []],
  ["no headers", hubspot, {}, []],
];

for (const [what, { quotas = [] }, headers, read] of table) {
  test(`what a vendor's own headers tell: ${what}`, () => {
    assert.deepEqual(
      quotasOfVendor(quotas, headers).map(({ told, remaining, limit, afterMs }) => [told, remaining, limit, afterMs]),
      read,
    );
  });
}

test("no more calls leave than a vendor's own header says are left, and none while none are", async () => {
  const { enter, gate, clock } = entrance({ vendor: shopifyRest });
  const told = (used: number) => ({
    ...done,
    answer: { status: 200, headers: { "x-shopify-shop-api-call-limit": `${used}/40` }, text: "" },
  });
  entered(await enter("a")).release(told(38));
  const [b, c] = [entered(await enter("b", { waitMsMax: 1 })), entered(await enter("c", { waitMsMax: 1 }))];
  const late = enter("d", { waitMsMax: 1 });
  await clock.pass(5);
  sentAway(await late);
  b.release(told(39));
  c.release(told(40));
  assert.notEqual(gate.state().stoppedUntil, null);
  await clock.pass(501);
  assert.equal(gate.state().stoppedUntil, null);
});

test("headers of a vendor of one's own are checked when they are declared", () => {
  const facts = { name: "ours", title: "Ours", key: { none: "it has none" }, sources: [], unconfirmed: [] } as const;
  const declare = (quota: unknown): void => void vendor({ ...facts, quotas: [quota as VendorQuota] });
  declare({ left: "X-Left", window: "1m" });
  for (const [quota, why] of [
    [{ window: "1m" }, /names neither left nor used/],
    [{ left: "X-Left", used: "X-Used", window: "1m" }, /names left and used/],
    [{ left: "X-Left" }, /window/],
    [{ left: "X-Left", windw: "1m", window: "1m" }, /windw/],
    [{ left: "X-Left", window: "soon" }, /window/],
    [{ left: "", window: "1m" }, /left/],
  ] as const)
    assert.throws(() => declare(quota), why, JSON.stringify(quota));
});
