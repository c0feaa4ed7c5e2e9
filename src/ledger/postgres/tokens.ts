import { type StoredToken, steppedToken, storedToken, tokenCells, tokenColumns, tokenRow } from "../desk/tokens.ts";
import type { Sql } from "./line.ts";
import { type Other, reads, writes } from "./other.ts";

export const tokens: Other<"tokens"> = reads(async (sql, account) =>
  (
    await sql.rows(
      `select ${tokenColumns} from waybill.tokens
       where $1::text is null or (system = $1 and tenant = $2) order by system, tenant`,
      account?.system,
      account?.tenant,
    )
  ).map((row) => tokenRow(storedToken(row))),
);

const insert = `
  insert into waybill.tokens (${tokenColumns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
  on conflict do nothing`;
const update = `
  update waybill.tokens set generation = $3, sealed = $4, key = $5, expires_at = $6, state = $7, why = $8, changed_at = $9, refresher = $10,
    began_at = $11, until = $12, tries = $13, guest = $14
  where system = $1 and tenant = $2`;

/** One step of a refresh, or a person's consent. The row is held until the commit; of two who make the first row, the later looks at the other's. */
export const stepToken: Other<"stepToken"> = writes(async (sql, step) => {
  for (;;) {
    const before = await held(sql, step.system, step.tenant);
    const after = steppedToken(step, before);
    if (after === undefined) return { done: false, row: before === undefined ? undefined : tokenRow(before) };
    const written = await sql.run(before === undefined ? insert : update, ...tokenCells(after), after.guest);
    if (written === 1) return { done: true, row: tokenRow(after) };
  }
});

async function held(sql: Sql, system: string, tenant: string): Promise<StoredToken | undefined> {
  const text = `select ${tokenColumns} from waybill.tokens where system = $1 and tenant = $2 for update`;
  const [row] = await sql.rows(text, system, tenant);
  return row === undefined ? undefined : storedToken(row);
}
