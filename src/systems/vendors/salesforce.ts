import { concurrent } from "../../define/limit.ts";
import { type Vendor, vendor } from "../../define/vendor.ts";

const seen = "2026-11-26";

/** Salesforce's REST API. The base URL is the organisation's. The calls of a day depend on edition and licences: add `rate(n, "1d")` of yours. */
export const salesforce: Vendor = vendor({
  name: "salesforce",
  title: "Salesforce",
  limits: [concurrent(5)],
  key: { none: "it documents none: upsert by an external id, which is natural" },
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
      says: "errors as a list with errorCode; 403 for REQUEST_LIMIT_EXCEEDED and 401 for INVALID_SESSION_ID, by a third party's copy of its descriptions",
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
    "5 (25 in larger organisations) calls of 20 seconds and more at once, by third parties' pages; here it holds for all calls",
    "the words of the two kinds of REQUEST_LIMIT_EXCEEDED",
    "UNABLE_TO_LOCK_ROW, DUPLICATE_VALUE and DUPLICATES_DETECTED, and that nothing was applied then",
    "webhooks: it has outbound messages and events of its own, and no verifier here",
  ],
});
