import { WaybillError } from "../../model/errors.ts";
import { type Clock, systemClock } from "../../world/clock.ts";
import { type Random, systemRandom } from "../../world/random.ts";
import type { Restore } from "../ledger.ts";
import { postgresAddress } from "./address.ts";
import { ledgerFault } from "./faults.ts";
import { openLine, type Sql } from "./line.ts";
import { migrate } from "./migrate.ts";

// A database that its operators have set back to an earlier moment holds a ledger that has lost time. PostgreSQL restores it; what Waybill has to do is to know
// of it: a new epoch begins, with the same rules as where a SQLite ledger is restored (ledger/sqlite/restore.ts says which, flow/lost-time.ts why).

export interface SetBackOptions {
  readonly address: string;
  readonly nowMs: number;
  /** The moment to which the database was set back. */
  readonly copiedAtMs: number;
  readonly doubtNewUntilMs: number;
  readonly actor: string;
  readonly why: string | undefined;
  /** Says what would be, and changes nothing. */
  readonly dryRun: boolean;
}

export interface SetBack {
  readonly restore: Restore;
  /** Effects that the ledger knows and not as done. */
  readonly inDoubt: number;
}

/**
 * Begins a new epoch in a ledger whose database was set back.
 *
 * @throws {WaybillError} `ledger-owned` while a Waybill is connected to it, `bad-configuration` when there is none, `bad-usage` for a moment to come.
 * @example await setBack({ address, nowMs, copiedAtMs, doubtNewUntilMs: nowMs + 86_400_000, actor: "ann", why: "the disk was gone", dryRun: false });
 */
export async function setBack(
  options: SetBackOptions,
  world: { readonly clock: Clock; readonly random: Random } = { clock: systemClock, random: systemRandom },
): Promise<SetBack> {
  const { url, schema, shown } = postgresAddress(options.address);
  if (options.copiedAtMs > options.nowMs)
    throw new WaybillError(
      "bad-usage",
      "That moment is still to come.",
      "Look at --made-at, and at this machine's clock.",
    );
  const worker = 1 + Math.floor(world.random.next() * (Number.MAX_SAFE_INTEGER - 1));
  const line = openLine({ url, schema, clock: world.clock, writer: { worker, slot: 0 } });
  try {
    await line.transaction((sql) => migrate(sql, { shown, schema, mustExist: true }, ""), { unnumbered: true });
    return await line.transaction(async (sql) => {
      await refuseCompany(sql, shown);
      const done = await openEpoch(sql, options);
      if (options.dryRun) throw new DryRun(done);
      return done;
    });
  } catch (fault) {
    if (fault instanceof DryRun) return fault.wouldBe;
    throw ledgerFault(fault, shown);
  } finally {
    await line.close();
  }
}

/** Rolls the transaction back, and says what it would have come to. */
class DryRun extends Error {
  readonly wouldBe: SetBack;
  constructor(wouldBe: SetBack) {
    super("a dry run");
    this.wouldBe = wouldBe;
  }
}

/** Whoever works with the ledger has read its epoch already. */
async function refuseCompany(sql: Sql, shown: string): Promise<void> {
  const [[others] = []] = await sql.rows(
    `select count(*)::integer from pg_stat_activity
     where datname = current_database() and application_name = 'waybill' and pid <> pg_backend_pid()`,
  );
  if (others === 0) return;
  throw new WaybillError(
    "ledger-owned",
    `${others as number} connections of Waybill are open to the database of ${shown}.`,
    "Stop every worker first, and have PgBouncer close what it keeps open.",
  );
}

async function openEpoch(sql: Sql, options: SetBackOptions): Promise<SetBack> {
  const { nowMs, copiedAtMs, doubtNewUntilMs, actor, why } = options;
  const [[before] = []] = await sql.rows("select epoch from waybill.ledger for update");
  const restore: Restore = { epoch: (before as number) + 1, atMs: nowMs, copiedAtMs, doubtNewUntilMs };
  sql.send("update waybill.ledger set epoch = $1, copied_at = null, server_url = null", restore.epoch);
  sql.send("delete from waybill.asks");
  sql.send(
    "insert into waybill.restores (epoch, at, copied_at, doubt_new_until) values ($1, $2, $3, $4)",
    restore.epoch,
    nowMs,
    copiedAtMs,
    doubtNewUntilMs,
  );
  sql.send(
    `insert into waybill.journal (about, entry, at, what, actor, why, detail)
     select '', coalesce(max(entry), 0) + 1, $1, 'restored', $2, $3, $4 from waybill.journal`,
    nowMs,
    actor,
    why,
    JSON.stringify({ epoch: restore.epoch, copiedAt: new Date(copiedAtMs).toISOString() }),
  );
  const inDoubt = await sql.run(
    `update waybill.effects e set state = 'doubt', last_sent = $2::bigint,
       first_sent = case when first_sent > 0 then least(first_sent, $1::bigint) else $1::bigint end
     where how <> 'natural' and state in ('intended', 'doubt', 'not-applied')
       and release <> coalesce((select word from waybill.words where text = ''), 0)
       and not exists (select 1 from waybill.requests q where q.owner = e.owner and q.name = e.name and q.request::json ->> 'method' = 'PART')`,
    copiedAtMs,
    nowMs,
  );
  sql.send("update waybill.effects set last_sent = $1::bigint where last_sent > $1::bigint", nowMs);
  return { restore, inDoubt };
}
