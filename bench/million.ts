import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { Postgres } from "../scripts/postgres.ts";
import { numberAt } from "../src/ledger/desk/numbers.ts";
import { digest, keyHash, nameHash } from "../src/model/identity.ts";

// A ledger that has been written for a month: what came and was delivered, several versions of each order among it, and what waits for persons for some
// reasons. The rows are the same in both stores, written past the ledger, since only reading is looked at.

export const integrationOf = "orders";
const batchRows = 5_000;
const monthMs = 30 * 24 * 3_600_000;
const versionsEach = 3;

type Value = string | number | Uint8Array | null;
type Table = "records" | "payloads" | "marks" | "effects" | "requests" | "timeline";

interface Row {
  readonly table: Table;
  readonly values: Readonly<Record<string, Value>>;
}

/** An order comes three times, under three ids. */
export const entityAt = (at: number): string => `ord-${Math.floor(at / versionsEach)}`;
export const idAt = (at: number): string => `${entityAt(at)}-${(at % versionsEach) + 1}`;
export const customerAt = (at: number): string => `customer-${(at * 7_919) % 50_000}`;

const causes = [
  { state: "quarantined", cause: "contract", reason: "total: expected a number, found text", per: 200 },
  { state: "quarantined", cause: "contract", reason: "customer.email: not an address", per: 330 },
  { state: "dead", cause: "permanent", reason: "422: no such customer", per: 901 },
  { state: "held", cause: "in-doubt", reason: "the answer did not arrive", per: 5_003 },
] as const;

interface Numbers {
  readonly book: number;
  readonly source: number;
  readonly contract: number;
}

function* rowsOf(at: number, count: number, nowMs: number, { book, ...words }: Numbers): Iterable<Row> {
  const receivedAtMs = Math.floor(nowMs - monthMs + (at * (monthMs - 60_000)) / count);
  const record = numberAt(receivedAtMs) + (at % 4_096);
  const [id, entity, key] = [idAt(at), entityAt(at), customerAt(at)];
  const trouble = causes.find(({ per }) => at % per === per - 1);
  const issues =
    trouble?.cause !== "contract"
      ? null
      : JSON.stringify([{ path: trouble.reason.split(":")[0], message: trouble.reason.split(": ")[1], found: "x" }]);
  const hash = keyHash(integrationOf, "", key);
  yield {
    table: "records",
    values: {
      record,
      book,
      state: trouble?.state ?? "delivered",
      cause: trouble?.cause ?? null,
      reason: trouble?.reason ?? null,
      issues,
      ...words,
      payload: record,
      id,
      entity,
      key,
      key_hash: hash,
      entity_hash: nameHash(integrationOf, "", entity),
      received_at: receivedAtMs,
      settled_at: receivedAtMs + 400,
      attempts: 1,
      queued: 0,
      strict: 0,
      loading: 0,
    },
  };
  const raw = JSON.stringify({ id, customer: key, email: `${key}@example.com`, total: at % 997 }).padEnd(600, " ");
  yield { table: "payloads", values: { payload: record, raw } };
  yield {
    table: "marks",
    values: {
      mark: nameHash(integrationOf, "", id),
      book,
      record,
      key_hash: hash,
      raw_hash: digest(raw),
      contract: words.contract,
    },
  };
}

/** Writes so many records into the first book of a ledger that nobody has open. */
export function fillSqlite(path: string, count: number, nowMs: number): void {
  const database = new DatabaseSync(path);
  database.exec("pragma synchronous = off; begin");
  const numbers = { book: 0, source: 0, contract: 0 };
  database.prepare("insert into books (integration, tenant, received) values (?, '', ?)").run(integrationOf, count);
  numbers.book = Number(database.prepare("select max(book) as book from books").get()?.book);
  for (const name of ["source", "contract"] as const) {
    database.prepare("insert into words (text) values (?) on conflict do nothing").run(textOf[name]);
    numbers[name] = Number(database.prepare("select word from words where text = ?").get(textOf[name])?.word);
  }
  const statements = new Map<Table, ReturnType<DatabaseSync["prepare"]>>();
  for (let at = 0; at < count; at++) {
    for (const { table, values } of rowsOf(at, count, nowMs, numbers)) {
      let statement = statements.get(table);
      if (statement === undefined) {
        const names = Object.keys(values);
        statement = database.prepare(
          `insert into ${table} (${names.join(", ")}) values (${names.map(() => "?").join(", ")})`,
        );
        statements.set(table, statement);
      }
      statement.run(...(Object.values(values) as SQLInputValue[]));
    }
  }
  database.exec("commit");
  database.exec("pragma wal_checkpoint(truncate)");
  database.close();
}

/** The same in PostgreSQL, which then sees to its statistics. */
export async function fillPostgres(postgres: Postgres, count: number, nowMs: number): Promise<void> {
  const numbers = { book: 1, source: 0, contract: 0 };
  await postgres.ask("insert into waybill.books (book, integration, tenant) values (1, $1, '')", [integrationOf]);
  await postgres.ask("insert into waybill.book_counts (book, worker, received) values (1, 0, $1)", [count]);
  for (const name of ["source", "contract"] as const) {
    await postgres.ask(
      "insert into waybill.words (word, text) select coalesce((select max(word) from waybill.words), 0) + 1, $1 on conflict do nothing",
      [textOf[name]],
    );
    const [found] = await postgres.ask("select word from waybill.words where text = $1", [textOf[name]]);
    numbers[name] = Number(found?.word);
  }
  for (let from = 0; from < count; from += batchRows) {
    const tables = new Map<Table, Record<string, Value>[]>();
    for (let at = from; at < Math.min(from + batchRows, count); at++)
      for (const { table, values } of rowsOf(at, count, nowMs, numbers)) {
        const rows = tables.get(table) ?? [];
        rows.push(asText(table === "payloads" ? { ...values, text: 1 } : values));
        tables.set(table, rows);
      }
    for (const [table, rows] of tables) {
      const names = Object.keys(rows[0] ?? {}).join(", ");
      const text = JSON.stringify(rows);
      await postgres.ask(
        `insert into waybill.${table} (${names}) select ${names} from json_populate_recordset(null::waybill.${table}, $1)`,
        [text],
      );
    }
  }
  await postgres.ask("vacuum analyze");
}

/** Bytes as PostgreSQL reads them. */
function asText(values: Row["values"]): Record<string, Value> {
  const entries = Object.entries(values).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? `\\x${Buffer.from(value).toString("hex")}` : value,
  ]);
  return Object.fromEntries(entries);
}

const textOf = { source: "push:orders", contract: "d1e0c1a2b3c4d5e6" } as const;
