import { rate } from "../../define/limit.ts";
import { type Vendor, vendor } from "../../define/vendor.ts";

const seen = "2026-11-26";

/** Notion's API. */
export const notion: Vendor & { readonly baseUrl: string } = vendor({
  name: "notion",
  title: "Notion",
  baseUrl: "https://api.notion.com",
  headers: { "Notion-Version": "2025-09-03" },
  limits: [rate(3, "1s")],
  key: { none: "it documents none" },
  answers: [
    {
      status: 409,
      at: "code",
      is: "conflict_error",
      means: "failed-retryable",
      why: "it collided with another change and was not made",
    },
    { status: 503, at: "code", means: "in-doubt", why: "it may have taken longer than it had" },
    { status: 529, means: "unavailable", after: "30s", why: "it is overloaded" },
  ],
  pagination: { by: "token", at: "next_cursor", more: "has_more", param: "start_cursor" },
  sources: [
    {
      says: "429 and 529 with Retry-After; a budget for each connection and minute, by plan, and one for the workspace",
      page: "https://developers.notion.com/reference/request-limits",
      seen,
    },
    {
      says: "three a second on average, in another copy of the same page",
      page: "https://developers.notion.com/reference/request-limits.md",
      seen,
    },
    {
      says: "Notion-Version 2025-09-03 by default; has_more, next_cursor and start_cursor; 429 and 529 are repeated for every method, 500 and 503 not",
      page: "https://github.com/makenotion/notion-sdk-js/blob/main/src/Client.ts",
      seen,
    },
    {
      says: "the codes of errors; Notion-Version is needed; a 503 when it took over 60 seconds",
      page: "https://developers.notion.com/reference/status-codes",
      seen,
    },
  ],
  unconfirmed: [
    "the numbers of the budgets by plan",
    "that nothing was applied at a 529: its own client repeats every method then",
    "webhooks: there is no verifier here",
  ],
});
