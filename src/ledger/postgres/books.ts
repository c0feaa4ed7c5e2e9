import { internalPrefix } from "../../model/internal.ts";
import type { Counter } from "../desk/keepers.ts";
import type { Sql } from "./line.ts";

/** The books of what users declared: not those that Waybill keeps for itself, such as the delivery of alerts. */
export const ofUsers: string = `b.integration not like '${internalPrefix}%'`;

/** The books of the integration that a parameter of a statement names; where it is null, of all that users declared. */
export const askedFor = (parameter: string): string =>
  `((${parameter}::text is null and ${ofUsers}) or b.integration = ${parameter}::text)`;

export interface BookName {
  readonly integration: string;
  readonly tenant: string;
}

const keyOf = ({ integration, tenant }: BookName): string => `${integration}\n${tenant}`;

/**
 * The numbers of the books of integrations and tenants, in the order of the names. A book that is new gets the next number; where two transactions take the
 * same one, the later waits for the earlier, finds nothing inserted, and looks again.
 */
export async function openBooks(sql: Sql, names: readonly BookName[]): Promise<readonly number[]> {
  const all = new Map(names.map((name) => [keyOf(name), name]));
  const found = new Map<string, number>();
  for (;;) {
    // In one order everywhere, so that two transactions with the same new books wait for each other in one direction.
    const missing = [...all.keys()].filter((key) => !found.has(key)).sort();
    if (missing.length === 0) return names.map((name) => found.get(keyOf(name)) as number);
    for (const [book, integration, tenant] of await sql.rows(finding, ...columnsOf(missing, all)))
      found.set(keyOf({ integration: integration as string, tenant: tenant as string }), book as number);
    const unknown = missing.filter((key) => !found.has(key));
    if (unknown.length > 0) sql.send(inserting, ...columnsOf(unknown, all));
  }
}

function columnsOf(keys: readonly string[], all: ReadonlyMap<string, BookName>): [string[], string[]] {
  const names = keys.map((key) => all.get(key) as BookName);
  return [names.map(({ integration }) => integration), names.map(({ tenant }) => tenant)];
}

const finding = `
  select b.book, b.integration, b.tenant
  from unnest($1::text[], $2::text[]) as given (integration, tenant) join waybill.books b using (integration, tenant)`;
const inserting = `
  insert into waybill.books (book, integration, tenant)
  select coalesce((select max(book) from waybill.books), 0) + n, integration, tenant
  from unnest($1::text[], $2::text[]) with ordinality as given (integration, tenant, n)
  on conflict do nothing`;

export type Counts = { readonly book: number } & { readonly [Name in Counter]?: number | undefined };

/** Adds to the counters of books: each book once, in this worker's own rows. */
export function countBooks(sql: Sql, worker: number, counts: readonly Counts[]): void {
  if (counts.length === 0) return;
  const rows = [...counts].sort((a, b) => a.book - b.book);
  const column = (name: Counter): number[] => rows.map((row) => row[name] ?? 0);
  sql.send(
    counting,
    worker,
    rows.map(({ book }) => book),
    column("received"),
    column("duplicate"),
    column("pruned"),
    column("refused"),
  );
}

const counting = `
  insert into waybill.book_counts as c (book, worker, received, duplicate, pruned, refused)
  select book, $1::bigint, received, duplicate, pruned, refused
  from unnest($2::integer[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
    as given (book, received, duplicate, pruned, refused)
  on conflict (book, worker) do update set received = c.received + excluded.received, duplicate = c.duplicate + excluded.duplicate,
    pruned = c.pruned + excluded.pruned, refused = c.refused + excluded.refused`;
