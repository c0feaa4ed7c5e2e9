import { Hands } from "../../model/share.ts";
import type { BookRow } from "../desk/keepers.ts";
import { recordId, recordNumber } from "../desk/numbers.ts";
import type { Claimed, ClaimOptions, ClaimResult, Hash } from "../ledger.ts";
import { rawOf } from "./by-key.ts";
import { type Cell, value } from "./cells.ts";
import { readEffects } from "./effect-rows.ts";
import { flagsOf, stewardLane } from "./lanes.ts";
import type { Sql } from "./line.ts";
import type { Header } from "./page.ts";

// Puts due records into this worker's hands: heads of its own lanes, of each book the ones that have been due longest, and of all books as many as they
// may have (see `Hands`). Two questions: which are due, and what they hold. Books that do not run here are passed over, and marked: what waits for them
// stands aside. A claim comes last in its transaction, which holds keys already: so it waits for nobody, and passes over what others hold. Otherwise two
// workers that claim and take in keys of each other's would wait for each other, until PostgreSQL notices a second later.

/** Of each book so many are looked at, at least. */
const leastEach = 8;
/** About how long another's transaction holds keys. */
const againMs = 20;

interface Candidate {
  readonly keyHash: number;
  readonly book: BookRow;
  readonly atMs: number;
  readonly head: number;
}

/** A book, and whether what waits in it stands aside. */
export type BookToClaim = BookRow & { readonly parked: boolean };

export async function readAllBooks(sql: Sql): Promise<BookToClaim[]> {
  const rows = await sql.rows("select book, integration, tenant, remembers, parked from waybill.books order by book");
  return rows.map(
    ([book, integration, tenant, remembers, parked]) =>
      ({ book, integration, tenant, remembers, parked }) as BookToClaim,
  );
}

/** @param onPassed hears which books do not run here. */
export async function claim(
  sql: Sql,
  header: Header,
  books: readonly BookToClaim[],
  options: ClaimOptions,
  onPassed: (books: readonly number[]) => void,
): Promise<ClaimResult> {
  if (header.holder === undefined) return { claimed: [], nextAtMs: undefined };
  const { limit, nowMs, integrations, held } = options;
  const runs = ({ integration, tenant }: BookRow): boolean =>
    !header.paused.integrations.has(integration) &&
    !(tenant !== "" && header.paused.tenants.has(tenant)) &&
    (integrations === undefined || integrations.includes(integration));
  // One of the fleet says what stands aside, so that two versions of a definition do not take turns.
  if (header.lanes.has(stewardLane)) noteParked(sql, books, runs);
  onPassed(books.filter((book) => !runs(book)).map(({ book }) => book));
  const running = books.filter(runs);
  const hands = held === undefined ? undefined : new Hands(limit, held);
  const each = running.length <= 2 ? limit + 1 : Math.max(leastEach, Math.ceil((2 * limit) / running.length));
  const found = await candidates(sql, header, running, each);
  const { chosen, more } = choose(found, running, { limit, nowMs, hands });
  // What is due later is not what is taken: both are asked at once.
  const [untraced, [later]] = await Promise.all([
    take(sql, chosen, books),
    more ? [] : nextAt(sql, header, running, nowMs),
  ]);
  const claimed = options.traced === true ? await withTraces(sql, untraced) : untraced;
  // What somebody else's transaction had in hand is free when that ends.
  const soon = claimed.length < chosen.length ? nowMs + againMs : undefined;
  return { claimed, nextAtMs: more && claimed.length > 0 ? 0 : (soon ?? later) };
}

/** Books that do not run here, and those that do again: what waits for the first stands aside. */
function noteParked(sql: Sql, books: readonly BookToClaim[], runs: (book: BookRow) => boolean): void {
  const changed = books.filter((book) => book.parked === runs(book));
  if (changed.length > 0)
    sql.send(
      "update waybill.books set parked = not parked where book = any($1::integer[])",
      changed.map(({ book }) => book),
    );
}

async function candidates(
  sql: Sql,
  header: Header,
  running: readonly BookRow[],
  each: number,
): Promise<Map<number, Candidate[]>> {
  const rows = await sql.rows(
    `select d.key_hash, b.book, d.at, d.head from unnest($1::integer[]) as b (book) cross join lateral (
       select key_hash, at, head from waybill.due where book = b.book and not delivering and not blocked and ($2::boolean[])[lane + 1]
       order by at, head limit $3) d`,
    running.map(({ book }) => book),
    flagsOf(header.lanes),
    each,
  );
  const byNumber = new Map(running.map((book) => [book.book, book]));
  const found = new Map<number, Candidate[]>();
  for (const [keyHash, number, atMs, head] of rows) {
    const book = byNumber.get(number as number) as BookRow;
    const one = { keyHash: keyHash as number, book, atMs: atMs as number, head: head as number };
    found.set(book.book, [...(found.get(book.book) ?? []), one]);
  }
  return found;
}

/** The oldest due of each book in turns, so that a long backlog of one is not in the way of another's. */
function choose(
  found: Map<number, Candidate[]>,
  running: readonly BookRow[],
  { limit, nowMs, hands }: { readonly limit: number; readonly nowMs: number; readonly hands: Hands | undefined },
): { readonly chosen: Candidate[]; readonly more: boolean } {
  const chosen: Candidate[] = [];
  // Whose oldest has been due longest begins.
  const queues = running
    .map((book) => (found.get(book.book) ?? []).filter(({ atMs }) => atMs <= nowMs))
    .filter((queue) => queue.length > 0)
    .sort(([a], [b]) => (a === undefined || b === undefined ? 0 : a.atMs - b.atMs || a.head - b.head));
  const at = queues.map(() => 0);
  for (let gave = true; gave && chosen.length < limit; ) {
    gave = false;
    for (const [index, queue] of queues.entries()) {
      const next = queue[at[index] as number];
      if (next === undefined || chosen.length >= limit) continue;
      const { integration, tenant } = next.book;
      if (hands !== undefined && hands.room(integration, tenant) <= 0) continue;
      hands?.take(integration, tenant);
      chosen.push(next);
      at[index] = (at[index] as number) + 1;
      gave = true;
    }
  }
  const open = ({ book }: Candidate): boolean =>
    chosen.length >= limit || hands === undefined || hands.room(book.integration, book.tenant) > 0;
  const more = queues.some((queue, index) => {
    const next = queue[at[index] as number];
    return next !== undefined && open(next);
  });
  return { chosen, more };
}

async function nextAt(
  sql: Sql,
  header: Header,
  running: readonly BookRow[],
  nowMs: number,
): Promise<(number | undefined)[]> {
  const rows = await sql.rows(
    `select min(d.at) from unnest($1::integer[]) as b (book) cross join lateral (
       select at from waybill.due where book = b.book and not delivering and not blocked and ($2::boolean[])[lane + 1] and at > $3
       order by at limit 1) d`,
    running.map(({ book }) => book),
    flagsOf(header.lanes),
    nowMs,
  );
  return [value<number>(rows[0]?.[0])];
}

const columns = `r.record, r.book, r.id, r.entity, r.key, r.key_hash, r.entity_hash, r.version, r.received_at, k.text,
  r.attempts, r.spent, r.recovered, r.touched, r.salt, r.loading, r.uncompared, c.content, c.raw, p.raw, p.text, r.cause`;

async function take(sql: Sql, chosen: readonly Candidate[], books: readonly BookRow[]): Promise<Claimed[]> {
  if (chosen.length === 0) return [];
  const order = new Map(chosen.map(({ keyHash }, index) => [keyHash, index]));
  const rows = await sql.rows(
    `with taken as (
       update waybill.due d set delivering = true from (
         select key_hash from waybill.due where key_hash = any($1::bigint[]) and head = any($2::bigint[]) and not delivering and not blocked
         for update skip locked
       ) free where d.key_hash = free.key_hash returning d.head
     )
     select ${columns} from taken join waybill.records r on r.record = taken.head join waybill.words k on k.word = r.contract
     left join waybill.payloads p on p.payload = r.payload left join waybill.contents c on c.record = r.record`,
    chosen.map(({ keyHash }) => keyHash),
    // One that has changed meanwhile may be newer than what this statement sees.
    chosen.map(({ head }) => head),
  );
  rows.sort((a, b) => (order.get(a[5] as number) ?? 0) - (order.get(b[5] as number) ?? 0));
  const byNumber = new Map(books.map((book) => [book.book, book]));
  const [effects, memories, overtaken] = await Promise.all([
    readEffects(
      sql,
      rows.filter((row) => row[13] === true).map((row) => row[0] as number),
    ),
    readMemories(
      sql,
      rows.filter((row) => byNumber.get(row[1] as number)?.remembers === true),
    ),
    readOvertaken(sql, rows),
  ]);
  return rows.map((row) => {
    const record = row[0] as number;
    const book = byNumber.get(row[1] as number) as BookRow;
    const id = value<string>(row[2]);
    const entity = value<string>(row[3]) ?? id;
    const entityHash = value<Hash>(row[6]);
    const content = value<string>(row[17]);
    const raw = rawOf(row[18] as Cell, row[19] as Cell, row[20] as Cell) ?? "";
    return {
      record: recordId(record),
      integration: book.integration,
      tenant: book.tenant,
      id: id ?? "",
      entity: entity ?? "",
      key: value<string>(row[4]) ?? entity ?? "",
      keyHash: row[5] as number,
      entityHash,
      version: value<string>(row[7]),
      receivedAtMs: row[8] as number,
      content: content ?? (typeof raw === "string" ? raw : Buffer.from(raw).toString()),
      contentIsRaw: content === undefined,
      contract: row[9] as string,
      attempts: row[10] as number,
      spentMs: row[11] as number,
      recovered: row[12] as number,
      effects: (effects.get(record) ?? []).map(({ effect }) => effect),
      memory: memories.get(record),
      overtaken: overtaken.has(record),
      salt: value<string>(row[14]),
      loading: row[15] as boolean,
      uncompared: row[16] as boolean,
      undoing: row[21] === "undoing",
    };
  });
}

async function withTraces(sql: Sql, claimed: readonly Claimed[]): Promise<Claimed[]> {
  const rows = await sql.rows(
    "select record, traceparent from waybill.traces where record = any($1::bigint[])",
    claimed.map(({ record }) => recordNumber(record)),
  );
  const traces = new Map(rows.map(([record, traceparent]) => [record as number, traceparent as string]));
  return claimed.map((one) => ({ ...one, trace: traces.get(recordNumber(one.record)) }));
}

async function readMemories(sql: Sql, rows: readonly Cell[][]): Promise<Map<number, NonNullable<Claimed["memory"]>>> {
  const asked = rows.filter((row) => row[6] !== null);
  if (asked.length === 0) return new Map();
  const found = await sql.rows(
    `select asked.record, e.fingerprint, e.begun from unnest($1::bigint[], $2::bytea[]) as asked (record, entity_hash)
     join waybill.entities e using (entity_hash)`,
    asked.map((row) => row[0] as number),
    asked.map((row) => row[6] as Cell),
  );
  return new Map(
    found.map(([record, fingerprint, begun]) => [
      record as number,
      { fingerprint: value<Hash>(fingerprint), begun: begun as boolean },
    ]),
  );
}

/** Records of which a strictly newer version has come, that counts (see desk/versions.ts). */
async function readOvertaken(sql: Sql, rows: readonly Cell[][]): Promise<ReadonlySet<number>> {
  const asked = rows.filter((row) => row[6] !== null && row[7] !== null);
  if (asked.length === 0) return new Set();
  const found = await sql.rows(
    `select asked.record from unnest($1::bigint[], $2::bytea[], $3::text[]) as asked (record, entity_hash, version)
     where exists (select 1 from waybill.entities e where e.entity_hash = asked.entity_hash and e.version > asked.version collate "C")
        or exists (select 1 from waybill.records r where r.entity_hash = asked.entity_hash and r.version > asked.version collate "C"
             and r.record <> asked.record and (r.state not in ('dead', 'quarantined', 'discarded') or exists (
               select 1 from waybill.effects e where e.owner = r.record and e.how <> 'natural'
                 and e.state not in ('refused', 'not-applied'))))`,
    asked.map((row) => row[0] as number),
    asked.map((row) => row[6] as Cell),
    asked.map((row) => row[7] as Cell),
  );
  return new Set(found.map(([record]) => record as number));
}
