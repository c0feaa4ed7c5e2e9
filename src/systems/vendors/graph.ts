import { concurrent } from "../../define/limit.ts";
import { type Vendor, vendor } from "../../define/vendor.ts";

const seen = "2026-11-26";

/** Microsoft Graph. Its limits are of each service behind it: declare those of yours. Its webhooks: `graphWebhooks`. */
export const graph: Vendor & { readonly baseUrl: string } = vendor({
  name: "graph",
  title: "Microsoft Graph",
  baseUrl: "https://graph.microsoft.com/v1.0",
  limits: [concurrent(4)],
  key: { none: "it documents none for all of it" },
  answers: [
    { status: 409, at: "error.code", is: "nameAlreadyExists", means: "failed-permanent", why: "it already exists" },
  ],
  pagination: { by: "url", at: ["@odata.nextLink"] },
  webhooks: "graphWebhooks",
  sources: [
    {
      says: "429 with Retry-After; limits depend on the service",
      page: "https://learn.microsoft.com/graph/throttling",
      seen,
    },
    {
      says: "10,000 in ten minutes and 4 at once for some services, others elsewhere; 2,000 a second for each app; some send no Retry-After",
      page: "https://github.com/microsoftgraph/microsoft-graph-docs-contrib/blob/main/concepts/throttling-limits.md",
      seen,
    },
    {
      says: "@odata.nextLink, taken whole, until it is missing; a page may be empty",
      page: "https://github.com/microsoftgraph/microsoft-graph-docs-contrib/blob/main/concepts/paging.md",
      seen,
    },
  ],
  unconfirmed: [
    "4 at once, which is Outlook's limit for a mailbox and is used here for all of it",
    "nameAlreadyExists: its page of errors knows only the status 409",
    "transactionId of events, which works like a key",
  ],
});
