import { type Vendor, vendor } from "../../define/vendor.ts";

const seen = "2026-11-26";

/**
 * Twilio's API of 2010. The newer ones page by `pagination: { by: "url", at: "meta.next_page_url", always: true }`, and have base URLs of their own.
 * Its webhooks: `twilioWebhooks`.
 */
export const twilio: Vendor & { readonly baseUrl: string } = vendor({
  name: "twilio",
  title: "Twilio",
  baseUrl: "https://api.twilio.com",
  key: { none: "messages and calls take none: look for what was sent" },
  answers: [{ status: 429, at: "code", is: 20429, means: "limited", why: "too many requests at once" }],
  pagination: { by: "url", at: "next_page_uri", always: true },
  webhooks: "twilioWebhooks",
  sources: [
    {
      says: "429 and 20429 for too many at once, which is never processed",
      page: "https://www.twilio.com/docs/api/errors/20429",
      seen,
    },
    {
      says: "next_page_uri in the API of 2010, meta.next_page_url in the newer ones, in its own client",
      page: "https://github.com/twilio/twilio-node/blob/main/src/base/Page.ts",
      seen,
    },
    {
      says: "the two kinds of API, their hosts and how both page",
      page: "https://www.twilio.com/docs/usage/twilios-response",
      seen,
    },
    { says: "some newer API knows Idempotency-Key", page: "https://www.twilio.com/docs/api/errors/17534", seen },
  ],
  unconfirmed: [
    "how many at once are too many: it depends on the account",
    "that next_page_uri is always there, as null at the end",
    "which APIs honour Idempotency-Key",
  ],
});
