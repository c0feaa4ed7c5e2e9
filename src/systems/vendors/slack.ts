import { rate } from "../../define/limit.ts";
import { type Vendor, vendor } from "../../define/vendor.ts";

const seen = "2026-11-26";

/** Slack's Web API, which answers 200 with `ok: false`. Its webhooks: `slackWebhooks`. */
export const slack: Vendor & { readonly baseUrl: string } = vendor({
  name: "slack",
  title: "Slack",
  baseUrl: "https://slack.com/api",
  limits: [rate(1, "1s")],
  key: { none: "it documents none" },
  answers: [
    { at: "error", is: ["ratelimited", "rate_limited"], means: "limited", after: "30s", why: "too many requests" },
    {
      at: "error",
      is: ["invalid_auth", "not_authed", "account_inactive", "token_expired", "token_revoked"],
      means: "unauthorized",
      why: "the token is not accepted",
    },
    {
      at: "error",
      is: ["fatal_error", "internal_error", "service_unavailable"],
      means: "in-doubt",
      why: "it failed there, and part of it may be done",
    },
    { at: "error", is: "request_timeout", means: "failed-retryable", why: "the request did not arrive whole" },
    {
      at: "error",
      is: ["name_taken", "already_reacted", "already_in_channel", "already_pinned"],
      means: "failed-permanent",
      why: "it already exists",
    },
    { at: "ok", is: false, means: "failed-permanent", why: "it was refused" },
  ],
  pagination: { by: "token", at: "response_metadata.next_cursor", param: "cursor" },
  webhooks: "slackWebhooks",
  sources: [
    {
      says: "limits for each method and workspace: 1, 20, 50 or 100 a minute, a message a second; 429 with Retry-After",
      page: "https://docs.slack.dev/apis/web-api/rate-limits",
      seen,
    },
    {
      says: "cursor, and response_metadata.next_cursor until it is empty",
      page: "https://docs.slack.dev/apis/web-api/pagination",
      seen,
    },
    {
      says: "the errors of its methods, in a client's copy: part of it may be done after fatal_error and internal_error",
      page: "https://hex.pm/packages/slack_kit/1.0.0-alpha.0/files/priv/docs/common_errors.json",
      seen,
    },
  ],
  unconfirmed: [
    "already_in_channel and already_pinned, but for the names in a client; name_taken and already_reacted stand in a copy of its descriptions",
    "one call a second for all methods together is ours: the limits are of each method, and some are lower",
    "the names of the errors about tokens, but for account_inactive",
    "what service_unavailable leaves behind",
  ],
});
