import { html, raw } from "hono/html";
import type { Html } from "../report/plot.ts";
import { style } from "../report/style.ts";
import { counted, harmless, many } from "../report/words.ts";
import { faultNames } from "./night/faults.ts";
import type { RehearsalFailure, RehearsalReport, RehearsedPromise } from "./report.ts";

// The report card as one page: a file that asks for nothing from anywhere, without a script. Every text goes through `html`, which escapes it.

/**
 * The report card of a rehearsal as a page of HTML, for whoever does not read terminals.
 *
 * @param name what was rehearsed, for the title.
 * @example
 * writeFileSync("rehearsal.html", rehearsalHtml("orders", await rehearse(orders)));
 */
export function rehearsalHtml(name: string, report: RehearsalReport): string {
  const { nights, seed, records, seen, promises, failures, notExercised, history } = report;
  const page = html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>Rehearsal of ${harmless(name)}</title><style>${raw(style)}${raw(own)}</style></head>
<body><main>
<header><h1>Rehearsal of ${harmless(name)}</h1><p>${many(nights, "night")}, seed ${seed}</p></header>
${verdict(report)}
<section><h2>What came of it</h2><dl class="numbers">
${number("Records", records, "fifty deliveries a night, some of them again")}
${number("Delivered", seen["state delivered"] ?? 0, "")}
${number("Calls", seen.exchange ?? 0, `${counted(answeredIn(seen))} answered well`)}
${number("Faults", total(seen, "fault "), "that really happened")}
</dl></section>
<section><h2>Promises</h2><div class="scroll"><table><thead><tr><th scope="col" class="text">promise</th><th scope="col">held</th><th scope="col">looked at for</th></tr></thead>
<tbody>${promises.map(promiseRow)}</tbody></table></div></section>
${failures.map((failure) => story(name, failure))}
<div class="pair">
${bars("What went wrong in these nights", seen, "fault ", faultNames)}
<div>${bars("What became of attempts", seen, "outcome ")}
${bars("How records stood in the morning", seen, "state ")}</div></div>
${
  notExercised.length === 0
    ? ""
    : html`<section class="unknown"><h2>What it cannot say</h2><ul class="list">${notExercised.map((one) => html`<li>${harmless(one)}</li>`)}</ul></section>`
}
<footer>The same again: <code>npx waybill rehearse ${harmless(name)} --nights ${nights} --seed ${seed}</code>. History: <code>${history}</code></footer>
</main></body></html>
`;
  return String(page);
}

function verdict({ ok, void: isVoid, summary, failures }: RehearsalReport): Html {
  if (ok) return html`<div class="verdict well" role="status"><p>✓ Every promise was kept.</p></div>`;
  if (!isVoid)
    return html`<div class="verdict wrong" role="status"><p>✗ ${failures.length === 1 ? "A promise was" : `${failures.length} promises were`} broken.</p></div>`;
  const reasons = summary.split("\n").filter((line) => line.startsWith(voidWords));
  return html`<div class="verdict look" role="status"><p>! It means nothing.</p><ul class="needs">${reasons.map(
    (line) => html`<li>${harmless(line.slice(voidWords.length))}</li>`,
  )}</ul></div>`;
}

const voidWords = "The rehearsal is void: ";

const number = (name: string, count: number, note: string): Html =>
  html`<div><dt>${name}</dt><dd>${counted(count)}<small>${note}</small></dd></div>`;

const promiseRow = ({ name, held, checked }: RehearsedPromise): Html =>
  html`<tr><th scope="row">${name}</th><td class="${held ? "kept" : "bad"}">${held ? "✓ kept" : "✗ broken"}</td><td>${many(checked, "record")}</td></tr>`;

function story(name: string, { promise, night, seed, story: lines }: RehearsalFailure): Html {
  return html`<section><h2>Broken in night ${night}: ${promise}</h2>
<p class="pale">The shortest night that was found in which it still is.</p>
<ol class="story">${lines.map((line) => html`<li>${harmless(line)}</li>`)}</ol>
<p>See it again: <code>npx waybill rehearse ${harmless(name)} --nights 1 --seed ${seed}</code></p></section>`;
}

/** Bars that lie, with their names and numbers: every one of `names`, or all that were seen. */
function bars(
  title: string,
  seen: RehearsalReport["seen"],
  prefix: string,
  names: readonly string[] = Object.keys(seen)
    .filter((what) => what.startsWith(prefix))
    .map((what) => what.slice(prefix.length)),
): Html {
  const rows = names.map((name) => ({ name, count: seen[`${prefix}${name}`] ?? 0 }));
  const most = Math.max(1, ...rows.map(({ count }) => count));
  const ordered = rows.toSorted((one, other) => other.count - one.count);
  return html`<section><h2>${title}</h2><table class="bars"><tbody>${ordered.map(
    ({ name, count }) =>
      html`<tr><th scope="row">${name}</th><td>${count === 0 ? "" : html`<i style="--of:${(count / most).toFixed(4)}"></i>`}</td><td class="${count === 0 ? "zero" : ""}">${counted(count)}</td></tr>`,
  )}</tbody></table></section>`;
}

function total(seen: RehearsalReport["seen"], prefix: string): number {
  return Object.entries(seen).reduce((sum, [what, times]) => sum + (what.startsWith(prefix) ? times : 0), 0);
}

const answeredIn = (seen: RehearsalReport["seen"]): number => total(seen, "exchange 2");

const own = `
.kept{color:var(--well);font-weight:600}
.story{list-style:none;margin:0 0 .75rem;padding:.75rem 1rem;border:1px solid var(--rule);border-radius:8px;overflow-x:auto;
font:.8125rem/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.story li:first-child{color:var(--pale)}.story li:last-child{color:var(--wrong);font-weight:650}
.bars th{min-width:8rem;font-weight:400;width:9rem}.bars td:nth-child(2){width:60%}
.bars i{display:block;height:.75rem;margin-top:.35rem;border-radius:2px;background:var(--delivered);width:calc(var(--of)*100%);min-width:1px}
.bars th,.bars td{padding:.25rem .75rem .25rem 0;border:0}
`;
