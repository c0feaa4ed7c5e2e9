import { WaybillError } from "../../model/errors.ts";
import { countMax } from "../alerts.ts";
import type { AskWithin, OutboxRow, OutboxWait, Outgoing } from "../outbox.ts";
import type { Cell } from "./cells.ts";
import type { Sql } from "./line.ts";
import { type Other, reads } from "./other.ts";
import { inSchema } from "./statement.ts";
import { toText } from "./text.ts";

// Two statements run within the user's transaction. The first only reads: whether this is the ledger, and whether anything can be written. The second
// inserts the row, and only if it runs in the transaction of the first, which the transaction's own time tells: now() is one and the same from the
// beginning of a transaction to its end, and another one in the next. So a client that is in no transaction, and a pool in whatever disguise, are found out
// before anything is written. Nothing is locked but the new row, which nobody else sees: a transaction may stay open for hours, and no worker waits for it.
// Nobody is notified either: a transaction that does takes a lock that is one for the whole server, so users' commits would queue.

/** One read takes so many rows, and so many bytes of what they hold; at least one row. */
const readMax = { rows: 256, bytes: 8_000_000 };
/** What a transaction can be given at once. */
const rawBytesMax = 64_000_000;

const looking = `
  select ledger_id as ledger, extract(epoch from now())::text as began, current_setting('transaction_read_only') as read_only from waybill.ledger`;
const inserting = `
  with given as (select $1::text::bigint as number, $2::text as integration, $3::text as tenant, $4::text as raw, $5::text as began),
  put as (
    insert into waybill.outbox (number, integration, tenant, raw, sent_at)
    select number, integration, tenant, raw, (extract(epoch from clock_timestamp()) * 1000000)::bigint
    from given where began = extract(epoch from now())::text
  )
  select (began = extract(epoch from now())::text)::text as put from given`;

export interface OutboxOf {
  readonly schema: string;
  readonly shown: string;
  readonly ledgerId: string;
}

/**
 * Takes something down within a user's transaction.
 *
 * @throws {WaybillError} `bad-usage` where it is no transaction in this database or one that cannot write, `bad-configuration` where its user may not,
 *   `too-large`; and whatever the client throws, as it is: whoever repeats transactions looks at its code.
 */
export async function putOutgoing(
  ask: AskWithin,
  { integration, tenant, raw }: Outgoing,
  { schema, shown, ledgerId, number }: OutboxOf & { readonly number: number },
): Promise<void> {
  const bytes = Buffer.byteLength(raw);
  if (bytes > rawBytesMax)
    throw new WaybillError(
      "too-large",
      `The record has ${bytes} bytes; within a transaction at most ${rawBytesMax} can be sent.`,
      "Send what names it, and let a load() or the delivery read the rest.",
    );
  const found = await asked(ask, schema, shown, looking, []);
  if (found?.ledger !== ledgerId)
    throw new WaybillError(
      "bad-usage",
      `The transaction given as within is in another database than the ledger ${shown}: it has a ledger of its own there.`,
      "Both have to be the same database: compare the addresses.",
    );
  if (found.read_only === "on")
    throw new WaybillError(
      "bad-usage",
      "The transaction given as within can only read.",
      'Begin it with "begin read write", on the primary and not on a standby.',
    );
  const values = [String(number), integration, tenant, raw, String(found.began)];
  const put = await asked(ask, schema, shown, inserting, values);
  if (put?.put !== "true")
    throw new WaybillError(
      "bad-usage",
      "What is given as within is in no transaction: two statements of it ran in two. Nothing was sent.",
      'Begin one first (await client.query("begin")), or leave within out: then send is done when it resolves.',
    );
}

/** The one row of a statement within the user's transaction, by its columns: a client answers rows, or an object that has them. */
async function asked(
  ask: AskWithin,
  schema: string,
  shown: string,
  text: string,
  values: readonly string[],
): Promise<Readonly<Record<string, unknown>> | undefined> {
  let answer: unknown;
  try {
    answer = await ask(inSchema(text, schema), values.map(toText));
  } catch (thrown) {
    throw refused(thrown, schema, shown) ?? thrown;
  }
  const rows = Array.isArray(answer) ? answer : (answer as { readonly rows?: unknown } | null | undefined)?.rows;
  if (!Array.isArray(rows))
    throw new WaybillError(
      "bad-usage",
      "What is given as within ran a statement and did not answer its rows.",
      "A function has to resolve to an array of rows, or to { rows: […] }.",
    );
  return rows[0] as Readonly<Record<string, unknown>> | undefined;
}

/** By SQLSTATE: what the user can do something about. */
function refused(thrown: unknown, schema: string, shown: string): WaybillError | undefined {
  const { code, message } = thrown as { readonly code?: unknown; readonly message?: unknown };
  const cause = { cause: thrown };
  if (code === "42P01" || code === "3F000")
    return new WaybillError(
      "bad-usage",
      `The transaction given as within is in a database that has no ledger in the schema "${schema}"; the ledger is ${shown}.`,
      "A record can commit with your transaction only where both are in one database: compare the addresses.",
      cause,
    );
  if (code === "25P02")
    return new WaybillError(
      "bad-usage",
      "The transaction given as within has failed already: an earlier statement of it did. Nothing was sent.",
      "Look at that statement's error, roll back, and begin again.",
      cause,
    );
  if (code === "42501")
    return new WaybillError(
      "bad-configuration",
      `The user of the transaction given as within may not write to the ledger's outbox: ${String(message)}.`,
      `As the ledger's user: grant usage on schema "${schema}" to NAME; grant select on "${schema}".ledger to NAME; grant insert on "${schema}".outbox to NAME`,
      cause,
    );
  return undefined;
}

/** Oldest first. One worker of a fleet reads it, the owner of the first lane: it costs the others a question, and spares them work that is done twice. */
const reading = `
  select number, integration, tenant, raw from (
    select number, integration, tenant, raw, sent_at, sum(octet_length(raw)) over (order by sent_at, number) - octet_length(raw) as before
    from (
      select * from waybill.outbox where integration = any($1::text[])
      order by sent_at, number limit ${readMax.rows}
    ) oldest
  ) o where before < ${readMax.bytes} order by sent_at, number`;

export const outbox: Other<"outbox"> = reads(async (sql, integrations) =>
  (await sql.rows(reading, integrations)).map(
    ([number, integration, tenant, raw]): OutboxRow => ({
      number: number as number,
      integration: integration as string,
      tenant: tenant as string,
      raw: raw as string,
    }),
  ),
);

const waiting = `
  select integration, tenant, count(*), min(sent_at) / 1000
  from (select integration, tenant, sent_at from waybill.outbox order by sent_at, number limit ${countMax}) oldest
  group by integration, tenant order by integration, tenant`;

/** What waits in the outbox, of each integration and tenant. */
export async function outboxWaits(sql: Sql): Promise<readonly OutboxWait[]> {
  return (await sql.rows(waiting)).map(
    ([integration, tenant, count, sinceMs]: Cell[]): OutboxWait => ({
      integration: integration as string,
      tenant: tenant as string,
      count: count as number,
      sinceMs: sinceMs as number,
    }),
  );
}
