import type { AnswerToClassify, Classify } from "../../define/classify.ts";
import { cost } from "../../define/limit.ts";
import { allAt, firstAt } from "../../define/pagination.ts";
import { type Vendor, vendor } from "../../define/vendor.ts";

const seen = "2026-11-26";

const isThrottled = (body: unknown): boolean => allAt(body, "errors.*.extensions.code").includes("THROTTLED");

/** Points come back at a rate that the answer tells: how long until there are as many as the query needs. */
const classify: Classify = ({ body }) => {
  if (!isThrottled(body)) return unanswered(body);
  const [needs, left, perSecond] = [
    "extensions.cost.requestedQueryCost",
    "extensions.cost.throttleStatus.currentlyAvailable",
    "extensions.cost.throttleStatus.restoreRate",
  ].map((at) => firstAt(body, at));
  const told = typeof needs === "number" && typeof left === "number" && typeof perSecond === "number" && perSecond > 0;
  const waitMs = told ? Math.max(0, Math.ceil(((needs - left) / perSecond) * 1_000)) : 1_000;
  return { outcome: "limited", why: "the points are spent", after: `${Math.min(waitMs, 60_000)}ms` };
};

/** Errors beside data may come from the middle of the work; without any data nothing was done (https://spec.graphql.org/October2021/#sec-Response-Format). */
function unanswered(body: unknown): ReturnType<Classify> {
  if (allAt(body, "errors.*").length === 0) return undefined;
  return "data" in (body as object)
    ? { outcome: "in-doubt", why: "there are errors beside the data" }
    : { outcome: "failed-permanent", why: "the query was refused" };
}

/** What a query is taken to cost before its answer tells; one that costs more says so itself: `cost: 400`. */
const reserved = 50;

/** What it has cost. A query that was refused for its points has cost none. */
const costOf = ({ body }: AnswerToClassify): number | undefined => {
  if (isThrottled(body)) return 0;
  const told = firstAt(body, "extensions.cost.actualQueryCost");
  return typeof told === "number" ? told : undefined;
};

/**
 * Shopify's GraphQL Admin API. The base URL is the shop's, up to the version. Points are counted as the shop counts them: reserved before a query and
 * put right by its answer; a shop that is out of points all the same says how long to wait. A mutation with `@idempotent(key: $key)` takes `byKey({ body: "variables.key" })`. Its webhooks: `shopifyWebhooks`.
 */
export const shopifyGraphql: Vendor = vendor({
  name: "shopify-graphql",
  title: "Shopify (GraphQL)",
  limits: [cost(100, "1s", { burst: 1_000, reserve: () => reserved, of: costOf })],
  key: {
    none: 'only mutations with the directive @idempotent do, and there it is a variable: byKey({ body: "variables.key" })',
  },
  answers: [
    {
      at: "data.*.userErrors.*.code",
      is: "IDEMPOTENCY_CONCURRENT_REQUEST",
      means: "in-doubt",
      key: "in-flight",
      why: "a request with this key is under way there",
    },
    {
      at: "data.*.userErrors.*.code",
      is: "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
      means: "in-doubt",
      key: "spent",
      why: "this key went with another request before",
    },
    { at: "data.*.userErrors.*", means: "failed-permanent", why: "the mutation was refused" },
    { at: "errors.*.extensions.code", is: "INTERNAL_SERVER_ERROR", means: "in-doubt", why: "it failed there" },
    {
      at: "errors.*.extensions.code",
      is: ["ACCESS_DENIED", "SHOP_INACTIVE", "MAX_COST_EXCEEDED"],
      means: "failed-permanent",
      why: "the query was refused",
    },
  ],
  classify,
  pagination: {
    by: "token",
    at: "data.*.pageInfo.endCursor",
    more: "data.*.pageInfo.hasNextPage",
    param: "variables.after",
  },
  webhooks: "shopifyWebhooks",
  sources: [
    {
      says: "the cost of a query is counted: 100 points a second on the standard plan, 200, 1,000 and more on others",
      page: "https://shopify.dev/docs/api/usage/limits",
      seen,
    },
    {
      says: "THROTTLED in errors, and extensions.cost beside it, not in it; no data then",
      page: "https://community.shopify.com/t/throttled/254776",
      seen,
    },
    {
      says: "the directive @idempotent, for some mutations",
      page: "https://shopify.dev/docs/api/usage/idempotent-requests",
      seen,
    },
  ],
  unconfirmed: [
    "the codes of errors and where they stand, but for THROTTLED; a copy of the schema names the two about keys",
    "how long a key is remembered: its page says that there is a window, and what could be read of it does not say which",
    "whether a query without points is answered with 200 or 429: both are read",
    "how many points the bucket holds: 1,000 is the most that one query may cost, so it holds at least that",
    "50 points for a query that has not been answered yet: a guess of ours",
  ],
});
