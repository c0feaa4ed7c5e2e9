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
  quotas: [
    { left: "X-HubSpot-RateLimit-Remaining", limit: "X-HubSpot-RateLimit-Max", window: "10s", refills: "10s" },
    { left: "X-HubSpot-RateLimit-Daily-Remaining", limit: "X-HubSpot-RateLimit-Daily", window: "1d" },
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
      says: "X-HubSpot-RateLimit-Daily, -Daily-Remaining, and the same for seconds; not the daily ones with OAuth",
      page: "https://developers.hubspot.com/changelog/2018-11-06-rate-limit-information-headers-will-be-included-in-http-responses",
      seen,
    },
    {
      says: "four searches a second for each token",
      page: "https://developers.hubspot.com/changelog/crm-search-api-rate-limit-increase",
      seen,
    },
    {
      says: "paging.next.after goes into after, by a third party's copy of its descriptions",
      page: "https://raw.githubusercontent.com/api-evangelist/hubspot/refs/heads/main/json-schema/crm-search-api-paging-schema.json",
      seen,
    },
    {
      says: "409 for a contact whose address is taken",
      page: "https://developers.hubspot.com/docs/methods/contacts/create_or_update",
      seen,
    },
  ],
  unconfirmed: [
    "X-HubSpot-RateLimit-Max and -Remaining, for ten seconds, as its client libraries read them",
    "the spelling of policyName beyond DAILY",
    "that no endpoint honours keys",
    "searches are limited to four a second besides: declare a system of its own for them",
  ],
});
