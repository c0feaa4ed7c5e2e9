import { concurrent, rate } from "../../define/limit.ts";
import { type Vendor, vendor } from "../../define/vendor.ts";

const seen = "2026-11-26";

/** GitHub's REST API. Its webhooks: `githubWebhooks`. */
export const github: Vendor & { readonly baseUrl: string } = vendor({
  name: "github",
  title: "GitHub",
  baseUrl: "https://api.github.com",
  headers: { Accept: "application/vnd.github+json" },
  limits: [concurrent(100), rate(900, "1m"), rate(5_000, "1h")],
  key: { none: "it documents none" },
  answers: [
    { status: [403, 429], header: "retry-after", means: "limited", why: "a limit is spent" },
    {
      status: [403, 429],
      header: "x-ratelimit-remaining",
      value: "0",
      means: "limited",
      after: "1m",
      why: "the hour's calls are spent",
    },
    {
      status: [403, 429],
      words: "secondary rate limit",
      means: "limited",
      after: "1m",
      why: "a secondary limit is spent",
    },
    { status: 422, at: "errors.*.code", is: "already_exists", means: "failed-permanent", why: "it already exists" },
  ],
  pagination: { by: "link" },
  webhooks: "githubWebhooks",
  sources: [
    {
      says: "5,000 an hour; 403 or 429 with x-ratelimit-remaining 0, or with words about a secondary limit; retry-after, else a minute",
      page: "https://github.com/github/docs/blob/main/content/rest/using-the-rest-api/rate-limits-for-the-rest-api.md",
      seen,
    },
    {
      says: "100 at once, 900 points a minute for an endpoint",
      page: "https://github.com/github/docs/blob/main/data/reusables/rest-api/secondary-rate-limit-rest-graphql.md",
      seen,
    },
    {
      says: "already_exists in the errors of a 422",
      page: "https://github.com/github/docs/blob/main/content/rest/using-the-rest-api/troubleshooting-the-rest-api.md",
      seen,
    },
    {
      says: "pages are to be found by the Link header, never guessed",
      page: "https://docs.github.com/enterprise-server@3.1/rest/overview/troubleshooting",
      seen,
    },
  ],
  unconfirmed: [
    "the words of the secondary limit: its page says only that there are some",
    "a write costs five of the 900 points a minute, and creating content is limited to 80 a minute and 500 an hour: the limits here count calls",
  ],
});
