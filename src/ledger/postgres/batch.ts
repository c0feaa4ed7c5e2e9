import type { Call, CallName, Calls, Reply } from "../desk/calls.ts";
import type { Desk } from "../desk/desk.ts";
import { faultText } from "../desk/faults.ts";
import { foreseeing } from "../desk/foresee.ts";
import { intaking } from "../desk/intake.ts";
import { moving } from "../desk/move.ts";
import { writingShared } from "../desk/shared-calls.ts";
import { unclaiming } from "../desk/unclaim.ts";
import { writing } from "../desk/write.ts";
import type { ClaimOptions } from "../ledger.ts";
import { claim } from "./claim.ts";
import { ledgerFault } from "./faults.ts";
import { Fetching, type Known } from "./fetch.ts";
import { flush } from "./flush.ts";
import { wantsOf } from "./foresee-wants.ts";
import type { Line, Sql } from "./line.ts";
import { type Header, Page } from "./page.ts";
import { type Drawing, layDesk } from "./postgres-desk.ts";
import { NotFetched, Wants } from "./shelf.ts";

// One batch of calls, in one transaction: what they will ask for is fetched, they run, what they changed is written, and then the claims of the batch take
// from what is due by now. Usually that is two round trips, whatever the number of calls.

export interface BatchOptions {
  readonly address: string;
  readonly line: Line;
  readonly drawing: Drawing;
  readonly known: Known;
  /** This worker, and the lanes that it owns. */
  readonly worker: () => number;
  readonly lanes: () => ReadonlySet<number>;
}

/** So often a batch may ask for something that was not foreseen. */
const runsMax = 1_000;

type Answer = { readonly answer: unknown };

export function batching(options: BatchOptions): (calls: readonly Call[]) => Promise<Reply[]> {
  const { line, address, drawing, known } = options;

  /** What came of it, and what is known once it is committed. */
  interface Ran {
    readonly answers: readonly Answer[];
    readonly remember: () => void;
  }

  async function run(sql: Sql, calls: readonly Call[]): Promise<Ran> {
    const page = new Page();
    const fetching = new Fetching(sql, page, known);
    const [header] = await Promise.all([readHeader(sql, options), fetching.fetch(wantsOf(calls))]);
    page.header = header;
    const answers = await decide(page, fetching, calls);
    flush(sql, page, options.worker());
    for (const [index, call] of calls.entries())
      if (call.name === "claim") answers[index] = { answer: await claim(sql, header, call.input as ClaimOptions) };
    return { answers, remember: () => fetching.remember() };
  }

  async function committed(calls: readonly Call[]): Promise<Reply[]> {
    const { answers, remember } = await line.transaction((sql) => run(sql, calls));
    remember();
    return [...answers];
  }

  /** Runs the calls over the page, again and again, until nothing is missing. */
  async function decide(page: Page, fetching: Fetching, calls: readonly Call[]): Promise<Answer[]> {
    for (let runs = 0; ; runs++) {
      page.reset();
      const operations = operationsOver(layDesk(page, drawing));
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
    } catch {
      // One of them is bad: each by itself, so that it stands alone.
      const replies: Reply[] = [];
      for (const call of calls) replies.push(await alone(call));
      return replies;
    }
  };
}

type DeskCall = "intake" | "write" | "writeShared" | "unclaim" | "move" | "foresee";

function operationsOver(desk: Desk): { readonly [Name in DeskCall & CallName]: (input: Calls[Name][0]) => unknown } {
  const write = writing(desk);
  return {
    intake: intaking(desk),
    write,
    writeShared: writingShared(desk, write),
    unclaim: unclaiming(desk),
    move: moving(desk),
    foresee: foreseeing(desk),
  };
}

async function readHeader(sql: Sql, options: BatchOptions): Promise<Header> {
  const [[facts], pauses] = await Promise.all([
    sql.rows("select exists (select 1 from waybill.unique_claims), exists (select 1 from waybill.passed)"),
    sql.rows("select kind, name from waybill.pauses where kind <> 'system'"),
  ]);
  const named = (kind: string): ReadonlySet<string> =>
    new Set(pauses.filter(([one]) => one === kind).map(([, name]) => name as string));
  return {
    uniquesInUse: facts?.[0] === true,
    anyPassed: facts?.[1] === true,
    paused: { integrations: named("integration"), tenants: named("tenant") },
    lanes: options.lanes(),
  };
}
