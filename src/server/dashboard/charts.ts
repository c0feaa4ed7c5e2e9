import { html } from "hono/html";
import type { TokenRow } from "../../ledger/ledger.ts";
import type { Html } from "../../report/plot.ts";
import { flowOf } from "../../report/systems.ts";
import { counted } from "../../report/words.ts";
import type { SystemState } from "../../systems/port.ts";
import { usedOf, usedPercent } from "../../watch/history/history.ts";
import { addAll, type Tally } from "../../watch/history/tally.ts";
import { type HoursRead, hourMs, hourOf } from "./hours.ts";
import { nothing, when } from "./shown.ts";

// Charts of a system. What is drawn is a table that stands beside each, for whoever cannot see it or runs no script: draw.js reads its numbers there.

const minuteMs = 60_000;

/** Colours of the report, by their names in the style. */
const tones = ["delivered", "underWay", "needPerson"] as const;
type Tone = (typeof tones)[number];
type ChartName = "calls" | "latency" | "limits";

interface Column {
  readonly head: string;
  readonly tone: Tone;
  /** What is only to be expected. */
  readonly isAhead?: boolean;
  readonly values: readonly (number | null)[];
}

/** One number for each slot, and after that for each of what is ahead. */
type Values = Column["values"];

interface Ahead {
  readonly limit: string;
  readonly spentAtMs: number;
}

/** A stretch of time up to now, cut into slots; the last one is not over. */
export interface Span {
  readonly days: 1 | 7;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly slotMs: number;
}

/** The last 24 hours by the hour, or seven days by four hours. */
export function spanOf(days: Span["days"], nowMs: number): Span {
  const slotMs = days === 1 ? hourMs : 4 * hourMs;
  const untilMs = nowMs - (nowMs % slotMs) + slotMs;
  return { days, fromMs: untilMs - days * 24 * hourMs, untilMs, slotMs };
}

/** When each slot began. */
export const slotsOf = ({ fromMs, untilMs, slotMs }: Span): readonly number[] =>
  Array.from({ length: (untilMs - fromMs) / slotMs }, (_, at) => fromMs + at * slotMs);

/** `the last 24 hours`. */
export const spanWords = ({ days }: Span): string => (days === 1 ? "the last 24 hours" : `the last ${days} days`);

/** What was counted of one thing, added up by slot. */
export function talliesOf(
  hours: HoursRead,
  of: Parameters<HoursRead["tally"]>[0],
  span: Span,
  nowMs: number,
): readonly Tally[] {
  const lastMs = hourOf(nowMs);
  return slotsOf(span).map((fromMs) => {
    const sum: Tally = new Map();
    for (let at = fromMs; at < fromMs + span.slotMs && at <= lastMs; at += hourMs) addAll(sum, hours.tally(of, at));
    return sum;
  });
}

/** The charts of one system. @param id of its section. */
export function charts(
  one: SystemState,
  tallies: readonly Tally[],
  { span, id, nowMs }: { readonly span: Span; readonly id: string; readonly nowMs: number },
): Html {
  const flows = tallies.map(flowOf);
  const ahead = aheadOf(one, span, nowMs);
  const limits = limitColumns(one, tallies, ahead);
  if (limits.length === 0 && flows.every(({ calls }) => calls === 0))
    return html`${nothing(`No call of it ended in ${spanWords(span)}.`)}${besides(tallies, span)}`;
  const figure = (name: ChartName, title: string, columns: readonly Column[], more: readonly Ahead[] = []): Html =>
    columns.some(({ values }) => values.some(isSome)) ? chart(name, title, columns, { id, span, ahead: more }) : html``;
  return html`<div class="charts">${figure("calls", "Calls", [
    { head: "calls", tone: "delivered", values: flows.map(({ calls }) => calls) },
    { head: "refused or failed", tone: "needPerson", values: flows.map(({ failed }) => failed) },
  ])}${figure("latency", "How soon it answered, in ms", [
    { head: "half in", tone: "delivered", values: flows.map(({ medianMs }) => medianMs) },
    { head: "19 of 20 in", tone: "underWay", values: flows.map(({ p95Ms }) => p95Ms) },
  ])}${figure("limits", "Used of its limits at most, in %", limits, ahead)}</div>
${besides(tallies, span)}`;
}

const isSome = (value: number | null): boolean => value !== null && value > 0;

interface Drawn {
  readonly id: string;
  readonly span: Span;
  readonly ahead: readonly Ahead[];
}

function chart(name: ChartName, title: string, columns: readonly Column[], { id, span, ahead }: Drawn): Html {
  const slots = slotsOf(span);
  const row = (time: Html | string, at: number): Html =>
    html`<tr><th scope="row">${time}</th>${columns.map(({ values }) => numberCell(values[at] ?? null))}</tr>`;
  return html`<figure class="chart"><figcaption>${title}</figcaption>
<div class="drawn" id="${id}-${name}" data-chart="${name}" role="img" aria-label="${title}, ${spanWords(span)}; the numbers stand below"></div>
<ul class="key">${columns.map(({ head, tone, isAhead }) => html`<li><i class="${tone}${isAhead === true ? " ahead" : ""}"></i>${head}</li>`)}</ul>
<details><summary>The numbers</summary><table data-from="${span.fromMs / 1_000}" data-slot="${span.slotMs / 1_000}">
<thead><tr><th scope="col" class="text">from (UTC)</th>${columns.map(({ head }) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${slots.map((atMs, at) => row(hourText(atMs), at))}</tbody>
${ahead.length === 0 ? "" : html`<tbody>${ahead.map(({ spentAtMs }, at) => row(html`<time datetime="${new Date(spentAtMs).toISOString()}">${hourText(spentAtMs)}</time>`, slots.length + at))}</tbody>`}</table></details></figure>`;
}

const numberCell = (value: number | null): Html => html`<td>${value === null ? "–" : counted(value)}</td>`;

/** What is counted and not drawn; only slots that have some of it. */
function besides(tallies: readonly Tally[], span: Span): Html {
  const of = (names: readonly string[], per = 1): number[] =>
    tallies.map((tally) => Math.round(names.reduce((sum, name) => sum + (tally.get(name) ?? 0), 0) / per));
  const columns = [
    { head: "too many (429)", values: of(["status429"]) },
    { head: "minutes left alone", values: of(["stoppedMs", "openMs"], minuteMs) },
    { head: "minutes not let in", values: of(["unauthorizedMs"], minuteMs) },
    { head: "tokens got anew", values: of(["refreshed"]) },
  ].filter(({ values }) => values.some(isSome));
  if (columns.length === 0) return html``;
  const rows = slotsOf(span).map((atMs, at) =>
    columns.some(({ values }) => isSome(values[at] ?? null))
      ? html`<tr><th scope="row">${hourText(atMs)}</th>${columns.map(({ values }) => numberCell(values[at] ?? null))}</tr>`
      : "",
  );
  return html`<details class="besides"><summary>When it was left alone, did not let us in, or gave a token</summary><table>
<thead><tr><th scope="col" class="text">from (UTC)</th>${columns.map(({ head }) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table></details>`;
}

const hourFormat = new Intl.DateTimeFormat("en-GB", {
  timeZone: "UTC",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
/** `28 Nov 14:00`, in UTC. */
const hourText = (atMs: number): string => hourFormat.format(atMs).replace(",", "");

/** Limits that are spent before long if calls go on as they did lately. */
function aheadOf({ limits }: SystemState, { untilMs, fromMs }: Span, nowMs: number): readonly Ahead[] {
  return limits
    .map(({ limit, spentAt }) => ({ limit, spentAtMs: spentAt === null ? Number.NaN : Date.parse(spentAt) }))
    .filter(({ spentAtMs }) => spentAtMs > nowMs && spentAtMs < untilMs + (untilMs - fromMs) / 2)
    .toSorted((one, other) => one.spentAtMs - other.spentAtMs);
}

function limitColumns({ limits }: SystemState, tallies: readonly Tally[], ahead: readonly Ahead[]): readonly Column[] {
  const names = new Set(tallies.flatMap((tally) => [...tally.keys()].filter((name) => name.startsWith(usedOf))));
  const none = ahead.map(() => null);
  return [...names].slice(0, tones.length).flatMap((name, at): Column[] => {
    const head = name.slice(usedOf.length);
    const tone = tones[at] as Tone;
    const used: Column = { head, tone, values: [...tallies.map((tally) => tally.get(name) ?? 0), ...none] };
    const now = limits.find(({ limit }) => limit === head);
    if (now === undefined || !ahead.some(({ limit }) => limit === head)) return [used];
    const expected: Values = [
      ...tallies.map((_, slot) => (slot === tallies.length - 1 ? usedPercent(now) : null)),
      ...ahead.map(({ limit }) => (limit === head ? 100 : null)),
    ];
    return [used, { head: `${head}, at this pace`, tone, isAhead: true, values: expected }];
  });
}

/** What is known of a token: when it was got, when it is over, how often it was got anew. */
export function tokenLine(row: TokenRow | undefined, tallies: readonly Tally[], span: Span, nowMs: number): Html {
  if (row === undefined) return html``;
  const times = tallies.reduce((sum, tally) => sum + (tally.get("refreshed") ?? 0), 0);
  const iso = (ms: number): string => new Date(ms).toISOString();
  return html`<p class="pale">Its token was got ${when(iso(row.changedAtMs), nowMs)}${row.expiresAtMs === undefined ? "; until when it is good, nobody said" : html` and is ${row.expiresAtMs > nowMs ? "over" : "over since"} ${when(iso(row.expiresAtMs), nowMs)}`}. In ${spanWords(span)} it was got anew ${times === 1 ? "once" : `${counted(times)} times`}.</p>`;
}
