import { rate } from "../../define/limit.ts";
import { type Vendor, vendor } from "../../define/vendor.ts";

const seen = "2026-11-26";

/** Zendesk's Ticketing API. The base URL is the account's. Its webhooks: `zendeskWebhooks`. */
export const zendesk: Vendor = vendor({
  name: "zendesk",
  title: "Zendesk",
  limits: [rate(200, "1m")],
  key: {
    header: "Idempotency-Key",
    max: 255,
    window: "2h",
    replay: "the first answer again, with x-idempotency-lookup: hit",
    paths: ["/tickets", "/tickets.json"],
  },
  answers: [
    {
      status: 400,
      at: "error",
      is: "IdempotentRequestError",
      means: "in-doubt",
      key: "spent",
      why: "this key went with another request before",
    },
  ],
  pagination: { by: "url", at: "links.next", more: "meta.has_more", start: { "page[size]": "100" } },
  webhooks: "zendeskWebhooks",
  sources: [
    {
      says: "Idempotency-Key when a ticket is created; x-idempotency-lookup: miss at first",
      page: "https://developer.zendesk.com/api-reference/ticketing/introduction/",
      seen,
    },
    {
      says: "page[size], meta.has_more and links.next; without page[size] it pages otherwise",
      page: "https://developer.zendesk.com/api-reference/introduction/pagination/",
      seen,
    },
    {
      says: "429 with Retry-After; X-Rate-Limit and X-Rate-Limit-Remaining, for the minute",
      page: "https://developer.zendesk.com/api-reference/introduction/rate-limits",
      seen,
    },
    {
      says: "ratelimit-limit, ratelimit-remaining and ratelimit-reset of listings",
      page: "https://developer.zendesk.com/documentation/api-basics/best-practices/best-practices-for-avoiding-rate-limiting",
      seen,
    },
    {
      says: "keys of up to 255 characters, by a third party's page",
      page: "https://www.eesel.ai/blog/zendesk-api-idempotency-keys",
      seen,
    },
  ],
  unconfirmed: [
    "how long a key is remembered: two hours is from memory",
    "IdempotentRequestError for a key with other parameters",
    "x-idempotency-lookup: hit",
    "200 calls a minute on the smallest plan",
  ],
});
