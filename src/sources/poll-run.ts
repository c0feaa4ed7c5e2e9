import type { Json, PollDefinition } from "../define/source.ts";
import type { CursorMove, Ledger } from "../ledger/ledger.ts";
import { WaybillError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import { decodeJson } from "../model/json.ts";
import { type CallerSpan, during, type Tracing } from "../model/tracing.ts";
import type { Systems } from "../systems/port.ts";
import type { TenantLists } from "../systems/tenants.ts";
import type { World } from "../world/transport.ts";
import { cursorName, type Feed } from "./feeds.ts";
import type { Item } from "./item.ts";
import { type Page, pageOf } from "./page.ts";
import { sourceCall } from "./read-call.ts";
import { RunDeadline } from "./run-deadline.ts";
import type { Seat } from "./seats.ts";

/** Where the records of a page go: durable, together with the cursor, once it resolves. */
export interface TakesPages {
  take(
    feed: Feed,
    items: readonly Item[],
    options: { readonly cursor: CursorMove | undefined; readonly tenant: string | undefined; readonly inside: boolean },
  ): Promise<
    | { readonly kind: "taken"; readonly items: readonly (readonly { readonly duplicate: boolean }[])[] }
    | { readonly kind: "cursor-moved"; readonly cursor: string | undefined }
  >;
}

export interface PollTools {
  readonly ledger: Pick<Ledger, "cursor" | "setCursor" | "isSteward">;
  readonly intake: TakesPages;
  readonly systems: Systems;
  readonly tenants?: Pick<TenantLists, "get" | "whyNot" | "idsNow" | "onChange">;
  readonly world: Pick<World, "clock" | "random">;
  readonly emit: Emit;
  /** Where spans are told; without it nowhere. */
  readonly tracing?: Tracing | undefined;
}

/** Cursors remembered while nothing new comes; so many different ones are no circle. */
const seenMax = 100_000;

/**
 * One run of a poll: page after page, until there is no more or `isStopping` says so. What a page brought and its cursor are durable before the next
 * page is asked for, so a run that fails half way goes on where it was.
 *
 * @param onDeadline gets each fetch's deadline, to end it early.
 * @param onPage gets how many records each page brought, once they are durable.
 * @throws whatever `fetch` throws, `timed-out`, `bad-definition` for what is no page or goes in circles, or the ledger's errors.
 */
export async function runPoll(
  feed: Feed<PollDefinition>,
  tools: PollTools,
  isStopping: () => boolean,
  onDeadline: (deadline: RunDeadline) => void,
  onPage: (records: number) => void = () => undefined,
  seat?: Seat,
): Promise<{ readonly cursor: string | undefined }> {
  const { ledger, world, emit } = tools;
  const source = cursorName(feed);
  let cursor = await ledger.cursor(source);
  const seen = new Set<string>();
  for (;;) {
    const beganMs = world.clock.monotonic();
    const { page, taken } = await tracedPage({ feed, tools, cursor, onDeadline, seat });
    if (taken?.kind === "cursor-moved") {
      // Somebody set it meanwhile, and knows better: what was fetched is deduplicated if it comes again.
      if (isStopping()) return { cursor: taken.cursor };
      cursor = await ledger.cursor(source);
      continue;
    }
    const durationMs = Math.round(world.clock.monotonic() - beganMs);
    emit({ event: "source.page", source, records: page.items.length, more: page.more, durationMs });
    onPage(page.items.length);
    const anyNew = taken?.items.some((rows) => rows.some(({ duplicate }) => !duplicate)) === true;
    if (anyNew || seen.size > seenMax) seen.clear();
    if (page.more && !anyNew && (page.cursor === cursor || seen.has(page.cursor))) throw inCircles(page.cursor);
    if (cursor !== undefined) seen.add(cursor);
    cursor = page.cursor;
    if (!page.more || isStopping()) return { cursor };
  }
}

type TakenPage = {
  readonly page: Page;
  readonly taken: Awaited<ReturnType<TakesPages["take"]>> | undefined;
};

/** What one page of a run is fetched with. */
interface Turn {
  readonly feed: Feed<PollDefinition>;
  readonly tools: PollTools;
  readonly cursor: string | undefined;
  readonly onDeadline: (deadline: RunDeadline) => void;
  readonly seat: Seat | undefined;
}

/** One page, as a span of its own where somebody records: a whole run of a backfill would be no trace that anybody could read. */
function tracedPage(turn: Turn): Promise<TakenPage> {
  const { feed, tools } = turn;
  const span = tools.tracing?.poll(feed.name, feed.tenant?.id ?? "");
  if (span === undefined) return takePage(turn, undefined);
  return during(span, () => takePage(turn, span));
}

/** Fetches a page and takes what is in it. A page that brings nothing and moves no cursor is not taken. */
async function takePage(turn: Turn, span: CallerSpan | undefined): Promise<TakenPage> {
  const { feed, tools, cursor } = turn;
  const page = await fetchPage(turn, span);
  if (page.items.length === 0 && page.cursor === cursor) return { page, taken: undefined };
  const move: CursorMove = {
    source: cursorName(feed),
    from: cursor,
    to: page.cursor,
    atMs: tools.world.clock.now(),
  };
  const inside = span !== undefined;
  const taken = await tools.intake.take(feed, page.items, { cursor: move, tenant: feed.tenant?.id, inside });
  return { page, taken };
}

async function fetchPage({ feed, tools, cursor, onDeadline, seat }: Turn, span: CallerSpan | undefined): Promise<Page> {
  const { world } = tools;
  const deadline = new RunDeadline(world.clock, feed.source.timeoutMs, seat);
  onDeadline(deadline);
  try {
    const tenant = tenantNow(feed, tools);
    const call = sourceCall({ name: cursorName(feed), tenant: feed.tenant, deadline, span }, tools);
    const given = cursor === undefined ? undefined : (decodeJson(cursor) as Json);
    // In a function of its own, so that what is thrown at once is a rejection too.
    const fetching = (async () => feed.source.fetch({ cursor: given, call, signal: deadline.signal, tenant }))();
    return pageOf(await deadline.race(fetching));
  } finally {
    deadline.end(
      new WaybillError("revoked", `This fetch of ${feed.name} has ended.`, "Await every call inside fetch."),
    );
  }
}

/** The tenant as the list has it now. */
function tenantNow({ tenant }: Feed, { tenants }: PollTools): unknown {
  if (tenant === undefined) return undefined;
  const known = tenants?.get(tenant);
  if (known !== undefined) return known.value;
  throw new WaybillError("unknown-tenant", `Nothing is asked: ${tenants?.whyNot(tenant) ?? "no tenants are known"}.`);
}

function inCircles(cursor: string): WaybillError {
  return new WaybillError(
    "bad-definition",
    `fetch says that there is more, brings nothing new, and comes back to the cursor ${cursor.slice(0, 200)}.`,
    "Return more: true only with a cursor that leads further.",
  );
}
