import { concurrent, rate } from "../../define/limit.ts";
import { type Vendor, vendor } from "../../define/vendor.ts";

const seen = "2026-11-26";

/** Xero's Accounting API. Requests need the header `Xero-Tenant-Id`. Its webhooks: `xeroWebhooks`. */
export const xero: Vendor & { readonly baseUrl: string } = vendor({
  name: "xero",
  title: "Xero",
  baseUrl: "https://api.xero.com/api.xro/2.0",
  limits: [concurrent(5), rate(60, "1m"), rate(5_000, "1d")],
  key: { header: "Idempotency-Key", max: 128, window: "6m", replay: "the first answer again" },
  answers: [
    {
      status: [429, 503],
      header: "X-Rate-Limit-Problem",
      value: "day",
      means: "limited",
      after: "1h",
      why: "the day's calls are spent",
    },
    {
      status: [429, 503],
      header: "X-Rate-Limit-Problem",
      value: "daily",
      means: "limited",
      after: "1h",
      why: "the day's calls are spent",
    },
    {
      status: 503,
      header: "X-Rate-Limit-Problem",
      means: "limited",
      after: "60s",
      why: "the minute's calls are spent",
    },
    { status: 503, words: "rate limit exceeded", means: "limited", after: "60s", why: "the minute's calls are spent" },
  ],
  quotas: [
    { left: "X-MinLimit-Remaining", window: "1m", refills: "1m" },
    { left: "X-DayLimit-Remaining", window: "1d" },
  ],
  pagination: { by: "number", param: "page", first: 1, items: "*", last: "pagination.pageCount" },
  webhooks: "xeroWebhooks",
  sources: [
    {
      says: "5 at once, 60 a minute, 5,000 a day for each organisation; X-DayLimit-Remaining, X-MinLimit-Remaining; 429",
      page: "https://developer.xero.com/faq/limits",
      seen,
    },
    {
      says: "503 for a spent limit, in the older API",
      page: "https://developer.xero.com/documentation/api/http-response-codes",
      seen,
    },
    {
      says: "X-Rate-Limit-Problem says which limit",
      page: "https://developer.xero.com/documentation/auth-and-limits/xero-api-limits",
      seen,
    },
    {
      says: "Idempotency-Key, 128 characters; pagination.pageCount",
      page: "https://github.com/XeroAPI/Xero-OpenAPI/blob/master/xero_accounting.yaml",
      seen,
    },
    {
      says: "Retry-After beside a 429, and that the day's limit depends on the plan of the app, by a third party's page",
      page: "https://docs.databricks.com/aws/en/ingestion/lakeflow-connect/xero-troubleshoot",
      seen,
    },
  ],
  unconfirmed: [
    "how long a key is remembered: six minutes is from memory",
    "what a repeated key is answered with",
    "which listings have pagination.pageCount; where it is missing, the listing ends at an empty page",
    "the values of X-Rate-Limit-Problem in their present spelling",
  ],
});
