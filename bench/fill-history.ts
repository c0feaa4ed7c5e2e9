import type { Postgres } from "../scripts/postgres.ts";

/**
 * Records that were delivered long ago, with everything that is kept of each: from the `from`th to the `to`th. They belong to the first book, and their
 * numbers are smaller than any that is drawn. Made by the server, and then left to its own autovacuum.
 */
export async function fillHistory(postgres: Postgres, from: number, to: number): Promise<void> {
  if (to <= from) return;
  for (const statement of statements) await postgres.ask(statement, [from + 1, to]);
}

const every = "generate_series($1::bigint, $2::bigint) as n";
const hash = (of: string): string => `decode(md5('${of}' || n), 'hex')`;
const word = "(select min(word) from waybill.words)";

const statements = [
  `insert into waybill.payloads (payload, raw, text)
   select n, convert_to(rpad('{"id":"old-' || n || '"}', 600, ' '), 'UTF8'), true from ${every}`,
  `insert into waybill.records (record, book, state, source, contract, payload, id, key_hash, entity_hash, received_at, settled_at,
     attempts, queued, strict, loading)
   select n, (select min(book) from waybill.books), 'delivered', ${word}, ${word}, n, 'old-' || n,
     ('x' || substr(md5('key' || n), 1, 13))::bit(52)::bigint, ${hash("entity")}, n, n, 1, false, false, false from ${every}`,
  `insert into waybill.marks (mark, book, record, key_hash, raw_hash, contract)
   select ${hash("mark")}, (select min(book) from waybill.books), n, ('x' || substr(md5('key' || n), 1, 13))::bit(52)::bigint, ${hash("raw")}, ${word}
   from ${every}`,
  `insert into waybill.effects (owner, name, n, per, generation, state, how, result, release, idempotency_key, first_sent, last_sent, done_at,
     attempts, made_by, uncompared)
   select n, 'invoice', 1, 'record', 1, 'done', 'byKey', '{"id":"inv_1"}', ${word}, md5('effect' || n), n, n, n, 1, n, false from ${every}`,
  `insert into waybill.requests (owner, name, request) select n, 'invoice', rpad('{"system":"books"}', 800, ' ') from ${every}`,
];
