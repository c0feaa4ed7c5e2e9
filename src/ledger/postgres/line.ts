import { Client } from "pg";
import { type Clock, sleep } from "../../world/clock.ts";
import { type Cell, types, type Value } from "./cells.ts";
import { type Note, noteDown, wasCommitted } from "./commit-note.ts";
import { isCollision, isForgotten, isLost, isReadOnly } from "./faults.ts";
import { toParameter } from "./parameter.ts";
import { statementsIn } from "./statement.ts";

// One connection, which is opened when it is needed and opened again when it was lost, and the transactions on it. Statements are sent without waiting
// for the answers of those before (pipelining), so a transaction takes as many round trips as it has questions whose answers it needs.
//
// A transaction is a closure that may run again. Where the answer to its commit is lost, what became of it is read from the row that it wrote with
// everything else: it is neither lost nor done twice. That row is written first, and known to be before the commit is sent: so whoever reads it waits
// there until the server has made an end of the transaction, which may still be on its way when the connection is gone already.
//
// Statements have names, under which the server keeps them read and planned: that is half of what they cost. Only where the connection is the server's
// own, though: a pooler may hand the next transaction to another one, which does not know them. Which it is is asked at the beginning, and should it turn out
// otherwise later, the transaction runs again without names.
//
// A server that waits for the next statement of a transaction ends it after a while. Who sent the statements before may stand still, or be cut off, and
// would keep from all others what it has locked.

/** What the driver's connection has and its types do not know: whose it is, and whether the process waits for it. */
interface Connection extends Client {
  /** Of the server's process, as it was told when the connection was made. */
  readonly processID: number;
  ref(): void;
  unref(): void;
}

/** What a transaction works with. */
export interface Sql {
  rows(text: string, ...values: Value[]): Promise<Cell[][]>;
  /** How many rows changed. */
  run(text: string, ...values: Value[]): Promise<number>;
  /** A statement whose answer nobody waits for: it fails the transaction if it fails. */
  send(text: string, ...values: Value[]): void;
}

export interface LineOptions {
  readonly url: string;
  readonly schema: string;
  readonly clock: Clock;
  /** Names the line's row in `commits`. */
  readonly writer: { readonly worker: number; readonly slot: number };
  /** Once for each connection. Throws for a server that will not do. */
  readonly check?: (sql: Sql) => Promise<void>;
  /** There is a new connection: what was read over the last one may not be so any more. */
  readonly onConnected?: () => void;
  /** Hears what others call out on this channel: a hint, which may be lost. */
  readonly hear?: { readonly channel: string; readonly onCall: (text: string) => void };
}

export interface TransactionOptions {
  /** Where there are no tables yet, nothing can be noted in them. */
  readonly unnumbered?: boolean;
  /** Its statements find each row by its key, whatever they are asked for: one plan is right for all values. */
  readonly byKeys?: boolean;
}

export interface Line {
  /** Writes; runs again after a collision or a lost connection, and never twice. */
  transaction<T>(work: (sql: Sql) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** One statement that is a transaction by itself, and is not tried again. */
  once(text: string, ...values: Value[]): Promise<Cell[][]>;
  /** Reads, all in one snapshot. */
  snapshot<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const connectTimeoutMs = 5_000;
const statementTimeoutMs = 60_000;
/** How often a transaction runs again because others were in its way, and for how long because the server is gone. */
const collisionsMax = 50;
const lostForMs = 10_000;
const pauseMs = { first: 20, most: 500 };
/** A transaction whose client says nothing for so long is ended by the server. */
const silentMs = 5_000;
// Rows of the work are found by their keys, whatever the server believes of the size of a table: on one that has just grown it believes wrong, and would
// read it from end to end. Where it cannot do otherwise, such a plan looks so dear that a server with LLVM would compile each statement for longer than it
// runs, so none is compiled. All of it holds for this transaction and nothing after it, so a pooler may hand the connection on.
const interpreted = "set local jit = off";
const begin = `begin; set local idle_in_transaction_session_timeout = ${silentMs}; set local enable_seqscan = off; ${interpreted}`;
// What is taken in an order is read in it from its index, as far as it is needed: a table that has just grown looks so small to the server that it would
// read all of a backlog for each claim, and sort it.
const inOrder = "; set local enable_bitmapscan = off";
const planOnce =
  "; set local plan_cache_mode = force_generic_plan; set local enable_hashjoin = off; set local enable_mergejoin = off";

export function openLine(options: LineOptions): Line {
  const { clock, schema } = options;
  const statementOf = statementsIn(schema);
  /** Connections on which statements have names. */
  const naming = new WeakSet<Connection>();
  let mayName = true;
  let client: Promise<Connection> | undefined;
  let number = 0;
  /** Whoever opens a ledger that is not there, or on a server that takes no writes, is told so at once; one that was there may come back. */
  let wasThere = false;

  function connected(): Promise<Connection> {
    client ??= connect().catch((fault) => {
      client = undefined;
      throw fault;
    });
    return client;
  }

  async function connect(): Promise<Connection> {
    const made = new Client({
      connectionString: options.url,
      application_name: "waybill",
      keepAlive: true,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: statementTimeoutMs,
      pipeline: true,
      types,
    } as ConstructorParameters<typeof Client>[0]) as Connection;
    // Without a listener, a server that dies while the line is idle would end the process.
    made.on("error", () => drop(made));
    made.on("end", () => drop(made));
    await made.connect();
    const sql = sqlOver(made, []);
    const [[[process] = []]] = await Promise.all([sql.rows("select pg_backend_pid()"), options.check?.(sql)]);
    if (mayName && process === made.processID) naming.add(made);
    options.onConnected?.();
    // An idle ledger keeps no process alive.
    made.unref();
    wasThere = true;
    if (options.hear !== undefined) hear(made, options.hear);
    return made;
  }

  /** Where nothing is heard (a pooler that changes the connection, a server without it), whoever listens looks by itself soon enough. */
  function hear(over: Connection, { channel, onCall }: NonNullable<LineOptions["hear"]>): void {
    over.on("notification", ({ payload }) => onCall(payload ?? ""));
    over.query(`listen "${channel}"`).catch(() => undefined);
  }

  let current: Connection | undefined;
  function drop(gone: Connection): void {
    if (current === gone) {
      current = undefined;
      client = undefined;
    }
    gone.end().catch(() => undefined);
  }

  async function fresh(): Promise<Connection> {
    current = await connected();
    if (busy > 0) current.ref();
    return current;
  }

  function sqlOver(over: Connection, sent: Promise<unknown>[]): Sql {
    const ask = (given: string, values: readonly Value[]) => {
      const { text, name, arrays } = statementOf(given);
      together(over);
      const answer = over.query({
        text,
        ...(name !== undefined && values.length > 0 && naming.has(over) && { name }),
        values: values.map((value, place) => toParameter(value, arrays[place])),
        rowMode: "array",
      });
      // Of all that fail, the first one says why: nobody may have waited for its answer yet.
      answer.catch(() => undefined);
      // What it brought is not kept until the end: all of a ledger may come through here.
      const done = answer.then(() => undefined);
      done.catch(() => undefined);
      sent.push(done);
      return answer;
    };
    return {
      rows: async (text, ...values) => (await ask(text, values)).rows as Cell[][],
      run: async (text, ...values) => (await ask(text, values)).rowCount ?? 0,
      send: (text, ...values) => void ask(text, values),
    };
  }

  interface Tried<T> {
    readonly over: Connection;
    readonly byKeys: boolean;
    answer?: { readonly of: T };
    readonly note: Note | undefined;
    /** The commit has been sent. */
    committing: boolean;
  }

  async function attempt<T>(work: (sql: Sql) => Promise<T>, tried: Tried<T>): Promise<T> {
    const sent: Promise<unknown>[] = [];
    const sql = sqlOver(tried.over, sent);
    sql.send(`${begin}${tried.byKeys ? inOrder : ""}${tried.byKeys && naming.has(tried.over) ? planOnce : ""}`);
    const noted = tried.note === undefined ? undefined : noteDown(sql, tried.note);
    noted?.catch(() => undefined);
    if (noted !== undefined) sent.push(noted);
    try {
      const answer = await work(sql);
      await noted;
      tried.answer = { of: answer };
      // What failed has failed the whole: a commit after it would say that it went well.
      tried.committing = true;
      sql.send("commit");
      await Promise.all(sent);
      return answer;
    } catch (fault) {
      const settled = await Promise.allSettled(sent);
      const first = settled.find((one) => one.status === "rejected");
      const cause: unknown = first?.status === "rejected" && !isAborted(first.reason) ? first.reason : fault;
      if (!isLost(cause) && !tried.committing) await tried.over.query("rollback").catch(() => undefined);
      throw cause;
    }
  }

  let busy = 0;
  let turn: Promise<unknown> = Promise.resolve();
  /** One transaction after another. The process lives for as long as somebody waits for an answer. */
  async function held<T>(work: () => Promise<T>): Promise<T> {
    busy++;
    const mine = turn.then(work, work);
    turn = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      if (--busy === 0) current?.unref();
    }
  }

  async function transactionNow<T>(
    work: (sql: Sql) => Promise<T>,
    { unnumbered = false, byKeys = false }: TransactionOptions,
  ): Promise<T> {
    const beganAt = clock.monotonic();
    let pause = pauseMs.first;
    for (let collisions = 0; ; ) {
      const note = unnumbered ? undefined : { ...options.writer, number: ++number };
      let tried: Tried<T> | undefined;
      try {
        tried = { over: await fresh(), byKeys, note, committing: false };
        return await attempt(work, tried);
      } catch (fault) {
        const lost = isLost(fault);
        const forgotten = isForgotten(fault);
        if (forgotten) mayName = false;
        if ((lost || forgotten) && tried !== undefined) drop(tried.over);
        if (lost && note !== undefined && tried?.committing === true && tried.answer !== undefined) {
          if (await wasCommittedAtLast(note, beganAt, fault)) return tried.answer.of;
        }
        const again = lost
          ? wasThere && !(isReadOnly(fault) && unnumbered) && clock.monotonic() - beganAt < lostForMs
          : (forgotten || isCollision(fault)) && collisions++ < collisionsMax;
        if (!again) throw fault;
        await sleep(clock, lost ? pause : Math.ceil(pauseMs.first * Math.min(1, collisions / 10)));
        if (lost) pause = Math.min(pauseMs.most, pause * 2);
      }
    }
  }

  async function wasCommittedAtLast(note: Note, beganAt: number, fault: unknown): Promise<boolean> {
    for (let pause = pauseMs.first; ; pause = Math.min(pauseMs.most, pause * 2)) {
      try {
        return await wasCommitted(sqlOver(await fresh(), []), note);
      } catch (again) {
        // The server is still gone. Nobody knows what became of it, so nobody is told that it was done.
        if (!isLost(again) || clock.monotonic() - beganAt > lostForMs) throw fault;
        if (current !== undefined) drop(current);
        await sleep(clock, pause);
      }
    }
  }

  async function snapshotNow<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const beganAt = clock.monotonic();
    for (let pause = pauseMs.first; ; pause = Math.min(pauseMs.most, pause * 2)) {
      let over: Connection | undefined;
      try {
        over = await fresh();
        const sent: Promise<unknown>[] = [];
        const sql = sqlOver(over, sent);
        sql.send(`begin isolation level repeatable read read only; ${interpreted}`);
        try {
          return await work(sql);
        } finally {
          sql.send("commit");
          await Promise.all(sent);
        }
      } catch (fault) {
        if (!isLost(fault)) throw fault;
        if (over !== undefined) drop(over);
        if (!wasThere || clock.monotonic() - beganAt > lostForMs) throw fault;
        await sleep(clock, pause);
      }
    }
  }

  return {
    transaction: (work, options = {}) => held(() => transactionNow(work, options)),
    once: (text, ...values) =>
      held(async () => {
        const over = await fresh();
        try {
          return await sqlOver(over, []).rows(text, ...values);
        } catch (fault) {
          if (isForgotten(fault)) mayName = false;
          if (isLost(fault) || isForgotten(fault)) drop(over);
          throw fault;
        }
      }),
    snapshot: (work) => held(() => snapshotNow(work)),
    async close() {
      const open = await client?.catch(() => undefined);
      // It is being waited for, once more.
      open?.ref();
      client = undefined;
      current = undefined;
      await open?.end().catch(() => undefined);
    },
  };
}

const gathering = new WeakSet<Connection>();

/** What is sent before the next turn of the loop leaves as one packet: otherwise each statement is a call of the system, here and at the server. */
function together(over: Connection): void {
  if (gathering.has(over)) return;
  gathering.add(over);
  const { stream } = over.connection;
  stream.cork();
  process.nextTick(() => {
    gathering.delete(over);
    stream.uncork();
  });
}

/** "Current transaction is aborted": said of all that follows what really failed. */
const isAborted = (fault: unknown): boolean => (fault as { code?: unknown }).code === "25P02";
