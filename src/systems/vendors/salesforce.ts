import { concurrent } from "../../define/limit.ts";
import { type Vendor, vendor } from "../../define/vendor.ts";

const seen = "2026-11-26";

/** Salesforce's REST API. The base URL is the organisation's. The calls of a day depend on edition and licences: add `rate(n, "1d")` of yours. */
export const salesforce: Vendor = vendor({
  name: "salesforce",
  title: "Salesforce",
  limits: [concurrent(5)],
  key: { none: "it documents none: upsert by an external id, which is natural" },
  quotas: [{ used: "Sforce-Limit-Info", window: "1d" }],
  answers: [
    {
      at: "*.errorCode",
      is: "REQUEST_LIMIT_EXCEEDED",
      words: "concurrent",
      means: "limited",
      after: "30s",
      why: "too many long calls at once",
    },
    {
      at: "*.errorCode",
      is: "REQUEST_LIMIT_EXCEEDED",
      means: "limited",
      after: "1h",
      why: "the day's calls are spent",
    },
    { at: "*.errorCode", is: "INVALID_SESSION_ID", means: "unauthorized", why: "the session is over" },
    { at: "*.errorCode", is: "UNABLE_TO_LOCK_ROW", means: "failed-retryable", why: "somebody else holds the record" },
    {
      at: "*.errorCode",
      is: ["DUPLICATE_VALUE", "DUPLICATES_DETECTED"],
      means: "failed-permanent",
      why: "it already exists",
    },
  ],
  pagination: { by: "url", at: "nextRecordsUrl" },
  sources: [
    {
      says: "5 calls of 20 seconds and longer at once for developers and trials, 25 for others; shorter ones are not limited, and here all are counted",
      page: "https://developer.salesforce.com/docs/platform/salesforce-app-limits-cheatsheet/guide/salesforce-app-limits-platform-api.html",
      seen,
    },
    {
      says: "403 with REQUEST_LIMIT_EXCEEDED, 401 when the session is over",
      page: "https://developer.salesforce.com/docs/platform/api-rest/guide/errorcodes.md",
      seen,
    },
    {
      says: "Sforce-Limit-Info: api-usage=18/5000",
      page: "https://developer.salesforce.com/docs/atlas.en-us.218.0.api_rest.meta/api_rest/headers_api_usage.htm",
      seen,
    },
    {
      says: "errors as a list with errorCode, by a third party's copy of its descriptions",
      page: "https://raw.githubusercontent.com/api-evangelist/salesforce/refs/heads/main/errors/salesforce-error-codes.yml",
      seen,
    },
    {
      says: "nextRecordsUrl, done and totalSize of a query",
      page: "https://developer.salesforce.com/docs/platform/api-rest/guide/resources-query.md",
      seen,
    },
  ],
  unconfirmed: [
    "the words of the two kinds of REQUEST_LIMIT_EXCEEDED",
    "UNABLE_TO_LOCK_ROW, DUPLICATE_VALUE and DUPLICATES_DETECTED, and that nothing was applied then",
    "webhooks: it has outbound messages and events of its own, and no verifier here",
  ],
});
