import { Client } from "pg";
import { readMigrations } from "../../../src/ledger/postgres/migrate.ts";

// A ledger in PostgreSQL as one text of SQL: the tables as the migrations of its version made them, then its rows. `pg_dump` would do it too, and is not
// everywhere where the server's programs are.

const madeByHand =
  "create schema waybill; create table waybill.migrations (version integer primary key, at timestamptz not null default now())";

export async function dump(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(
      `select table_name "table", string_agg(quote_ident(column_name), ', ' order by ordinal_position) columns,
         string_agg(format('coalesce(quote_literal(%I::text), ''null'')', column_name), ' || '', '' || ' order by ordinal_position) "values"
       from information_schema.columns where table_schema = 'waybill' group by 1 order by 1`,
    );
    const tables = rows as { table: string; columns: string; values: string }[];
    const texts = [madeByHand, ...readMigrations()];
    // Migrations put rows in, too.
    texts.push(`truncate ${tables.map(({ table }) => `waybill.${table}`).join(", ")}`);
    for (const { table, columns, values } of tables) {
      const found = await client.query(`select ${values} "row" from waybill.${table} order by 1`);
      for (const { row } of found.rows as { row: string }[])
        texts.push(`insert into waybill.${table} (${columns}) values (${row})`);
    }
    return texts.map((text) => `${text.trim().replace(/;$/, "")};\n`).join("");
  } finally {
    await client.end();
  }
}

/** Makes a ledger of what `dump` answered, in an empty database. */
export async function restoreDump(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
