import { rate } from "../../define/limit.ts";
import { type Vendor, vendor } from "../../define/vendor.ts";

const seen = "2026-11-26";

/** Stripe, API v1. Its webhooks: `stripeWebhooks`. */
export const stripe: Vendor & { readonly baseUrl: string } = vendor({
  name: "stripe",
  title: "Stripe",
  baseUrl: "https://api.stripe.com",
  limits: [rate(25, "1s")],
  key: { header: "Idempotency-Key", max: 255, window: "24h", replay: "the first answer again, a 500 too" },
  answers: [
    {
      status: 400,
      at: "error.type",
      is: "idempotency_error",
      means: "in-doubt",
      key: "spent",
      why: "this key went with another request before",
    },
    {
      status: 429,
      at: "error.code",
      is: "lock_timeout",
      means: "failed-retryable",
      why: "another request holds the object",
    },
    {
      status: 400,
      at: "error.code",
      is: "resource_already_exists",
      means: "failed-permanent",
      why: "it already exists",
    },
  ],
  pagination: { by: "last", items: "data", field: "id", param: "starting_after", more: "has_more" },
  webhooks: "stripeWebhooks",
  sources: [
    {
      says: "keys: the header, 255 characters, at least 24 hours, the first answer again, other parameters are an error",
      page: "https://docs.stripe.com/api/idempotent_requests",
      seen,
    },
    {
      says: "100 requests a second live, 25 in a sandbox, 25 for a single endpoint, and 429 beyond",
      page: "https://docs.stripe.com/rate-limits",
      seen,
    },
    {
      says: "the error type idempotency_error; 409 for a key that is in use",
      page: "https://docs.stripe.com/api/errors",
      seen,
    },
    {
      says: "a 400 with idempotency_error; 409 is repeated",
      page: "https://github.com/stripe/stripe-node/blob/master/src/Error.ts",
      seen,
    },
    { says: "lock_timeout with a 429", page: "https://github.com/stripe/stripe-php/pull/718", seen },
    { says: "starting_after and has_more", page: "https://docs.stripe.com/api/pagination", seen },
  ],
  unconfirmed: [
    "the header Idempotent-Replayed of a replay",
    "resource_already_exists with a 400",
    "API v2 finishes unfinished work instead of replaying an answer: it is not described here",
  ],
});
