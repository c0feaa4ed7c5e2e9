import { isBalanced } from "../flow/books.ts";
import type { AlertRow, CauseGroup, HistoryRow } from "../ledger/ledger.ts";
import type { Severity } from "../model/alert.ts";
import { isInternal } from "../model/internal.ts";
import type { State } from "../model/record.ts";
import { command } from "../model/shell.ts";
import { tallyOf } from "../watch/history/tally.ts";
import { cannotKnow, comparableShare, knowsBefore, wasWatched, watched } from "./cannot-know.ts";
import type { FeedFigures, Figures } from "./figures.ts";
import { addFlow, emptyFlow, quantile, type TimedFlow } from "./flow.ts";
import { handLines } from "./hand.ts";
import { isBefore, isWithin } from "./period.ts";
import type {
  AlertLine,
  CauseLine,
  FeedLine,
  FlowShown,
  NeedLine,
  Report,
  SlowerLine,
  SystemLine,
  Tone,
} from "./report.ts";
import { systemLines } from "./systems.ts";
import { brief, counted, many } from "./words.ts";

// From figures to what is shown. Everything is decided here: what is worth a line, in which order, and what is only added up.

const feedsMax = 20;
const systemsMax = 12;
const causesMax = 12;
const alertsMax = 12;
const deedsShownMax = 15;
const needsMax = 12;
/** Fewer say nothing about how fast it is. */
const timedLeast = 20;
const slowerBy = 1.5;
const slowerByMs = 50;

type Redact = (text: string) => string;

/**
 * The report of these figures.
 *
 * @param names of the integrations that the code has: one to which nothing came is shown too.
 * @param redact takes secrets out of what others wrote.
 */
export function buildReport(figures: Figures, names: readonly string[], redact: Redact): Report {
  const { period, only } = figures;
  const known = knowsBefore(figures);
  const feeds = feedLines(figures, names, known);
  const all = figures.feeds.reduce((sum, { flow }) => addFlow(sum, flow), emptyFlow());
  const before = figures.feeds.reduce((sum, feed) => addFlow(sum, feed.before), emptyFlow());
  const compared = known && watched(figures, "before").share >= comparableShare;
  const systems = systemLines(figures.hours, period, compared);
  const causes = causeLines(figures, known, redact);
  const alerts = figures.alerts
    .filter(({ integration }) => !isInternal(integration ?? ""))
    .map((row) => alertLine(row, figures.nowMs, redact));
  // What needs a person is told first, and once.
  const besides = alerts.filter(
    ({ rule, resolvedAt, severity }) =>
      rule !== "drift" && (resolvedAt !== null || severity === "info") && !(resolvedAt === null && ofInboxes.has(rule)),
  );
  const byHand = handLines(figures.deeds, redact);
  const needs = needLines(figures, redact);
  const balanced = figures.books.every(isBalanced);
  return {
    madeAt: iso(figures.nowMs),
    period: {
      since: iso(period.fromMs),
      until: iso(period.untilMs),
      comparedSince: iso(period.beforeMs),
      slotMs: period.slotMs,
    },
    only: { integration: only.integration ?? null, tenant: only.tenant ?? null },
    verdict: verdictOf(needs, shown(all), balanced),
    needs: needs.slice(0, needsMax),
    total: {
      now: shown(all),
      before: known ? shown(before) : null,
      ...uncounted(figures),
      waits: waitsOf(figures, () => true),
      balanced,
    },
    slots: figures.slots.map(({ came, delivered, underWay, needPerson, letGo }, at) => ({
      at: iso(period.fromMs + at * period.slotMs),
      came,
      delivered,
      underWay,
      needPerson,
      letGo,
    })),
    integrations: feeds.slice(0, feedsMax),
    otherIntegrations: restOf(feeds.slice(feedsMax), figures),
    slower: [...slowerFeeds(feeds), ...slowerSystems(systems)],
    systems: systems.slice(0, systemsMax),
    otherSystems: Math.max(0, systems.length - systemsMax),
    causes: causes.slice(0, causesMax),
    otherCauses: Math.max(0, causes.length - causesMax),
    alerts: besides.slice(0, alertsMax),
    otherAlerts: Math.max(0, besides.length - alertsMax),
    drift: alerts.filter(({ rule }) => rule === "drift").slice(0, alertsMax),
    byHand: byHand.slice(0, deedsShownMax),
    otherDeeds: Math.max(0, byHand.length - deedsShownMax),
    cannotKnow: cannotKnow(figures),
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();

function shown({ came, delivered, underWay, needPerson, letGo, took }: TimedFlow): FlowShown {
  const medianMs = quantile(took, 0.5) ?? null;
  return { came, delivered, underWay, needPerson, letGo, medianMs, p95Ms: quantile(took, 0.95) ?? null };
}

/** Each integration and tenant: those with records that need a person first, then by how much came. */
function feedLines(figures: Figures, names: readonly string[], known: boolean): readonly FeedLine[] {
  const { only } = figures;
  const there = new Set(figures.feeds.map(({ integration }) => integration));
  const silent = names
    .filter((name) => !there.has(name) && only.tenant === undefined && (only.integration ?? name) === name)
    .map((integration): FeedFigures => {
      const came = new Uint32Array(figures.slots.length);
      return { integration, tenant: "", flow: emptyFlow(), before: emptyFlow(), came };
    });
  return [...figures.feeds, ...silent]
    .map((feed): FeedLine => {
      const { integration, tenant, flow, before, came } = feed;
      const waits = waitsOf(figures, (one) => one.integration === integration && one.tenant === tenant);
      return {
        integration,
        tenant,
        now: shown(flow),
        before: known ? shown(before) : null,
        came: [...came],
        waits,
      };
    })
    .toSorted(
      (one, other) =>
        other.waits.person - one.waits.person ||
        other.now.came - one.now.came ||
        (one.integration < other.integration ? -1 : 1),
    );
}

function waitsOf(
  { books, oldest, nowMs }: Figures,
  isMeant: (of: { readonly integration: string; readonly tenant: string }) => boolean,
): FeedLine["waits"] {
  const own = books.filter(isMeant);
  const since = oldest.filter(isMeant).map(({ receivedAtMs }) => receivedAtMs);
  return {
    records: own.reduce((sum, { waiting, delivering }) => sum + waiting + delivering, 0),
    oldestMs: since.length === 0 ? null : Math.max(0, nowMs - Math.min(...since)),
    person: own.reduce((sum, { quarantined, dead, held }) => sum + quarantined + dead + held, 0),
  };
}

function restOf(lines: readonly FeedLine[], { feeds }: Figures): Report["otherIntegrations"] {
  if (lines.length === 0) return null;
  const names = new Set(lines.map(({ integration, tenant }) => `${integration}\n${tenant}`));
  const rest = feeds.filter(({ integration, tenant }) => names.has(`${integration}\n${tenant}`));
  return { lines: lines.length, now: shown(rest.reduce((sum, { flow }) => addFlow(sum, flow), emptyFlow())) };
}

/** What made no record, as far as somebody counted it. */
function uncounted(figures: Figures): Pick<Report["total"], "duplicates" | "refused"> {
  const { hours, period, only } = figures;
  if (!wasWatched(figures)) return { duplicates: null, refused: null };
  const within = hours.filter(isWithin(period));
  const sum = (rows: readonly HistoryRow[], name: string): number =>
    rows.reduce((total, { state }) => total + (tallyOf(state).get(name) ?? 0), 0);
  const books = within.filter(
    ({ kind, name, tenant }) =>
      kind === "book" && (only.integration ?? name) === name && (only.tenant ?? tenant) === tenant,
  );
  const narrowed = only.integration !== undefined || only.tenant !== undefined;
  return {
    duplicates: sum(books, "duplicate"),
    refused: narrowed
      ? null
      : sum(
          within.filter(({ kind }) => kind === "refusal"),
          "refused",
        ),
  };
}

const grew = ({ count, before }: CauseLine): number => count - (before ?? 0);
const told: ReadonlySet<State> = new Set(["quarantined", "dead", "held", "waiting", "filtered", "discarded"] as const);

/** Why records did not simply go through, the cause that grew most first. */
function causeLines(figures: Figures, known: boolean, redact: Redact): readonly CauseLine[] {
  const stuck = figures.causes
    .filter(({ state }) => told.has(state))
    .map(
      ({ integration, state, cause, count, before, reason }): CauseLine => ({
        integration,
        state,
        cause: cause as string,
        count,
        before: known ? before : null,
        reason: reason === undefined ? null : brief(redact(reason)),
      }),
    );
  return [...stuck, ...refusalLines(figures, known, redact)]
    .filter(({ count, before }) => count > 0 || (before ?? 0) > 0)
    .toSorted((one, other) => grew(other) - grew(one) || other.count - one.count);
}

function refusalLines({ hours, period, only }: Figures, known: boolean, redact: Redact): readonly CauseLine[] {
  if (only.integration !== undefined || only.tenant !== undefined) return [];
  const lines = new Map<string, { source: string; reason: string; count: number; before: number }>();
  const within = isWithin(period);
  const earlier = isBefore(period);
  for (const row of hours.filter(({ kind }) => kind === "refusal")) {
    const key = `${row.name}\n${row.about}`;
    const line = lines.get(key) ?? { source: row.name, reason: row.about, count: 0, before: 0 };
    const count = tallyOf(row.state).get("refused") ?? 0;
    if (within(row)) line.count += count;
    else if (earlier(row)) line.before += count;
    lines.set(key, line);
  }
  return [...lines.values()].map(({ source, reason, count, before }) => ({
    integration: brief(source),
    state: "refused",
    cause: brief(redact(reason)),
    count,
    before: known ? before : null,
    reason: null,
  }));
}

const isSlower = (nowMs: number | null, beforeMs: number | null | undefined): boolean =>
  nowMs !== null &&
  beforeMs !== null &&
  beforeMs !== undefined &&
  nowMs >= beforeMs * slowerBy &&
  nowMs - beforeMs >= slowerByMs;

function slowerFeeds(feeds: readonly FeedLine[]): readonly SlowerLine[] {
  return feeds.flatMap(({ integration, tenant, now, before }): SlowerLine[] => {
    if (now.delivered < timedLeast || (before?.delivered ?? 0) < timedLeast) return [];
    if (!isSlower(now.p95Ms, before?.p95Ms)) return [];
    const name = tenant === "" ? integration : `${integration} (${tenant})`;
    return [{ what: "integration", name, p95Ms: now.p95Ms as number, beforeMs: before?.p95Ms as number }];
  });
}

function slowerSystems(systems: readonly SystemLine[]): readonly SlowerLine[] {
  return systems.flatMap(({ system, now, before }): SlowerLine[] => {
    if (now.calls < timedLeast || (before?.calls ?? 0) < timedLeast) return [];
    if (!isSlower(now.p95Ms, before?.p95Ms)) return [];
    return [{ what: "system", name: system, p95Ms: now.p95Ms as number, beforeMs: before?.p95Ms as number }];
  });
}

function alertLine(row: AlertRow, nowMs: number, redact: Redact): AlertLine {
  const { id, rule, severity, integration, system, tenant, sinceMs, resolvedAtMs, count } = row;
  const whose = integration ?? system ?? "";
  return {
    id,
    rule,
    severity,
    about: brief(tenant === "" ? whose : `${whose} (${tenant})`),
    message: brief(redact(row.message)),
    since: iso(sinceMs),
    resolvedAt: resolvedAtMs === undefined ? null : iso(resolvedAtMs),
    lastedMs: Math.max(0, (resolvedAtMs ?? nowMs) - sinceMs),
    count,
  };
}

const inboxes: Readonly<Partial<Record<State, { readonly list: string; readonly severity: Severity }>>> = {
  dead: { list: "dead", severity: "critical" },
  held: { list: "held", severity: "critical" },
  quarantined: { list: "quarantine", severity: "warning" },
};
/** What the inboxes say themselves. */
const ofInboxes: ReadonlySet<string> = new Set(["dead", "held", "quarantined"]);
const rank: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 };

/** What a person is to do: the inboxes, and what else is wrong now. */
function needLines(figures: Figures, redact: Redact): readonly NeedLine[] {
  const open = figures.alerts
    .filter(({ state, rule }) => state !== "resolved" && !ofInboxes.has(rule))
    .filter(({ integration, severity }) => !isInternal(integration ?? "") && severity !== "info")
    .map(({ severity, message, next }) => ({ severity, words: brief(redact(message)), next: brief(redact(next)) }));
  return [...figures.inbox.map((group) => ofGroup(group, redact)), ...open].toSorted(
    (one, other) => rank[one.severity] - rank[other.severity],
  );
}

function ofGroup({ integration, tenant, state, cause, count, reason }: CauseGroup, redact: Redact): NeedLine {
  const { list, severity } = inboxes[state] ?? { list: "records", severity: "warning" as const };
  const whose = tenant === "" ? integration : `${integration} (${tenant})`;
  const why = reason === undefined ? cause : `${cause}: ${reason}`;
  return {
    severity,
    words: brief(redact(`${many(count, "record")} of ${whose} ${count === 1 ? "is" : "are"} ${state}, ${why}`)),
    next: command(`npx waybill ${list} ls --integration`, integration),
  };
}

function verdictOf(needs: readonly NeedLine[], { came, underWay }: FlowShown, balanced: boolean): Report["verdict"] {
  if (!balanced)
    return { tone: "wrong", words: "The books do not balance. This is a bug of Waybill: please report it." };
  const tone: Tone = needs.some(({ severity }) => severity === "critical")
    ? "wrong"
    : needs.length > 0
      ? "look"
      : "well";
  if (tone !== "well")
    return {
      tone,
      words: `${many(needs.length, "thing needs", "things need")} a person. Every record is accounted for.`,
    };
  if (came === 0) return { tone, words: "Nothing came in this time, and nothing needs a person." };
  const way = underWay === 0 ? "" : `, ${counted(underWay)} under way`;
  return { tone, words: `All is well. ${many(came, "record")} came${way}, and each one is accounted for.` };
}
