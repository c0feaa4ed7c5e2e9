import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bearer,
  csv,
  file,
  hmac,
  integration,
  poll,
  push,
  type Source,
  secret,
  system,
  type Tenants,
  tenants,
  unverified,
  webhook,
} from "waybill";
import { z } from "zod";
import { checkTogether } from "../../src/define/together.ts";
import { refuses, wrong } from "./refusal.ts";

interface Shop {
  readonly id: string;
  readonly url: string;
}
const shop: Shop = { id: "a", url: "https://a.example" };
const shops = tenants("shops", { list: [shop], id: ({ id }) => id, secrets: { TOKEN: () => "t", HOOK: () => "h" } });
const others = tenants("others", { list: [shop], id: ({ id }) => id, secrets: { TOKEN: () => "t" } });

const of = (source: Source, per?: Tenants<Shop>) =>
  integration("orders", {
    ...(per === undefined ? {} : { per }),
    source,
    contract: z.object({ id: z.string() }),
    identify: ({ id }) => ({ id }),
    async deliver() {},
  });
const fetch = async () => ({ records: [], cursor: "1" });

refuses([
  {
    name: "tenants without a list",
    made: () => tenants("shops", wrong({ id: () => "a" })),
    says: 'tenants "shops": "list" is missing.',
  },
  {
    name: "a list that is no list",
    made: () => tenants("shops", wrong({ list: "a,b", id: () => "a" })),
    says: 'tenants "shops": list is "a,b", and a list or a function is expected.',
  },
  {
    name: "an option that is nearly one",
    made: () => tenants("shops", wrong({ list: [], id: () => "a", secret: {} })),
    says: 'tenants "shops": there is no option "secret".',
    hints: 'Did you mean "secrets"?',
  },
  {
    name: "a secret's value where a function is expected",
    made: () => tenants("shops", wrong({ list: [], id: () => "a", secrets: { TOKEN: "s3cr3t-value" } })),
    says: 'tenants "shops": secrets.TOKEN is no function of the tenant.',
  },
  {
    name: "an id that is found out later",
    made: () => tenants("shops", wrong({ list: [], id: async () => "a" })),
    says: 'tenants "shops": id is an async function, and its result is needed at once.',
  },
  {
    name: "a secret that tenants do not have",
    made: () => shops.secret(wrong("TOKN")),
    says: 'tenants "shops": it has no secret "TOKN".',
    hints: 'Did you mean "TOKEN"?',
  },
  {
    name: "per something else",
    made: () => system("shop", wrong({ per: "shops", baseUrl: "https://a.example" })),
    says: 'system "shop": per is "shops".',
  },
  {
    name: "an address of nobody in particular",
    made: () => system("shop", { baseUrl: wrong(() => "https://a.example") }),
    says: 'system "shop": baseUrl is a function of the tenant, and nothing says of which.',
    hints: "per: shops",
  },
  {
    name: "a tenant's secret in a system that all share",
    made: () => system("shop", { baseUrl: "https://a.example", auth: bearer(shops.secret("TOKEN")) }),
    says: 'system "shop": auth holds the secret shops/TOKEN of each of the tenants "shops", and nothing says whose is meant.',
  },
  {
    name: "the secret of other tenants",
    made: () => system("shop", { per: shops, baseUrl: "https://a.example", headers: { K: others.secret("TOKEN") } }),
    says: 'system "shop": headers holds the secret others/TOKEN of each of the tenants "others", and it is per "shops".',
  },
  {
    name: "a webhook that does not say whose its records are",
    made: () => of(webhook("/orders", { verify: unverified }), shops),
    says: 'integration "orders": it is per "shops", and webhook("/orders") does not say whose its records are.',
    hints: "/t/:tenant/orders",
  },
  {
    name: "a webhook that tells tenants apart where there are none",
    made: () => of(webhook("/t/:tenant", { verify: unverified })),
    says: 'integration "orders": webhook("/t/:tenant") says whose its records are, and the integration has no tenants.',
  },
  {
    name: "a tenant from what is not verified yet",
    made: () =>
      of(webhook("/orders", { verify: hmac(shops.secret("HOOK"), { header: "X-S" }), tenant: () => "a" }), shops),
    says: 'integration "orders": webhook("/orders") verifies by a secret of the tenant, and who that is stands in what is not verified yet.',
  },
  {
    name: "a tenant named twice",
    made: () => webhook("/t/:tenant", { verify: unverified, tenant: () => "a" }),
    says: 'webhook("/t/:tenant"): its path names the tenant, and so does tenant.',
  },
  {
    name: "a path that begins with the tenant",
    made: () => webhook("/:tenant/orders", { verify: unverified }),
    says: `webhook("/:tenant/orders"): its path begins with the tenant, whose id could be a path that Waybill's own server answers.`,
  },
  {
    name: "a poll of everybody for each",
    made: () => of(poll({ every: "1m", fetch }), shops),
    says: 'integration "orders": it is per "shops", and its poll is not.',
    hints: "poll({ per: shops, … })",
  },
  {
    name: "a poll of other tenants",
    made: () => of(poll({ per: others, every: "1m", fetch }), shops),
    says: 'integration "orders": it is per "shops", and its poll is per "others".',
  },
  {
    name: "files of nobody in particular",
    made: () => of(file("inbox/*.csv", { format: csv() }), shops),
    says: 'integration "orders": it is per "shops", and a file does not say whose its rows are.',
    hints: "--tenant",
  },
  {
    name: "two webhooks that would take the same delivery",
    made: () => {
      const one = of(webhook("/t/:tenant/orders", { verify: unverified }), shops).definition;
      const two = integration("all", {
        source: webhook("/t/all/orders", { verify: unverified }),
        contract: z.object({ id: z.string() }),
        identify: ({ id }) => ({ id }),
        async deliver() {},
      }).definition;
      checkTogether([one, two]);
    },
    says: 'integration "all": its webhook on /t/all/orders and that of integration "orders" on /t/:tenant/orders would take the same deliveries.',
  },
]);

test("what is written down of tenants is their name, whoever asks", () => {
  assert.equal(JSON.stringify(shops.declaration), '"shops"');
  assert.deepEqual({ ...shops.secret("TOKEN") }.name, "shops/TOKEN");
});

test("a system of tenants without an address says so to whoever would send it something", () => {
  const made = system("shop-code", { per: shops });
  assert.equal(made.name, "shop-code");
  assert.throws(() => made.get("/x"), { message: 'system "shop-code": it has no baseUrl, so it can only perform.' });
});

test("push and a secret that is the same for all are fine with tenants", () => {
  assert.equal(of(push(), shops).definition.per?.name, "shops");
  system("shop-shared", { per: shops, baseUrl: ({ url }) => url, auth: bearer(secret("SHARED_TOKEN")) });
});
