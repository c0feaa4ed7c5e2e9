import { rate } from "../../define/limit.ts";
import { type Vendor, vendor } from "../../define/vendor.ts";

const seen = "2026-11-26";

/** Shopify's REST Admin API, which is a legacy API. The base URL is the shop's. Its webhooks: `shopifyWebhooks`. */
export const shopifyRest: Vendor = vendor({
  name: "shopify-rest",
  title: "Shopify (REST)",
  limits: [rate(2, "1s")],
  key: { none: 'only some of its resources do, as a field of theirs: byKey({ body: "payment.unique_token" })' },
  quotas: [{ used: "X-Shopify-Shop-Api-Call-Limit", window: "20s", refills: "500ms" }],
  pagination: { by: "link" },
  webhooks: "shopifyWebhooks",
  sources: [
    {
      says: "2 requests a second on the standard plan, 4, 20 and more on others",
      page: "https://shopify.dev/docs/api/admin-rest/usage/rate-limits",
      seen,
    },
    {
      says: "unique_token, for payments and the like",
      page: "https://shopify.dev/docs/api/admin-rest/usage/idempotent-requests",
      seen,
    },
    {
      says: "pages by a Link header with rel next",
      page: "https://shopify.dev/docs/api/admin-rest/usage/pagination",
      seen,
    },
  ],
  unconfirmed: [
    "X-Shopify-Shop-Api-Call-Limit: 32/40, as its client libraries read it",
    "a 429 with Retry-After beyond the limit, and the bucket that takes 40 at once",
    "which resources take unique_token, and for how long it is remembered",
  ],
});
