import { type Vendor, vendor } from "../../define/vendor.ts";

const seen = "2026-11-26";

/** PayPal's REST APIs; their sandbox is at `https://api-m.sandbox.paypal.com`. Its webhooks: `paypalWebhooks`. */
export const paypal: Vendor & { readonly baseUrl: string } = vendor({
  name: "paypal",
  title: "PayPal",
  baseUrl: "https://api-m.paypal.com",
  key: {
    header: "PayPal-Request-Id",
    max: 108,
    window: "3h",
    windows: [
      { path: "/v2/checkout/orders", window: "6h" },
      { path: "/v2/payments/", window: "45d" },
      { path: "/v1/payments/payouts", window: "30d" },
      { path: "/v1/billing/", window: "72h" },
      { path: "/v1/catalogs/", window: "72h" },
    ],
    replay: "the latest state of what the first request made",
  },
  answers: [
    {
      at: "name",
      is: ["DUPLICATE_REQUEST_ID", "PAYPAL_REQUEST_ID_PREVIOUSLY_USED"],
      means: "in-doubt",
      key: "spent",
      why: "this key was used before",
    },
    {
      at: "details.*.issue",
      is: "PAYPAL_REQUEST_ID_PREVIOUSLY_USED",
      means: "in-doubt",
      key: "spent",
      why: "this key was used before",
    },
    { at: "details.*.issue", is: "DUPLICATE_INVOICE_ID", means: "failed-permanent", why: "it already exists" },
  ],
  pagination: { by: "rel", at: "links" },
  webhooks: "paypalWebhooks",
  sources: [
    {
      says: "PayPal-Request-Id on POST, for the APIs that take it; a repeat gets the latest state; of two at once, the second may fail",
      page: "https://developer.paypal.com/reference/guidelines/idempotency",
      seen,
    },
    {
      says: "keys are kept 6 hours for orders (108 characters), 45 days for payments, 30 days for payouts, 72 hours for subscriptions and products, 3 hours for payment tokens; the hosts; DUPLICATE_INVOICE_ID in details of a 422",
      page: "https://github.com/paypal/paypal-rest-api-specifications/tree/main/openapi",
      seen,
    },
    {
      says: "no published limits; 429 RATE_LIMIT_REACHED",
      page: "https://developer.paypal.com/api/rate-limiting",
      seen,
    },
    {
      says: "DUPLICATE_REQUEST_ID",
      page: "https://developer.paypal.com/api/deprecated/payments/v1/errors/duplicate_request_id",
      seen,
    },
    {
      says: "PAYPAL_REQUEST_ID_PREVIOUSLY_USED",
      page: "https://developer.paypal.com/api/payment-tokens/v3/errors/paypal_request_id_previously_used",
      seen,
    },
  ],
  unconfirmed: [
    "which APIs take the header",
    "how long the APIs that are not named keep a key: three hours, the shortest that was found, is what is counted on",
    "the status with which the second of two requests at once fails",
    "whether the errors about keys stand in name or in details",
    "the links of lists with rel next",
  ],
});
