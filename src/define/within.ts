import { WaybillError } from "../model/errors.ts";

/**
 * A transaction of your own, in the PostgreSQL in which the ledger is: node-postgres's `Client` or `PoolClient` after `begin`, the `sql` that postgres.js
 * hands to `sql.begin`, or a function that runs one statement in the transaction and answers its rows. The text has `$1`, `$2`, … once each and in their
 * order.
 *
 * @example
 * await waybill.send("orders", order, { within: (text, values) => trx.executeQuery(CompiledQuery.raw(text, [...values])) }); // Kysely
 */
export type Within =
  | { query(text: string, values: string[]): PromiseLike<unknown>; readonly totalCount?: never }
  | { unsafe(text: string, values: string[]): PromiseLike<unknown> }
  | ((text: string, values: string[]) => PromiseLike<unknown>);

const forms =
  "Give it the client that your transaction runs on (node-postgres's Client or PoolClient, the sql of postgres.js's sql.begin), or a function: within: (text, values) => …";

/**
 * How to ask within a transaction that a user gave.
 *
 * @throws {WaybillError} `bad-usage` for what is no such thing, and for a pool: its queries share no transaction.
 */
export function askingWithin(within: Within): (text: string, values: readonly string[]) => PromiseLike<unknown> {
  const given = within as unknown;
  if ((typeof given !== "object" && typeof given !== "function") || given === null)
    throw new WaybillError("bad-usage", `within is ${given === null ? "null" : typeof given}.`, forms);
  if (isPool(given))
    throw new WaybillError(
      "bad-usage",
      "within is a Pool, whose queries run on whichever connection is free: they share no transaction.",
      'Take a client from it: const client = await pool.connect(); await client.query("begin"); …, and give that.',
    );
  if ("unsafe" in within) return (text, values) => within.unsafe(text, [...values]);
  if ("query" in within) return (text, values) => within.query(text, [...values]);
  if (typeof within === "function") return (text, values) => within(text, [...values]);
  throw new WaybillError("bad-usage", "within has neither query() nor unsafe(), and is no function.", forms);
}

/** node-postgres's Pool counts its clients. */
function isPool(given: object): boolean {
  return "totalCount" in given && "idleCount" in given;
}
