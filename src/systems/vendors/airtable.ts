import { rate } from "../../define/limit.ts";
import { type Vendor, vendor } from "../../define/vendor.ts";

const seen = "2026-11-26";

/** Airtable's Web API, one base. */
export const airtable: Vendor & { readonly baseUrl: string } = vendor({
  name: "airtable",
  title: "Airtable",
  baseUrl: "https://api.airtable.com/v0",
  limits: [rate(5, "1s")],
  key: { none: "it documents none" },
  answers: [{ status: 429, means: "limited", after: "30s", why: "too many requests" }],
  pagination: { by: "token", at: "offset", param: "offset" },
  sources: [
    {
      says: "5 a second for each base; 429, and 30 seconds until the next request succeeds",
      page: "https://airtable.com/developers/web/api/errors",
      seen,
    },
    {
      says: "50 a second for each token over all bases; a limit for the month on the plans Free and Team",
      page: "https://support.airtable.com/docs/en/managing-api-call-limits-in-airtable",
      seen,
    },
    {
      says: "pages of up to 100, and offset until it is missing",
      page: "https://support.airtable.com/docs/en/getting-started-with-airtables-web-api",
      seen,
    },
  ],
  unconfirmed: ["webhooks: there is no verifier here"],
});
