import { WaybillError } from "../../model/errors.ts";
import { type Clock, systemClock } from "../../world/clock.ts";
import { type Random, systemRandom } from "../../world/random.ts";
import type { Call, CallName, Reply } from "../desk/calls.ts";
import { type Carried, type Carrier, channel } from "../desk/channel.ts";
import { faultText } from "../desk/faults.ts";
import type { Ledger, OpenOptions } from "../ledger.ts";
import { postgresAddress } from "./address.ts";
import { batching } from "./batch.ts";
import { ledgerFault } from "./faults.ts";
import { join, takeLanes } from "./lanes.ts";
import { type Line, openLine, type Sql } from "./line.ts";
import { migrate } from "./migrate.ts";
import { type Here, type Other, others } from "./others.ts";
import { drawing } from "./postgres-desk.ts";
import { recovering } from "./recover.ts";

/** Connections for what does not go through the desk: as many at once. */
const besideMax = 3;

/**
 * Opens a ledger in a PostgreSQL database, in a schema of its own, and makes it when it is not there.
 *
 * @param world where time and chance come from; the machine's own by default.
 * @throws {WaybillError} `ledger-newer`, `ledger-full`, `ledger-failed`, or `bad-configuration` for an address that names no ledger and for a server
 *   that will not do.
 * @example
 * const ledger = await openPostgres({ address: "postgres://app@localhost/shop", role: "owner", mustExist: false });
 */
export async function openPostgres(
  options: OpenOptions,
  world: { readonly clock: Clock; readonly random: Random } = { clock: systemClock, random: systemRandom },
): Promise<Ledger> {
  const { url, schema, shown } = postgresAddress(options.address);
  const { clock, random } = world;
  // A worker's number is drawn: nobody has to be asked for it, and no two are the same.
  const worker = Math.floor(random.next() * Number.MAX_SAFE_INTEGER);
  const lineOf = (slot: number): Line =>
    openLine({ url, schema, clock, writer: () => ({ worker, slot }), check: (sql) => refuseServer(sql, shown) });
  const line = lineOf(0);
  try {
    const { ledgerId, epoch } = await line.transaction(
      (sql) => migrate(sql, { shown, schema, mustExist: options.mustExist }, random.uuid()),
      {
        unnumbered: true,
      },
    );
    let lanes: ReadonlySet<number> = new Set();
    const own = async (nowMs: number): Promise<undefined> => {
      await line.transaction((sql) => join(sql, { worker, nowMs }));
      lanes = await line.transaction((sql) => takeLanes(sql, { worker, nowMs }));
      await recover(nowMs, lanes);
      return undefined;
    };
    const drawn = drawing(worker);
    const known = { words: new Map(), texts: new Map(), books: new Map() };
    const batch = batching({ address: shown, line, drawing: drawn, known, worker: () => worker, lanes: () => lanes });
    const recover = recovering({ line, drawing: drawn, known, worker });
    if (options.role === "owner") await own(clock.now());
    const carry = async (calls: readonly Call[]): Promise<Carried> => {
      const replies: Reply[] = [];
      const desk = calls.filter(({ name }) => name !== "own");
      for (const call of calls) if (call.name === "own") replies.push(await answered(() => own(call.input), shown));
      return { replies: [...replies, ...(await batch(desk))], foreign: false };
    };
    const here: Here = {
      worker,
      ledgerId,
      walks: new Map(),
      nextEntry: () => drawn.entry(clock.now()),
    };
    const besides = Array.from({ length: besideMax }, (_, index) => lineOf(index + 1));
    const carrier: Carrier = {
      facts: { address: shown, owner: options.role === "owner", ledgerId, epoch },
      carry,
      end: () => line.close(),
    };
    return channel(carrier, clock, {
      names: new Set(Object.keys(others) as CallName[]),
      open: async () => beside(besides, carrier, here, shown),
    });
  } catch (fault) {
    await line.close();
    throw ledgerFault(fault, shown);
  }
}

/** What does not go through the desk takes the connection that has least to do. */
function beside(lines: readonly Line[], { facts }: Carrier, here: Here, shown: string): Carrier {
  const busy = lines.map(() => 0);
  async function one(call: Call): Promise<Reply> {
    const at = busy.indexOf(Math.min(...busy));
    const line = lines[at] as Line;
    const other = others[call.name as keyof typeof others] as Other<never>;
    const work = (sql: Sql): Promise<unknown> => other.run(sql, call.input as never, here);
    busy[at] = (busy[at] ?? 0) + 1;
    try {
      return await answered(() => (other.writes ? line.transaction(work) : line.snapshot(work)), shown);
    } finally {
      busy[at] = (busy[at] ?? 0) - 1;
    }
  }
  return {
    facts,
    carry: async (calls) => ({ replies: await Promise.all(calls.map(one)), foreign: false }),
    async end() {
      await Promise.all(lines.map((line) => line.close()));
    },
  };
}

async function answered(work: () => Promise<unknown>, shown: string): Promise<Reply> {
  try {
    return { answer: await work() };
  } catch (fault) {
    return { fault: faultText(ledgerFault(fault, shown)) };
  }
}

/** A server that would lose what it has acknowledged, or cannot hold every text, is refused. */
async function refuseServer(sql: Sql, shown: string): Promise<void> {
  const [[version, encoding, commit] = []] = await sql.rows(
    "select current_setting('server_version_num')::integer, current_setting('server_encoding'), current_setting('synchronous_commit')",
  );
  const refuse = (what: string, hint: string): never => {
    throw new WaybillError("bad-configuration", `The ledger ${shown} ${what}.`, hint);
  };
  if ((version as number) < 150_000)
    refuse(`is on PostgreSQL ${Math.floor((version as number) / 10_000)}`, "Use PostgreSQL 15 or later.");
  if (encoding !== "UTF8")
    refuse(
      `is in a database whose encoding is ${String(encoding)}`,
      "Create a database with: create database NAME encoding 'UTF8' template template0",
    );
  if (commit === "off" || commit === "local")
    refuse(
      `is on a server where synchronous_commit is ${commit}: what is acknowledged could be lost`,
      "Set it for the ledger's user: alter role NAME set synchronous_commit = on",
    );
}
