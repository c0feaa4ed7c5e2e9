import { rate } from "../../define/limit.ts";
import { type Vendor, vendor } from "../../define/vendor.ts";

const seen = "2026-11-26";

/** HubSpot. Its webhooks: `hubspotWebhooks`. */
export const hubspot: Vendor & { readonly baseUrl: string } = vendor({
  name: "hubspot",
  title: "HubSpot",
  baseUrl: "https://api.hubapi.com",
  limits: [rate(100, "10s"), rate(250_000, "1d")],
  key: { none: "it documents none: create by a unique property and look for it" },
  answers: [
    { status: 429, at: "policyName", is: "DAILY", means: "limited", after: "1h", why: "the day's calls are spent" },
    { status: 429, at: "policyName", means: "limited", after: "10s", why: "too many requests" },
    { status: 409, means: "failed-permanent", why: "it already exists, or conflicts with what does" },
  ],
  pagination: { by: "token", at: "paging.next.after", param: "after" },
  webhooks: "hubspotWebhooks",
  sources: [
    {
      says: "100 in 10 seconds and 250,000 a day on the smallest plan; 429 with policyName; the headers X-HubSpot-RateLimit",
      page: "https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines",
      seen,
    },
    {
      says: "409 for a contact whose address is taken",
      page: "https://developers.hubspot.com/docs/methods/contacts/create_or_update",
      seen,
    },
  ],
  unconfirmed: [
    "paging.next.after and after",
    "lower limits of the search endpoints",
    "the spelling of policyName beyond DAILY",
    "that no endpoint honours keys",
  ],
});
