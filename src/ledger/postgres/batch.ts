import type { Answer, Call, CallName, Calls, Reply } from "../desk/calls.ts";
import type { Desk } from "../desk/desk.ts";
import { faultText } from "../desk/faults.ts";
import { fenced, withClaimed } from "../desk/fence.ts";
import { foreseeing } from "../desk/foresee.ts";
import { intaking } from "../desk/intake.ts";
import { moving } from "../desk/move.ts";
import type { ClaimOptions } from "../ledger.ts";
import { claim, readAllBooks } from "./claim.ts";
import type { EntityNumbers } from "./entity-numbers.ts";
import { isLost, ledgerFault } from "./faults.ts";
import { Fetching, type Known } from "./fetch.ts";
import type { Fleet } from "./fleet.ts";
import { flush } from "./flush.ts";
import { wantsOf } from "./foresee-wants.ts";
import type { InHand } from "./in-hand.ts";
import { laneOf } from "./lanes.ts";
import type { Line, Sql } from "./line.ts";
import { isAlive } from "./membership.ts";
import { type Header, Page } from "./page.ts";
import { type Drawing, layDesk } from "./postgres-desk.ts";
import { NotFetched, Wants } from "./shelf.ts";

// One batch of calls, in one transaction: what they will ask for is fetched, they run, what they changed is written, and then the claims of the batch take
// from what is due by now. Usually that is two round trips, whatever the number of calls.

export interface BatchOptions {
  readonly address: string;
  readonly line: Line;
  readonly drawing: Drawing;
  readonly entityNumbers: EntityNumbers;
  readonly known: Known;
  readonly inHand: InHand;
  /** The number of this process, for what it counts. */
  readonly worker: number;
  /** As one of those who work with this ledger. */
  readonly fleet: Pick<Fleet, "me" | "lanes" | "lost">;
  /** Books that do not run here, as the last claim saw them. */
  readonly onPassed: (books: readonly number[]) => void;
  /** Records that others may begin have come. */
  readonly onOthersDue: (lanes: ReadonlySet<number>) => void;
}

/** So often a batch may ask for something that was not foreseen. */
const runsMax = 1_000;

export function batching(options: BatchOptions): (calls: readonly Call[]) => Promise<Reply[]> {
  const { line, address, drawing, entityNumbers, known, inHand, fleet } = options;

  /** What came of it, and what is known once it is committed. */
  interface Ran {
    readonly answers: readonly Answer[];
    readonly page: Page;
    readonly remember: () => void;
  }

  async function run(sql: Sql, calls: readonly Call[]): Promise<Ran> {
    const page = new Page();
    const fetching = new Fetching(sql, page, known, inHand);
    const claims = calls.some(({ name }) => name === "claim");
    const [header, , asked] = await Promise.all([
      readHeader(sql, options),
      fetching.fetch(wantsOf(calls, known.books)),
      claims ? readAllBooks(sql) : [],
    ]);
    page.header = header;
    const answers = await decide(page, fetching, calls);
    flush(sql, page, options.worker);
    const ran = (): Ran => ({
      answers: answers.map((one) => withClaimed(one, (claimed) => ({ ...claimed, holder: header.holder }))),
      page,
      remember: () => fetching.remember(),
    });
    if (!claims) return ran();
    // A book may have been opened just now.
    const isThere = (book: number): boolean => asked.some((one) => one.book === book);
    const books = [...page.joined].every(isThere) ? asked : await readAllBooks(sql);
    for (const [index, call] of calls.entries())
      if (call.name === "claim")
        answers[index] = { answer: await claim(sql, header, books, call.input as ClaimOptions, options.onPassed) };
    return ran();
  }

  async function committed(calls: readonly Call[]): Promise<Reply[]> {
    await entityNumbers.ready();
    const me = fleet.me();
    inHand.under(me);
    const { answers, page, remember } = await line
      .transaction((sql) => run(sql, calls), { byKeys: true })
      .catch((fault) => {
        inHand.unknown(calls);
        throw fault;
      })
      .finally(() => entityNumbers.end());
    remember();
    inHand.committed(
      calls,
      answers.map(({ answer }) => answer),
      page,
    );
    if (me !== undefined && page.header?.holder === undefined) fleet.lost();
    const others = lanesDue(page);
    if (others.size > 0) options.onOthersDue(others);
    // What came into the hands of one that is no more is in nobody's.
    return fleet.me() === me ? [...answers] : answers.map((one) => withClaimed(one, () => undefined));
  }

  /** Runs the calls over the page, again and again, until nothing is missing. */
  async function decide(page: Page, fetching: Fetching, calls: readonly Call[]): Promise<Answer[]> {
    for (let runs = 0; ; runs++) {
      page.reset();
      entityNumbers.begin();
      const desk = layDesk(page, drawing);
      const operations = operationsOver(desk, page.header?.holder);
      try {
        return calls.map((call) => ({
          answer:
            call.name === "claim"
              ? undefined
              : (operations[call.name as DeskCall] as (input: unknown) => unknown)(call.input),
        }));
      } catch (missing) {
        if (!(missing instanceof NotFetched) || runs >= runsMax) throw missing;
        const wants = new Wants();
        wants.add(missing.kind, missing.key);
        await fetching.fetch(wants);
      }
    }
  }

  async function alone(call: Call): Promise<Reply> {
    try {
      return (await committed([call]))[0] as Reply;
    } catch (fault) {
      return { fault: faultText(ledgerFault(fault, address)) };
    }
  }

  return async (calls) => {
    if (calls.length === 0) return [];
    if (calls.length === 1) return [await alone(calls[0] as Call)];
    try {
      return await committed(calls);
    } catch (fault) {
      // It was tried for as long as it makes sense: each by itself would wait as long once more.
      if (isLost(fault)) return calls.map(() => ({ fault: faultText(ledgerFault(fault, address)) }));
      // One of them is bad: each by itself, so that it stands alone.
      const replies: Reply[] = [];
      for (const call of calls) replies.push(await alone(call));
      return replies;
    }
  };
}

type DeskCall = "intake" | "write" | "writeShared" | "unclaim" | "move" | "foresee";

/** @param holder the number under which this worker lives, behind the fence. */
function operationsOver(
  desk: Desk,
  holder: number | undefined,
): {
  readonly [Name in DeskCall & CallName]: (input: Calls[Name][0]) => unknown;
} {
  return {
    ...fenced(desk, () => holder),
    intake: intaking(desk),
    move: moving(desk),
    foresee: foreseeing(desk),
  };
}

/** Lanes of others in which something is due now that was not. */
function lanesDue(page: Page): ReadonlySet<number> {
  const lanes = new Set<number>();
  for (const [keyHash, row] of page.due.changed()) {
    if (row === undefined || row.delivering || row.blocked || page.header?.lanes.has(laneOf(keyHash)) === true)
      continue;
    const before = page.due.before(keyHash);
    if (before === undefined || before.head !== row.head || before.blocked) lanes.add(laneOf(keyHash));
  }
  return lanes;
}

async function readHeader(sql: Sql, { fleet }: BatchOptions): Promise<Header> {
  const me = fleet.me();
  const [alive, [facts], pauses] = await Promise.all([
    me === undefined ? false : isAlive(sql, me),
    sql.rows("select exists (select 1 from waybill.unique_claims), exists (select 1 from waybill.passed)"),
    sql.rows("select kind, name from waybill.pauses where kind <> 'system'"),
  ]);
  const named = (kind: string): ReadonlySet<string> =>
    new Set(pauses.filter(([one]) => one === kind).map(([, name]) => name as string));
  return {
    uniquesInUse: facts?.[0] === true,
    anyPassed: facts?.[1] === true,
    paused: { integrations: named("integration"), tenants: named("tenant") },
    holder: alive ? me : undefined,
    lanes: alive ? fleet.lanes() : new Set(),
  };
}
