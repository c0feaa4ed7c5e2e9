import { rate } from "../../define/limit.ts";
import { type Vendor, vendor } from "../../define/vendor.ts";

const seen = "2026-11-26";

/** QuickBooks Online. The base URL holds the company: `https://quickbooks.api.intuit.com/v3/company/1234`. */
export const quickbooks: Vendor = vendor({
  name: "quickbooks",
  title: "QuickBooks Online",
  limits: [rate(10, "1s"), rate(500, "1m")],
  key: { query: "requestid", max: 50, window: "1h", replay: "the first answer again" },
  answers: [
    { status: 429, means: "limited", after: "60s", why: "too many requests" },
    { at: "Fault.Error.*.code", is: ["6240", "6140"], means: "failed-permanent", why: "it already exists" },
  ],
  pagination: { by: "statement", param: "query", items: "QueryResponse.*", most: 1_000 },
  sources: [
    {
      says: "500 a minute and 10 a second for each company; 429, and to wait 60 seconds",
      page: "https://developer.intuit.com/app/developer/qbo/docs/learn/limits-and-throttles",
      seen,
    },
    {
      says: "requestid in the query, 50 characters (36 for a batch), the same answer again",
      page: "https://blogs.intuit.com/2015/04/06/15346/",
      seen,
    },
    {
      says: "pages by STARTPOSITION and MAXRESULTS, in a third party's program",
      page: "https://kestra.io/plugins/plugin-quickbooks/query/io.kestra.plugin.quickbooks.query.query",
      seen,
    },
    {
      says: "6240: the name exists already",
      page: "https://developer.intuit.com/hub/blog/2017/06/08/top-quickbooks-online-api-errors-and-how-to-handle-them",
      seen,
    },
  ],
  unconfirmed: [
    "how long a requestid is remembered: nothing was found, and an hour is what is counted on here",
    "STARTPOSITION, MAXRESULTS and 1,000 at most, but for third parties' programs",
    "6140 for a number that is taken; 6210 in the page above is about the same",
    "webhooks: there is no verifier for its signature here",
  ],
});
