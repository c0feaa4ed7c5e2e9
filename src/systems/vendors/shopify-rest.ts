import { rate } from "../../define/limit.ts";
import { type Vendor, vendor } from "../../define/vendor.ts";

const seen = "2026-11-26";

/** Shopify's REST Admin API, which is a legacy API. The base URL is the shop's. Its webhooks: `shopifyWebhooks`. */
export const shopifyRest: Vendor = vendor({
  name: "shopify-rest",
  title: "Shopify (REST)",
  limits: [rate(2, "1s")],
  key: { none: "the REST Admin API documents none" },
  pagination: { by: "link" },
  webhooks: "shopifyWebhooks",
  sources: [
    {
      says: "2 requests a second on the standard plan, 4, 20 and more on others",
      page: "https://shopify.dev/docs/api/admin-rest/usage/rate-limits",
      seen,
    },
    {
      says: "pages by a Link header with rel next",
      page: "https://shopify.dev/docs/api/admin-rest/usage/pagination",
      seen,
    },
  ],
  unconfirmed: [
    "a 429 with Retry-After beyond the limit, and the bucket that takes 40 at once",
    "that no REST endpoint honours keys",
  ],
});
