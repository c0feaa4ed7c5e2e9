import { hostname } from "node:os";
import { WaybillError } from "../../model/errors.ts";
import { type Clock, systemClock } from "../../world/clock.ts";
import { isGone, thisPlace } from "../../world/place.ts";
import { type Random, systemRandom } from "../../world/random.ts";
import type { Call, CallName, Reply } from "../desk/calls.ts";
import { type Carried, type Carrier, channel } from "../desk/channel.ts";
import { faultText } from "../desk/faults.ts";
import type { ForeignWrite, Ledger, OpenOptions } from "../ledger.ts";
import { postgresAddress } from "./address.ts";
import { batching } from "./batch.ts";
import { EntityNumbers } from "./entity-numbers.ts";
import { ledgerFault } from "./faults.ts";
import type { Known } from "./fetch.ts";
import { createFleet, type Fleet } from "./fleet.ts";
import { callOut, channelOf, type Hints, heard } from "./hints.ts";
import { InHand } from "./in-hand.ts";
import { lendingOver } from "./lending.ts";
import { type Line, type LineOptions, openLine, type Sql } from "./line.ts";
import { migrate } from "./migrate.ts";
import { type Here, type Other, others } from "./others.ts";
import { putOutgoing } from "./outbox.ts";
import { drawing } from "./postgres-desk.ts";
import { recovering } from "./recover.ts";

/** Connections for what does not go through the desk: as many at once. */
const besideMax = 3;
/** The rows that a process's connections note their commits in. The work's own is 0. */
const slots = { besides: 1, pulse: 11, chores: 12, lending: 13 } as const;

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
  // What a process counts and commits under is drawn: nobody has to be asked for it, and no two are the same.
  const worker = 1 + Math.floor(random.next() * (Number.MAX_SAFE_INTEGER - 1));
  const check = (sql: Sql): Promise<void> => refuseServer(sql, shown);
  const lineOf = (slot: number, more: Pick<LineOptions, "hear" | "onConnected"> = {}): Line =>
    openLine({ url, schema, clock, writer: { worker, slot }, check, ...more });
  const known: Known = { words: new Map(), texts: new Map(), books: new Map() };
  const inHand = new InHand();
  const line = lineOf(0, {
    // Another server, or one that was set back, may come after this one.
    onConnected() {
      inHand.forgetAll();
      for (const numbers of Object.values(known)) numbers.clear();
    },
  });
  try {
    const { ledgerId, epoch } = await line.transaction(
      (sql) => migrate(sql, { shown, schema, mustExist: options.mustExist }, random.uuid()),
      { unnumbered: true },
    );
    const entityNumbers = new EntityNumbers(line);
    const drawn = drawing(worker, entityNumbers);
    const listeners = new Set<(what: ForeignWrite) => void>();
    const tell = (what: ForeignWrite): void => {
      for (const listener of listeners) listener(what);
    };
    const onCall = (text: string): void => {
      const { due, posted } = heard(text, fleet.lanes());
      if (due) tell("due");
      if (posted) tell("posted");
    };
    const pulse = lineOf(slots.pulse, { hear: { channel: channelOf(schema), onCall } });
    const chores = lineOf(slots.chores);
    const lending = lineOf(slots.lending);
    const lend = lendingOver(lending, clock);
    const hints = callOut(chores, schema);
    const name = options.worker?.name ?? hostname();
    let passed: readonly number[] = [];
    const fleet: Fleet = createFleet({
      desk: line,
      pulse,
      chores,
      clock,
      random,
      name,
      release: options.worker?.release ?? "",
      runs: options.worker?.runs ?? [],
      shown,
      place: thisPlace,
      isGone,
      requestMsMax: options.worker?.requestMsMax ?? (() => requestMsDefault),
      recover: recovering({ line, drawing: drawn, known, worker, me: () => fleet.me() }),
      passed: () => passed,
      onDue: () => tell("due"),
      onPosted: () => tell("posted"),
      onSent: () => tell("sent"),
    });
    const batch = batching({
      address: shown,
      line,
      drawing: drawn,
      entityNumbers,
      known,
      inHand,
      worker,
      fleet,
      onPassed: (books) => {
        passed = books;
      },
      onOthersDue: (lanes) => hints.due(lanes),
    });
    const own = async (): Promise<undefined> => {
      await fleet.join();
      return undefined;
    };
    if (options.role === "owner") await own();
    const carry = async (calls: readonly Call[]): Promise<Carried> => {
      const replies: Reply[] = [];
      const desk = calls.filter(({ name }) => name !== "own");
      for (const call of calls) if (call.name === "own") replies.push(await answered(own, shown));
      return { replies: [...replies, ...(await batch(desk))], foreign: false };
    };
    const here: Here = {
      worker,
      name,
      ledgerId,
      walks: new Map(),
      nowMs: () => clock.now(),
      nextEntry: () => drawn.entry(clock.now()),
    };
    const besides = Array.from({ length: besideMax }, (_, index) => lineOf(slots.besides + index));
    const carrier: Carrier = {
      facts: { address: shown, owner: options.role === "owner", fleet: true, ledgerId, epoch, worker: name },
      carry,
      async end() {
        await fleet.close();
        await Promise.all([line, pulse, chores, lending].map((one) => one.close()));
      },
      crew: {
        isSteward: () => fleet.isSteward(),
        leaseLeftMs: () => fleet.leaseLeftMs(),
        clockAheadMs: () => fleet.clockAheadMs(),
        onLost: (listener) => fleet.onLost(listener),
        leave: () => fleet.leave(),
        onForeignWrite: (listener) => void listeners.add(listener),
      },
      async lend(ask) {
        try {
          return await lend(ask);
        } catch (fault) {
          throw ledgerFault(fault, shown);
        }
      },
      sendWithin: (ask, outgoing) =>
        putOutgoing(ask, outgoing, {
          schema,
          shown,
          ledgerId,
          number: Math.floor(random.next() * Number.MAX_SAFE_INTEGER),
        }),
    };
    return channel(carrier, clock, {
      names: new Set(Object.keys(others) as CallName[]),
      open: async () => beside(besides, carrier, here, { shown, hints }),
    });
  } catch (fault) {
    await line.close();
    throw ledgerFault(fault, shown);
  }
}

/** Where nobody says how long a request may take. */
const requestMsDefault = 60_000;

/** What does not go through the desk takes the connection that has least to do. */
function beside(
  lines: readonly Line[],
  { facts }: Carrier,
  here: Here,
  { shown, hints }: { readonly shown: string; readonly hints: Hints },
): Carrier {
  const busy = lines.map(() => 0);
  async function one(call: Call): Promise<Reply> {
    const at = busy.indexOf(Math.min(...busy));
    const line = lines[at] as Line;
    const other = others[call.name as keyof typeof others] as Other<never>;
    const work = (sql: Sql): Promise<unknown> => other.run(sql, call.input as never, here);
    busy[at] = (busy[at] ?? 0) + 1;
    try {
      const reply = await answered(() => (other.writes ? line.transaction(work) : line.snapshot(work)), shown);
      if (call.name === "post" && !("fault" in reply)) hints.posted();
      return reply;
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
export async function refuseServer(sql: Sql, shown: string): Promise<void> {
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
