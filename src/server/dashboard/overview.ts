import { html } from "hono/html";
import { type BookResult, balanceOf } from "../../flow/books.ts";
import type { Pause } from "../../ledger/ledger.ts";
import type { Alert } from "../../model/alert.ts";
import { type Html, sparkBars } from "../../report/plot.ts";
import { brief, counted, many } from "../../report/words.ts";
import { alertsAsked } from "../../watch/alerts/list.ts";
import { alertView } from "../../watch/alerts/view.ts";
import type { LedgerFacts } from "../ledger-facts.ts";
import type { AppParts } from "../parts.ts";
import { alertItem } from "./alerts.ts";
import { type Span, spanOf, spanWords, talliesOf } from "./charts.ts";
import type { Page, Seen } from "./frame.ts";
import type { Hours, HoursRead } from "./hours.ts";
import { pausedList, pausePath } from "./pauses.ts";
import { cell, countCell, nothing, query, when } from "./shown.ts";

// The first page: whether all is well, and where not. Quiet when it is, and unmistakable when not.

const alertsMax = 5;
const booksMax = 200;
/** Books that are older than that say how old they are. */
const heldMs = 1_000;

type Tone = "well" | "look" | "wrong";

/** What is counted already. */
export interface Counted {
  readonly hours: Hours;
  /** Undefined where the ledger did not answer in time, or cannot. */
  readonly facts: LedgerFacts | undefined;
}

export async function overview(parts: AppParts, seen: Seen, { hours, facts }: Counted): Promise<Page> {
  const { ledger, integrations, secrets } = parts;
  const day = spanOf(1, seen.nowMs);
  const [{ books: all, atMs }, measures, alerts, paused, read] = await Promise.all([
    facts ??
      balanceOf(ledger, integrations.keys(), undefined).then(({ integrations: books }) => ({
        books,
        atMs: seen.nowMs,
      })),
    ledger.measures(),
    alertsAsked(ledger, {}),
    parts.pauses.list(),
    hours.since(day.fromMs),
  ]);
  const shown = alerts.map((row) => alertView(row, undefined, secrets.redact));
  const oldest = new Map(
    measures.oldestWaiting.map(({ integration, tenant, receivedAtMs }) => [nameOf(integration, tenant), receivedAtMs]),
  );
  const body = html`<h1 class="unseen">Overview</h1>
${verdict(all, shown, { atMs, nowMs: seen.nowMs })}
${shown.length === 0 ? "" : html`<section aria-labelledby="wrong-now"><h2 id="wrong-now">What is wrong now</h2><ul class="alerts">${shown.slice(0, alertsMax).map((alert) => alertItem(alert, seen))}</ul>${shown.length > alertsMax ? html`<p><a href="${seen.root}alerts">And ${many(shown.length - alertsMax, "more alert")}</a></p>` : ""}</section>`}
${pausedList(paused, seen)}
${books(all, { oldest, paused, read, day }, seen)}`;
  return { title: "Overview", section: "overview", body };
}

const nameOf = (integration: string, tenant: string | undefined): string => JSON.stringify([integration, tenant ?? ""]);

const trouble = ({ quarantined, dead, held }: BookResult): number => quarantined + dead + held;

function verdict(
  all: readonly BookResult[],
  alerts: readonly Alert[],
  { atMs, nowMs }: { readonly atMs: number; readonly nowMs: number },
): Html {
  const persons = all.reduce((sum, book) => sum + trouble(book), 0);
  const balanced = all.every((book) => book.balanced);
  const firing = alerts.filter(({ state }) => state === "firing");
  const critical = firing.some(({ severity }) => severity === "critical");
  const tone: Tone = !balanced || critical ? "wrong" : firing.length > 0 || persons > 0 ? "look" : "well";
  const words = {
    well: "All is well.",
    look: "It runs, and somebody should look at something.",
    wrong: balanced ? "Something is wrong." : "The books do not balance. This is a bug: please report it.",
  }[tone];
  const sum = (name: "received" | "delivered" | "waiting" | "delivering"): number =>
    all.reduce((total, book) => total + book[name], 0);
  const number = (name: string, count: number, kind = ""): Html =>
    html`<div class="${kind}"><dt>${name}</dt><dd>${counted(count)}</dd></div>`;
  return html`<section class="verdict ${tone}"><p>${{ well: "✓", look: "!", wrong: "✗" }[tone]} ${words}</p>
<dl class="numbers">${number("Received", sum("received"))}${number("Delivered", sum("delivered"))}${number("On its way", sum("waiting") + sum("delivering"))}${number("For a person", persons, persons === 0 ? "" : "wrong")}</dl>
<p class="pale">${balanced ? "The books balance: everything that was received is accounted for." : ""}${nowMs - atMs < heldMs ? "" : html` They were counted ${when(new Date(atMs).toISOString(), nowMs)}.`}</p></section>`;
}

interface BesideBooks {
  readonly oldest: ReadonlyMap<string, number>;
  readonly paused: readonly Pause[];
  readonly read: HoursRead;
  readonly day: Span;
}

/** What came in each hour of the day, and what went to its end or to a person. */
function sparks({ name, tenant = "" }: BookResult, { read, day }: BesideBooks, nowMs: number): Html {
  const tallies = talliesOf(read, { kind: "book", name, tenant }, day, nowMs);
  const of = (...names: readonly string[]): number[] =>
    tallies.map((tally) => names.reduce((sum, one) => sum + (tally.get(one) ?? 0), 0));
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  const [received, delivered, needPerson] = [of("received"), of("delivered"), of("quarantined", "dead", "held")];
  const spark = (label: string, numbers: readonly number[], more?: readonly number[]): Html =>
    sum(numbers) + sum(more ?? []) === 0
      ? html`<span class="pale">–</span>`
      : sparkBars(numbers, `${label}, in ${spanWords(day)}, an hour a bar`, more);
  return html`${cell("24 h: received", spark(`${counted(sum(received))} received, ${counted(Math.max(...received))} in the hour that had most`, received), "day text")}
${cell("24 h: delivered", spark(`${counted(sum(delivered))} delivered, and ${counted(sum(needPerson))} came to need a person`, delivered, needPerson), "day text")}`;
}

function books(all: readonly BookResult[], beside: BesideBooks, { root, nowMs, visitor }: Seen): Html {
  const { oldest, paused, read } = beside;
  if (all.length === 0)
    return html`<section><h2>Integrations</h2>${nothing("There is none yet. Write one, and start again.")}</section>`;
  const rows = all.toSorted((a, b) => Math.sign(trouble(b)) - Math.sign(trouble(a)));
  const tagOf = (kind: "integration" | "tenant", name: string): Html =>
    paused.some((one) => one.kind === kind && one.name === name)
      ? html` <span class="state look">paused</span>`
      : html``;
  // What the choice does stands on the page that it leads to.
  const pausing = (name: string): Html =>
    visitor.role === "viewer"
      ? html``
      : html` <small><a href="${root}${pausePath("integration", name)}" aria-label="Pause or resume ${brief(name)}">pause</a></small>`;
  const row = (book: BookResult): Html => {
    const { name, tenant } = book;
    const to = (more: Readonly<Record<string, string>>): string =>
      `${root}records${query({ integration: name, tenant, ...more })}`;
    const inbox = (state: string): string => `${root}inboxes${query({ integration: name, tenant })}#${state}`;
    const sinceMs = oldest.get(nameOf(name, tenant));
    return html`<tr><th scope="row"><a href="${to({})}">${brief(name)}</a>${tenant === undefined ? "" : html` <a class="pale" href="${root}${pausePath("tenant", tenant)}">${brief(tenant)}</a>${tagOf("tenant", tenant)}`}${tagOf("integration", name)}${pausing(name)}${book.balanced ? "" : html` <span class="state wrong">does not balance</span>`}</th>
${sparks(book, beside, nowMs)}
${countCell("received", book.received)}${countCell("delivered", book.delivered, "", to({ state: "delivered" }))}
${countCell("on its way", book.waiting + book.delivering, "", to({ state: "waiting,delivering" }))}
${cell("oldest", sinceMs === undefined ? html`<span class="pale">–</span>` : when(new Date(sinceMs).toISOString(), nowMs), "number")}
${countCell("quarantined", book.quarantined, "wrong", inbox("quarantined"))}${countCell("dead", book.dead, "wrong", inbox("dead"))}${countCell("held", book.held, "wrong", inbox("held"))}
${countCell("let go", book.duplicate + book.superseded + book.filtered + book.discarded + book.pruned)}${countCell("refused", book.refused, "look", `${root}sources`)}</tr>`;
  };
  const heads = [
    "24 h: received",
    "24 h: delivered",
    "received",
    "delivered",
    "on its way",
    "oldest",
    "quarantined",
    "dead",
    "held",
    "let go",
    "refused",
  ];
  return html`<section aria-labelledby="books"><h2 id="books">Integrations, and their books</h2><div class="scroll" tabindex="0" role="group" aria-labelledby="books"><table class="wide">
<thead><tr><th scope="col" class="text">integration</th>${heads.map((head) => html`<th scope="col"${head.startsWith("24") ? html` class="text"` : ""}>${head}</th>`)}</tr></thead>
<tbody>${rows.slice(0, booksMax).map(row)}</tbody></table></div>
${rows.length > booksMax ? html`<p class="pale">Those that need somebody come first; ${many(rows.length - booksMax, "more book")} are not shown.</p>` : ""}
<p class="pale">Received is what came, duplicates and all; let go is what was a duplicate, superseded, filtered, discarded or pruned. What was refused never became a record.
${read.has("book") ? html`A bar is an hour of the last 24; what came to need a person stands <span class="wrong">red</span> on what was delivered.` : "What comes is counted by the hour once a minute, and nothing is counted yet."}</p></section>`;
}
