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
    window: "6h",
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
      says: "6 hours for orders and 108 characters, in its own client",
      page: "https://github.com/paypal/PayPal-TypeScript-Server-SDK/blob/main/doc/controllers/orders.md",
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
    "45 days for payments, in copies of its clients: six hours is what is counted on here",
    "the status with which the second of two requests at once fails",
    "DUPLICATE_INVOICE_ID, and whether the errors about keys stand in name or in details",
    "the links of lists with rel next",
    "the hosts",
  ],
});
