import { isDeepStrictEqual } from "node:util";
import type { RecordRow } from "../../ledger/ledger.ts";
import type { Applied } from "./applied.ts";
import type { EffectTag } from "./effect-tag.ts";

// What Waybill promises, held against what the simulated systems counted once the night is over.

export const promiseNames = [
  "what was acknowledged is not lost",
  "what the source showed is not lost",
  "nothing is done twice",
  "what is delivered was done",
  "records of one key are delivered in order",
  "no system gets more than its limits",
  "the books balance",
  "every record settles, or waits for a person with a reason",
  "good records are delivered, and broken ones quarantined",
  "no secret leaves",
  "your own check holds",
] as const;
export type PromiseName = (typeof promiseNames)[number];

export interface Broken {
  readonly promise: PromiseName;
  readonly what: string;
  /** Which record it is about, where it is about one. */
  readonly record?: string | undefined;
  /** Another one that has to do with it. */
  readonly besides?: string | undefined;
  /** The name of the effect that it is about. */
  readonly effect?: string | undefined;
}

/** A delivery that was acknowledged. */
export interface Acknowledged {
  readonly nth: number;
  readonly record: string;
  readonly duplicate: boolean;
  /** Counts sendings and acknowledgements. */
  readonly sent: number;
  readonly acknowledged: number;
  /** Whether the contract takes it. */
  readonly meets: boolean;
  /** What was handed in. */
  readonly value: unknown;
  /** It has nothing to do with any that came before. */
  readonly fresh: boolean;
  /** Why it has to be in the quarantine, where no contract can say it. */
  readonly cause?: RecordRow["cause"];
}

export interface Morning {
  readonly records: readonly RecordRow[];
  readonly acknowledged: readonly Acknowledged[];
  readonly applied: Applied;
  /** What the last run of each record asked for. */
  readonly asked: ReadonlyMap<string, readonly EffectTag[]>;
  /** Effects that a release has called by another name without saying so. */
  readonly renamed: readonly string[];
  readonly unbalanced: readonly string[];
  readonly exceeded: readonly string[];
  readonly leaks: readonly string[];
  /** Something went on and on in one moment, so nobody saw what it came to. */
  readonly endless: boolean;
  /** What the user's own check says. */
  readonly objections: readonly string[];
  /** Deliveries that nobody acknowledged until the end. */
  readonly unacknowledged: number;
  /** What reading its sources came to. */
  readonly unread: readonly Broken[];
  /** What was not right in what senders were told. */
  readonly answered: readonly Broken[];
  /** What was not so at some moment of the night. */
  readonly atAStep: readonly Broken[];
}

/** Every promise that was not kept. */
export function brokenIn(morning: Morning): readonly Broken[] {
  if (morning.endless)
    return [
      {
        promise: "every record settles, or waits for a person with a reason",
        what: "the night came to no end: something happened again and again, and no time passed",
      },
    ];
  return [
    ...morning.atAStep,
    ...lost(morning),
    ...morning.unread,
    ...morning.answered,
    ...mistaken(morning),
    ...doubled(morning),
    ...undone(morning),
    ...outOfOrder(morning),
    ...unsettled(morning),
    ...misjudged(morning),
    ...unsent(morning),
    ...morning.exceeded.map((what): Broken => ({ promise: "no system gets more than its limits", what })),
    ...morning.unbalanced.map((what): Broken => ({ promise: "the books balance", what })),
    ...morning.leaks.map((what): Broken => ({ promise: "no secret leaves", what })),
    ...morning.objections.map((what): Broken => ({ promise: "your own check holds", what })),
  ];
}

function lost({ records, acknowledged }: Morning): Broken[] {
  const known = new Set(records.map(({ record }) => record));
  return acknowledged
    .filter(({ record }) => !known.has(record))
    .map(({ record, nth }) => ({
      promise: "what was acknowledged is not lost",
      what: `delivery ${nth + 1} was acknowledged as record ${record}, and the ledger does not know it`,
      record,
    }));
}

/** Two that have nothing to do with each other, and only one of them is kept. */
function mistaken({ acknowledged }: Morning): Broken[] {
  const first = new Map<string, Acknowledged>();
  return acknowledged.flatMap((one) => {
    const known = first.get(one.record);
    if (known === undefined) first.set(one.record, one);
    if (
      known === undefined ||
      !one.duplicate ||
      !one.fresh ||
      !known.fresh ||
      isDeepStrictEqual(one.value, known.value)
    )
      return [];
    const what = `delivery ${one.nth + 1} has other content than delivery ${known.nth + 1}, and was taken for a duplicate of it: of its content nothing is left`;
    return [{ promise: "what was acknowledged is not lost" as const, what, record: one.record }];
  });
}

function doubled({ applied }: Morning): Broken[] {
  return [...applied.all()]
    .filter(({ how, times }) => how !== "natural" && times > 1)
    .map(({ tag, how, times }) => ({
      promise: "nothing is done twice",
      what: `"${tag.effect}" (${how}) of ${tag.per === "entity" ? tag.entity : tag.record} was done ${times} times`,
      record: tag.record,
      effect: tag.effect,
    }));
}

function undone({ records, asked, applied }: Morning): Broken[] {
  return records
    .filter(({ state }) => state === "delivered")
    .flatMap(({ record }) =>
      (asked.get(record) ?? [])
        .filter((tag) => applied.timesOf(tag) === 0)
        .map((tag) => ({
          promise: "what is delivered was done" as const,
          what: `${record} is delivered, and "${tag.effect}" was never done`,
          record,
          effect: tag.effect,
        })),
    );
}

/** Across what waited for a person there is no order. */
function outOfOrder({ acknowledged, asked, applied, records }: Morning): Broken[] {
  const delivered = new Set(records.filter(({ state }) => state === "delivered").map(({ record }) => record));
  const all = acknowledged.flatMap((one) => {
    const [tag] = asked.get(one.record) ?? [];
    return tag === undefined || one.duplicate || !delivered.has(one.record) ? [] : [{ one, tag }];
  });
  // An entity that moves to another key stays behind what waits of it on the one before: then its own order is what counts.
  const keys = new Map([...Map.groupBy(all, ({ tag }) => entityOf(tag))].map(([name, of]) => [name, keysOf(of)]));
  const moves = (tag: EffectTag): boolean => (keys.get(entityOf(tag)) ?? 1) > 1;
  const lines = Map.groupBy(all, ({ tag }) => (moves(tag) ? entityOf(tag) : keyOf(tag)));
  return [...lines].flatMap(([line, of]) =>
    of.flatMap(({ one: later }) =>
      of
        .filter(({ one: earlier }) => earlier.acknowledged < later.sent && before(applied, later, earlier))
        .map(({ one: earlier }) => ({
          promise: "records of one key are delivered in order" as const,
          what: `${later.record} was delivered before ${earlier.record}, which had been acknowledged before it was sent (${line})`,
          record: later.record,
          besides: earlier.record,
        })),
    ),
  );
}

const entityOf = ({ integration, tenant, entity }: EffectTag): string =>
  `${integration}: entity ${JSON.stringify(entity)}${tenant === "" ? "" : ` of ${tenant}`}`;
const keyOf = ({ integration, tenant, key }: EffectTag): string =>
  `${integration}: key ${JSON.stringify(key)}${tenant === "" ? "" : ` of ${tenant}`}`;
const keysOf = (of: readonly { readonly tag: EffectTag }[]): number => new Set(of.map(({ tag }) => tag.key)).size;

function before(applied: Applied, one: Acknowledged, other: Acknowledged): boolean {
  const [first, second] = [applied.firstOf(one.record), applied.firstOf(other.record)];
  return first !== undefined && second !== undefined && first < second;
}

function unsettled({ records, unacknowledged }: Morning): Broken[] {
  const promise = "every record settles, or waits for a person with a reason";
  const open = records
    .filter(({ state, reason, cause }) =>
      state === "waiting" || state === "delivering"
        ? cause !== "retrying"
        : (state === "held" || state === "dead" || state === "quarantined") && (reason ?? cause) === undefined,
    )
    .map(
      ({ record, state, cause, reason }): Broken => ({
        promise,
        what: `${record} is ${state} (${cause ?? "no cause"}: ${reason ?? "no reason"})`,
        record,
      }),
    );
  return unacknowledged === 0
    ? open
    : [...open, { promise, what: `${unacknowledged} deliveries were never acknowledged` }];
}

/** What was refused by a system, or came after an attempt that was, is no fault of the code. */
const refusedCauses: ReadonlySet<unknown> = new Set(["refused"]);

/** What is held because one run of the code asked for something else than the one before. */
const faultsOfCode: ReadonlySet<unknown> = new Set(["effect-orphaned", "effect-changed"]);

/** That a renamed effect waits for a person is right: nobody else knows whether it is the one that was made. */
const isForRename = (renamed: readonly string[], cause: unknown, reason: string | undefined): boolean =>
  cause === "effect-orphaned" && renamed.some((name) => reason?.includes(`"${name}"`) === true);

function misjudged({ records, acknowledged, renamed }: Morning): Broken[] {
  const promise = "good records are delivered, and broken ones quarantined";
  const byRecord = new Map(records.map((one) => [one.record, one]));
  return acknowledged.flatMap(({ record, meets, nth, cause: expected }) => {
    const { state, cause, reason } = byRecord.get(record) ?? {};
    const what = `delivery ${nth + 1} meets the contract and`;
    if (meets && state === "dead" && !refusedCauses.has(cause))
      return [{ promise, what: `${what} is dead (${cause}: ${reason})`, record } as const];
    if (meets && state === "waiting" && cause === "retrying")
      return [
        {
          promise,
          what: `${what} fails again and again, although nothing is wrong any more: ${reason}`,
          record,
        } as const,
      ];
    if (meets && state === "held" && faultsOfCode.has(cause) && !isForRename(renamed, cause, reason))
      return [{ promise, what: `${what} is held (${cause}: ${reason})`, record } as const];
    if (state === "quarantined" && expected !== undefined && cause !== expected)
      return [
        { promise, what: `delivery ${nth + 1} is in the quarantine as ${cause}, and was to be as ${expected}`, record },
      ];
    const isRight = meets ? state !== "quarantined" || cause !== "contract" : state === "quarantined";
    if (state === undefined || isRight) return [];
    const judged = meets ? `${what} is in the quarantine` : `delivery ${nth + 1} breaks the contract and is ${state}`;
    return [{ promise, what: judged, record } as const];
  });
}

/** What came to a webhook and is kept was acknowledged to somebody in the end: whatever else is there was made out of what was refused. */
function unsent({ records, acknowledged, unacknowledged }: Morning): Broken[] {
  if (unacknowledged > 0) return [];
  const known = new Set(acknowledged.map(({ record }) => record));
  return records
    .filter(({ record, source }) => source.startsWith("webhook:") && !known.has(record))
    .map(({ record, state }) => ({
      promise: "good records are delivered, and broken ones quarantined",
      what: `${record} is ${state}, and no sender was told that it was taken`,
      record,
    }));
}
