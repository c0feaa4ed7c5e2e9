import { type Vendor, vendor } from "../../define/vendor.ts";

const seen = "2026-11-26";

/** Square; its sandbox is at `https://connect.squareupsandbox.com`. Its webhooks: `squareWebhooks`. */
export const square: Vendor & { readonly baseUrl: string } = vendor({
  name: "square",
  title: "Square",
  baseUrl: "https://connect.squareup.com",
  key: { body: "idempotency_key", max: 45, window: "1h", replay: "the first answer again" },
  answers: [
    {
      at: "errors.*.code",
      is: "IDEMPOTENCY_KEY_REUSED",
      means: "in-doubt",
      key: "spent",
      why: "this key went with another request before",
    },
  ],
  pagination: { by: "token", at: "cursor", param: "cursor" },
  webhooks: "squareWebhooks",
  sources: [
    {
      says: "a repeated key gets the first answer; with another request it is an error",
      page: "https://developer.squareup.com/docs/working-with-apis/idempotency",
      seen,
    },
    {
      says: "idempotency_key, 45 characters, and 128 and more for some endpoints; IDEMPOTENCY_KEY_REUSED, RATE_LIMITED with a 429; the hosts",
      page: "https://github.com/square/connect-api-specification/blob/master/api.json",
      seen,
    },
    {
      says: "it is not published how long a key is remembered",
      page: "https://developer.squareup.com/forums/t/how-long-are-idempotency-keys-retained-for-the-createpayment-endpoint/28303",
      seen,
    },
    {
      says: "cursor until it is missing, with the same request",
      page: "https://developer.squareup.com/docs/working-with-apis/pagination",
      seen,
    },
    {
      says: "limits are not published",
      page: "https://developer.squareup.com/forums/t/getting-rate-limited-error-on-a-dev-server/7842",
      seen,
    },
  ],
  unconfirmed: ["how long a key is remembered: an hour is what is counted on here"],
});
