import { html, raw } from "hono/html";
import { durationText } from "../model/duration.ts";
import { flowBars, type Html, type Part, parts, sparkBars } from "./plot.ts";
import type { AlertLine, FeedLine, FlowShown, Report, SystemLine } from "./report.ts";
import { style } from "./style.ts";
import { lengthOf, periodText, speed } from "./text.ts";
import { changeWords, counted, dayOf, harmless, many, minuteOf, nothingCalled, took, waited } from "./words.ts";

// The report as one page: a file that asks for nothing from anywhere, without a script. Every text goes through `html`, which escapes it.

/** The page, and the style in it as a policy has to name it. */
export interface Page {
  readonly text: string;
  readonly style: string;
}

/** The report as HTML. */
export function reportHtml(report: Report): Page {
  const page = html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>Waybill, ${periodText(report)}</title><style>${raw(style)}</style></head>
<body><main>
${reportMain(report)}
<footer>Waybill, made ${minuteOf(report.madeAt)} UTC. The same in a terminal: <code>npx waybill report</code></footer>
</main></body></html>
`;
  return { text: String(page), style };
}

/** What stands on the page, without what is around it. */
export function reportMain(report: Report): Html {
  const { verdict, needs, drift } = report;
  return html`<header class="report"><h1>The ${nameOf(report)} in one page</h1><p>${periodText(report)}</p></header>
<div class="verdict ${verdict.tone}" role="status"><p>${sign(verdict.tone)} ${verdict.words}</p>${
    needs.length === 0
      ? ""
      : html`<ul class="needs">${needs.map(
          ({ severity, words, next }) =>
            html`<li>${tag(severity)}${harmless(words)}<code>${harmless(next)}</code></li>`,
        )}</ul>`
  }</div>
${flowSection(report)}
${feedSection(report)}
${slowerSection(report)}
${systemSection(report)}
${causeSection(report)}
<div class="pair">
${alertSection("What else was wrong", report.alerts, report.otherAlerts)}
<div>${alertSection("What changed its shape", drift, 0)}
${handSection(report)}</div></div>
<section class="unknown"><h2>What this page cannot know</h2><ul class="list">${report.cannotKnow.map((one) => html`<li>${harmless(one)}</li>`)}</ul></section>`;
}

/** `week` or `day`, or how long it is. */
function nameOf({ period }: Report): string {
  const length = lengthOf(period).split(" ")[0];
  return length === "7d" ? "week" : length === "1d" || length === "24h" ? "day" : `last ${lengthOf(period)}`;
}

const sign = (tone: Report["verdict"]["tone"]): string => ({ well: "✓", look: "!", wrong: "✗" })[tone];
const tag = (severity: AlertLine["severity"]): Html => html`<span class="tag ${severity}">${severity}</span>`;
const partWords: Readonly<Record<Part, string>> = {
  delivered: "delivered",
  letGo: "let go",
  underWay: "under way",
  needPerson: "need a person",
};

function flowSection(report: Report): Html {
  const { total, slots, period } = report;
  const { now, before, duplicates, refused, waits } = total;
  const number = (name: string, count: number, note: string, bad = false): Html =>
    html`<div class="${bad ? "wrong" : ""}"><dt>${name}</dt><dd>${counted(count)}${note === "" ? "" : html`<small>${note}</small>`}</dd></div>`;
  const besides = [
    duplicates === null ? undefined : many(duplicates, "duplicate"),
    refused === null ? undefined : `${counted(refused)} refused`,
  ].filter((part) => part !== undefined);
  const label = `What came, ${durationText(period.slotMs)} a bar: ${counted(now.came)} records in all; the numbers stand in the table below`;
  return html`<section><h2>What came, and where it is now</h2>
<dl class="numbers">
${number("Came", now.came, changeWords(now.came, before?.came))}
${number("Delivered", now.delivered, now.came === 0 ? "" : `${share(now.delivered, now.came)} of it`)}
${number("Waits now", waits.records, waits.oldestMs === null ? "nothing" : `the oldest for ${waited(waits.oldestMs)}`)}
${number("For a person now", waits.person, waits.person === 0 ? "nothing" : "see above", waits.person > 0)}
</dl>
${flowBars(slots, label)}
<div class="ticks" aria-hidden="true">${ticks(report).map((text) => html`<span class="${text === "" ? "" : "at"}">${text}</span>`)}</div>
<ul class="key">${parts
    .filter((part) => part === "delivered" || now[part] > 0)
    .map((part) => html`<li><i class="${part}"></i>${counted(now[part])} ${partWords[part]}</li>`)}</ul>
<p class="pale">${speed(now, before)}${besides.length === 0 ? "" : ` Besides, and no records of their own: ${besides.join(", ")}.`}${
    total.balanced ? " The books balance." : ""
  } Records are counted by when they came.</p>
<details><summary>The numbers, ${durationText(period.slotMs)} each</summary><div class="scroll"><table>
<thead><tr><th scope="col" class="text">from (UTC)</th><th scope="col">came</th>${parts.map((part) => html`<th scope="col">${partWords[part]}</th>`)}</tr></thead>
<tbody>${slots.map(
    (slot) =>
      html`<tr><td class="text">${minuteOf(slot.at)}</td><td>${counted(slot.came)}</td>${parts.map((part) => html`<td class="${slot[part] === 0 ? "zero" : part === "needPerson" ? "bad" : ""}">${counted(slot[part])}</td>`)}</tr>`,
  )}</tbody></table></div></details></section>`;
}

function share(part: number, of: number): string {
  const percent = (part / of) * 100;
  // All but one of a million are not all.
  return part === of ? "all" : `${percent > 99 ? Math.floor(percent * 100) / 100 : Math.round(percent)} %`;
}

const day = 86_400_000;

/** What stands under each bar: the day where one begins, or times of day; nothing under most. */
function ticks({ period, slots }: Report): readonly string[] {
  const { slotMs } = period;
  const each = Math.ceil(slots.length / 6);
  const days = (slots.length * slotMs) / day;
  const apart = Math.ceil(days / 8);
  return slots.map(({ at }, index) => {
    const atMs = Date.parse(at);
    if (days <= 2) return index % each === 0 ? at.slice(11, 16) : "";
    if (slotMs >= day) return index % each === 0 ? dayOf(at).split(" ").slice(1, 3).join(" ") : "";
    const begins = atMs % day < slotMs && Math.floor(atMs / day) % apart === 0;
    return begins ? dayOf(at).split(" ").slice(0, 2).join(" ") : "";
  });
}

const whose = ({ integration, tenant }: Pick<FeedLine, "integration" | "tenant">): string =>
  harmless(tenant === "" ? integration : `${integration} (${tenant})`);

const cell = (of: string, text: string, note = "", kind = ""): Html =>
  html`<td class="${kind}" data-of="${of}">${text}${note === "" ? "" : html`<small> ${note}</small>`}</td>`;

const kindOf = (count: number, bad: string): string => (count === 0 ? "zero" : bad);

function feedSection({ integrations, otherIntegrations, period }: Report): Html {
  const rows = integrations.map((line) => {
    const { now, before, came, waits } = line;
    const label = `When its ${counted(now.came)} records came, ${durationText(period.slotMs)} a bar`;
    return html`<tr><th scope="row">${whose(line)}</th><td class="when text">${sparkBars(came, label)}</td>
${cell("came", counted(now.came), changeWords(now.came, before?.came), kindOf(now.came, ""))}
${cell("delivered", counted(now.delivered), "", kindOf(now.delivered, ""))}
${cell("half within", took(now.medianMs))}
${cell("19 of 20 within", took(now.p95Ms), was(now.p95Ms, before), slow(now, before) ? "worse" : "")}
${cell("waits", counted(waits.records), waits.oldestMs === null ? "" : `for ${waited(waits.oldestMs)}`, kindOf(waits.records, ""))}
${cell("for a person", counted(waits.person), "", kindOf(waits.person, "bad"))}</tr>`;
  });
  return html`<section><h2>Integrations</h2>${
    integrations.length === 0
      ? html`<p class="pale">There are none, and nothing came.</p>`
      : html`<div class="scroll"><table class="wide"><thead><tr><th scope="col" class="text">integration</th><th scope="col" class="text">when</th><th scope="col">came</th><th scope="col">delivered</th><th scope="col">half within</th><th scope="col">19 of 20 within</th><th scope="col">waits now</th><th scope="col">for a person now</th></tr></thead>
<tbody>${rows}</tbody></table></div>`
  }${
    otherIntegrations === null
      ? ""
      : html`<p class="pale">And ${counted(otherIntegrations.lines)} more, added up: ${counted(otherIntegrations.now.came)} came, ${counted(otherIntegrations.now.delivered)} delivered, ${counted(otherIntegrations.now.needPerson)} need a person.</p>`
  }</section>`;
}

const slow = (now: FlowShown, before: FlowShown | null): boolean =>
  now.p95Ms !== null &&
  before !== null &&
  before.p95Ms !== null &&
  now.p95Ms >= before.p95Ms * 1.5 &&
  now.p95Ms - before.p95Ms >= 50;
const was = (now: number | null, before: FlowShown | null): string =>
  before === null || before.p95Ms === null || before.p95Ms === now ? "" : `${took(before.p95Ms)} before`;

function slowerSection({ slower }: Report): Html {
  if (slower.length === 0) return html``;
  return html`<section><h2>What got slower</h2><ul class="list">${slower.map(
    ({ what, name, p95Ms, beforeMs }) =>
      html`<li><strong>${harmless(name)}</strong>: 19 of 20 ${what === "system" ? "calls are answered" : "records are delivered"} within <span class="worse">${took(p95Ms)}</span>, ${took(beforeMs)} before</li>`,
  )}</ul></section>`;
}

function systemSection({ systems, otherSystems }: Report): Html {
  const row = ({
    system,
    now,
    before,
    limitedUs,
  }: SystemLine): Html => html`<tr><th scope="row">${harmless(system)}</th>
${cell("calls", counted(now.calls), changeWords(now.calls, before?.calls))}
${cell("not done", counted(now.failed), "", kindOf(now.failed, "worse"))}
${cell("half within", took(now.medianMs))}
${cell("19 of 20 within", took(now.p95Ms), before === null || before.p95Ms === null || before.p95Ms === now.p95Ms ? "" : `${took(before.p95Ms)} before`)}
<td class="text words ${limitedUs === null ? "zero" : ""}">${limitedUs === null ? "It did not limit us." : `${limitedUs.charAt(0).toUpperCase()}${limitedUs.slice(1)}.`}</td></tr>`;
  return html`<section><h2>Systems, and how they limited us</h2>${
    systems.length === 0
      ? html`<p class="pale">${nothingCalled}</p>`
      : html`<div class="scroll"><table class="wide"><thead><tr><th scope="col" class="text">system</th><th scope="col">calls</th><th scope="col">not done</th><th scope="col">half within</th><th scope="col">19 of 20 within</th><th scope="col" class="text">limits, stops, failures</th></tr></thead>
<tbody>${systems.map(row)}</tbody></table></div>`
  }${more(otherSystems, "system")}</section>`;
}

const more = (count: number, what: string): Html =>
  count === 0 ? html`` : html`<p class="pale">And ${many(count, `more ${what}`)}.</p>`;

function causeSection({ causes, otherCauses }: Report): Html {
  if (causes.length === 0) return html``;
  const rows = causes.map(
    ({ integration, state, cause, count, before, reason }) => html`<tr><th scope="row">${harmless(integration)}</th>
<td class="text words">${state}, ${harmless(cause)}${reason === null ? "" : html`<small> ${harmless(reason)}</small>`}</td>
${cell("now", counted(count), "", before !== null && count > before ? "worse" : kindOf(count, ""))}
${cell("before", before === null ? "not known" : counted(before), "", "zero")}</tr>`,
  );
  return html`<section><h2>Why records did not simply go through</h2><p class="pale">What grew most comes first. The small words are those of the newest record.</p><div class="scroll"><table class="wide"><thead><tr><th scope="col" class="text">of</th><th scope="col" class="text">cause</th><th scope="col">now</th><th scope="col">before</th></tr></thead>
<tbody>${rows}</tbody></table></div>${more(otherCauses, "cause")}</section>`;
}

function alertSection(title: string, alerts: readonly AlertLine[], others: number): Html {
  if (alerts.length === 0) return html``;
  return html`<section><h2>${title}</h2><ul class="list">${alerts.map(
    ({ severity, message, since, resolvedAt, lastedMs, id }) =>
      html`<li>${tag(severity)}${harmless(message)}<small>since ${minuteOf(since)} UTC, ${
        resolvedAt === null ? html`<strong class="bad">goes on</strong>` : `over after ${durationText(lastedMs)}`
      } · <code>npx waybill alerts show ${id}</code></small></li>`,
  )}</ul>${more(others, "alert")}</section>`;
}

function handSection({ byHand, otherDeeds }: Report): Html {
  if (byHand.length === 0) return html``;
  return html`<section><h2>Changed by hand</h2><ul class="list">${byHand.map(
    ({ at, actor, words, why }) =>
      html`<li><strong>${harmless(actor)}</strong> ${harmless(words)}<small>${minuteOf(at)} UTC${why === null ? "" : `: ${harmless(why)}`}</small></li>`,
  )}</ul>${more(otherDeeds, "change")}</section>`;
}
