import type { styleText } from "node:util";
import { durationText } from "../model/duration.ts";
import type { FeedLine, FlowShown, Report, SystemLine, Tone } from "./report.ts";
import { change, counted, dayOf, harmless, many, minuteOf, nothingCalled, took, waited } from "./words.ts";

// The report for a terminal and for the text of a mail: one page, the important first.

type Style = Parameters<typeof styleText>[0];
/** Colours a text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

const blocks = "▁▂▃▄▅▆▇█";
const mark: Readonly<Record<Tone, string>> = { well: "✓", look: "!", wrong: "✗" };
const colour: Readonly<Record<Tone, Style>> = { well: "green", look: "yellow", wrong: "red" };

/**
 * The report as text.
 *
 * @param paint colours for a terminal; without it there are none.
 */
export function reportText(report: Report, paint: Paint = (_, text) => text): string {
  const { verdict, period, needs } = report;
  const title = (text: string): string => paint("bold", text);
  const sections: (readonly string[])[] = [
    [`${title("Waybill")}  ${periodText(report)}`, paint("dim", `compared with the ${lengthOf(period)} before`)],
    [
      paint(["bold", ...[colour[verdict.tone]].flat()] as Style, `${mark[verdict.tone]} ${verdict.words}`),
      ...needs.flatMap(({ severity, words, next }) => [
        `  ${paint(severity === "critical" ? "red" : "yellow", harmless(words))}`,
        paint("dim", `    ${harmless(next)}`),
      ]),
    ],
    totals(report, paint),
    [title("What came, and where it is now"), ...feedTable(report, paint)],
    report.slower.length === 0
      ? []
      : [
          title("Slower than before"),
          ...report.slower.map(
            ({ name, what, p95Ms, beforeMs }) =>
              `  ${paint("yellow", harmless(name))}: 19 of 20 ${what === "system" ? "calls are answered" : "are delivered"} within ${took(p95Ms)}, ${took(beforeMs)} before`,
          ),
        ],
    [title("Systems"), ...systemTable(report, paint)],
    report.causes.length === 0
      ? []
      : [
          title("Why records did not simply go through"),
          ...causeTable(report, paint),
          ...rest(report.otherCauses, "cause"),
        ],
    alerts(report, paint),
    report.drift.length === 0
      ? []
      : [title("What changed its shape"), ...report.drift.map(({ message }) => `  ${harmless(message)}`)],
    report.byHand.length === 0
      ? []
      : [
          title("Changed by hand"),
          ...report.byHand.map(
            ({ at, actor, words, why }) =>
              `  ${paint("dim", minuteOf(at))}  ${harmless(actor)} ${harmless(words)}${why === null ? "" : paint("dim", ` (${harmless(why)})`)}`,
          ),
          ...rest(report.otherDeeds, "change"),
        ],
    [title("What this page cannot know"), ...report.cannotKnow.map((one) => paint("dim", `  ${harmless(one)}`))],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

/** `Thu 19 Nov 2026 14:00 to Thu 26 Nov 2026 14:20 UTC`, with whose it is. */
export function periodText({ period, only }: Pick<Report, "period" | "only">): string {
  const whose = [only.integration, only.tenant].filter((one) => one !== null).map(harmless);
  const times = `${dayOf(period.since)} ${period.since.slice(11, 16)} to ${dayOf(period.until)} ${period.until.slice(11, 16)} UTC`;
  return whose.length === 0 ? times : `${whose.join(", ")}: ${times}`;
}

export const lengthOf = ({ since, until }: Report["period"]): string =>
  durationText(Math.round((Date.parse(until) - Date.parse(since)) / 60_000) * 60_000);

const rest = (count: number, what: string): string[] => (count === 0 ? [] : [`  and ${many(count, `more ${what}`)}`]);

function totals({ total, slots, period }: Report, paint: Paint): readonly string[] {
  const { now, before, duplicates, refused, waits } = total;
  const than = change(now.came, before?.came);
  const parts = [
    `${paint("bold", counted(now.came))} came${than === "" ? "" : paint("dim", ` (${than})`)}`,
    `${paint("bold", counted(now.delivered))} delivered`,
    `${paint("bold", counted(now.underWay))} under way`,
    `${paint(now.needPerson > 0 ? ["bold", "red"] : "bold", counted(now.needPerson))} need a person`,
    `${paint("bold", counted(now.letGo))} let go`,
  ];
  const besides = [
    duplicates === null || duplicates === 0 ? undefined : many(duplicates, "duplicate"),
    refused === null || refused === 0 ? undefined : `${counted(refused)} refused`,
  ].filter((part) => part !== undefined);
  return [
    parts.join(", "),
    paint("dim", `  ${speed(now, before)}${besides.length === 0 ? "" : ` Besides: ${besides.join(", ")}.`}`),
    ...(now.came === 0
      ? []
      : [
          `  ${paint("cyan", bars(slots.map(({ came }) => came)))}  ${paint("dim", `came, ${durationText(period.slotMs)} a bar`)}`,
        ]),
    waits.records === 0
      ? paint("dim", "  Nothing waits now.")
      : `  ${many(waits.records, "record waits", "records wait")} now, the oldest for ${waited(waits.oldestMs)}`,
  ];
}

/** How fast it went, in a sentence. */
export function speed(now: FlowShown, before: FlowShown | null): string {
  if (now.medianMs === null) return "Nothing was delivered.";
  const was = before === null || before.p95Ms === null ? "" : ` (${took(before.p95Ms)} before)`;
  return `Half of it was delivered within ${took(now.medianMs)}, 19 of 20 within ${took(now.p95Ms)}${was}.`;
}

/** A bar for each number; at most so many bars. */
export function bars(numbers: readonly number[], barsMax = 60): string {
  const per = Math.ceil(numbers.length / barsMax);
  const sums = Array.from({ length: Math.ceil(numbers.length / per) }, (_, at) =>
    numbers.slice(at * per, (at + 1) * per).reduce((sum, one) => sum + one, 0),
  );
  const most = Math.max(...sums, 1);
  return sums.map((one) => (one === 0 ? " " : blocks[Math.ceil((one / most) * blocks.length) - 1])).join("");
}

interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string;
  readonly right?: boolean;
  readonly style?: (row: Row) => Style | undefined;
  readonly most?: number;
}

function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], paint: Paint): string[] {
  const cells = rows.map((row) => columns.map(({ of, most = 40 }) => cut(harmless(of(row)), most)));
  const widths = columns.map(({ title }, at) => Math.max(title.length, ...cells.map((row) => row[at]?.length ?? 0)));
  const padded = (text: string, at: number): string =>
    columns[at]?.right === true ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0);
  const head = columns.map(({ title }, at) => padded(title, at)).join("  ");
  return [
    paint("dim", `  ${head}`.trimEnd()),
    ...cells.map((row, index) => {
      const painted = row.map((text, at) => {
        const style = columns[at]?.style?.(rows[index] as Row);
        return style === undefined ? padded(text, at) : paint(style, padded(text, at));
      });
      return `  ${painted.join("  ")}`.trimEnd();
    }),
  ];
}

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

const nameOf = ({ integration, tenant }: Pick<FeedLine, "integration" | "tenant">): string =>
  tenant === "" ? integration : `${integration} (${tenant})`;

function feedTable({ integrations, otherIntegrations }: Report, paint: Paint): string[] {
  if (integrations.length === 0) return ["  There are no integrations, and nothing came."];
  const zero = (count: number): Style | undefined => (count === 0 ? "dim" : undefined);
  const lines = table<FeedLine>(
    integrations,
    [
      { title: "integration", of: nameOf },
      { title: "came", of: ({ now }) => counted(now.came), right: true, style: ({ now }) => zero(now.came) },
      { title: "", of: ({ now, before }) => change(now.came, before?.came), right: true, style: () => "dim" },
      { title: "when", of: ({ came }) => bars(came, 21), style: () => "cyan" },
      { title: "delivered", of: ({ now }) => counted(now.delivered), right: true },
      { title: "half within", of: ({ now }) => took(now.medianMs), right: true },
      { title: "19 of 20", of: ({ now }) => took(now.p95Ms), right: true },
      {
        title: "waits",
        of: ({ waits }) => (waits.records === 0 ? "0" : `${counted(waits.records)}, ${waited(waits.oldestMs)}`),
        right: true,
        style: ({ waits }) => zero(waits.records),
      },
      {
        title: "for a person",
        of: ({ waits }) => counted(waits.person),
        right: true,
        style: ({ waits }) => (waits.person > 0 ? "red" : "dim"),
      },
    ],
    paint,
  );
  if (otherIntegrations === null) return lines;
  const { lines: more, now } = otherIntegrations;
  return [
    ...lines,
    paint("dim", `  and ${counted(more)} more: ${counted(now.came)} came, ${counted(now.delivered)} delivered`),
  ];
}

function systemTable({ systems, otherSystems }: Report, paint: Paint): string[] {
  if (systems.length === 0) return [`  ${nothingCalled}`];
  const lines = table<SystemLine>(
    systems,
    [
      { title: "system", of: ({ system }) => system },
      { title: "calls", of: ({ now }) => counted(now.calls), right: true },
      { title: "", of: ({ now, before }) => change(now.calls, before?.calls), right: true, style: () => "dim" },
      {
        title: "not done",
        of: ({ now }) => counted(now.failed),
        right: true,
        style: ({ now }) => (now.failed === 0 ? "dim" : "yellow"),
      },
      { title: "half within", of: ({ now }) => took(now.medianMs), right: true },
      { title: "19 of 20", of: ({ now }) => took(now.p95Ms), right: true },
      { title: "how it limited us", of: ({ limitedUs }) => limitedUs ?? "not at all", most: 160 },
    ],
    paint,
  );
  return [...lines, ...rest(otherSystems, "system")];
}

function causeTable({ causes }: Report, paint: Paint): string[] {
  return table(
    causes,
    [
      { title: "of", of: ({ integration }) => integration },
      { title: "state", of: ({ state }) => state },
      { title: "cause", of: ({ cause }) => cause },
      { title: "now", of: ({ count }) => counted(count), right: true },
      {
        title: "before",
        of: ({ before }) => (before === null ? "?" : counted(before)),
        right: true,
        style: () => "dim",
      },
      { title: "the newest one says", of: ({ reason }) => reason ?? "", most: 60, style: () => "dim" },
    ],
    paint,
  );
}

function alerts({ alerts: all, otherAlerts }: Report, paint: Paint): readonly string[] {
  if (all.length === 0) return [];
  return [
    paint("bold", "What else was wrong"),
    ...all.map(({ severity, message, since, resolvedAt, lastedMs }) => {
      const end = resolvedAt === null ? paint("red", "goes on") : `over after ${durationText(lastedMs)}`;
      return `  ${paint("dim", minuteOf(since))}  ${paint(severity === "critical" ? "red" : "yellow", severity)}  ${harmless(message)} ${paint("dim", "·")} ${end}`;
    }),
    ...rest(otherAlerts, "alert"),
  ];
}
