import { type Vendor, vendor } from "../../define/vendor.ts";

const seen = "2026-11-26";

/** Google's APIs, as far as they are alike (Calendar, Drive, Sheets, …). Each has a base URL and quotas of its own: declare them. */
export const google: Vendor = vendor({
  name: "google",
  title: "Google APIs",
  key: { none: "they have no common one: give the thing an id of yours where the API takes one" },
  answers: [
    {
      status: 403,
      at: "error.errors.*.reason",
      is: ["rateLimitExceeded", "userRateLimitExceeded"],
      means: "limited",
      why: "too many requests",
    },
    {
      status: 403,
      at: "error.errors.*.reason",
      is: ["dailyLimitExceeded", "quotaExceeded"],
      means: "limited",
      after: "1h",
      why: "the quota is spent",
    },
    { status: 409, at: "error.errors.*.reason", is: "duplicate", means: "failed-permanent", why: "it already exists" },
  ],
  pagination: { by: "token", at: "nextPageToken", param: "pageToken" },
  sources: [
    { says: "403 with a reason for spent limits", page: "https://developers.google.com/bid-manager/quotas", seen },
    { says: "403 and 429 for spent limits", page: "https://developers.google.com/drive/api/guides/limits", seen },
    {
      says: "nextPageToken, empty at the end, and pageToken, with all else as it was",
      page: "https://google.aip.dev/158",
      seen,
    },
    {
      says: "errors as error.errors[].reason; the limits' domain is usageLimits",
      page: "https://developers.google.com/calendar/api/guides/errors",
      seen,
    },
  ],
  unconfirmed: [
    "reason duplicate of a 409, but for a third party's page",
    "webhooks: push notifications carry a token of yours, and there is no verifier here",
  ],
});
