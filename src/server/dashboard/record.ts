import { html } from "hono/html";
import { type CallView, callsOfRecord } from "../../flow/call-views.ts";
import { type RecordView, recordView, type TimelineView, wholeView } from "../../flow/views.ts";
import { knowSecretsOfTenant } from "../../flow/whose.ts";
import type { RecordWhole } from "../../ledger/ledger.ts";
import { WaybillError } from "../../model/errors.ts";
import type { Issue } from "../../model/record.ts";
import type { Html } from "../../report/plot.ts";
import { brief, harmless, took } from "../../report/words.ts";
import type { AppParts } from "../parts.ts";
import { choices } from "./choices.ts";
import type { Page, Seen } from "./frame.ts";
import { exact, nothing, recordLink, stateTag, when } from "./shown.ts";

// One record's waybill: what came, what was made of it, what waits and why, and what a person can do about it.

/** What `show` tells of an effect, as far as the page shows it. */
interface EffectView {
  readonly name: string;
  readonly per: string;
  readonly state: string;
  readonly how: string;
  readonly attempts: number;
  readonly generation: number;
  readonly idempotencyKey: string;
  readonly firstSentAt: string | null;
  readonly doneAt: string | null;
  readonly why: string | null;
  readonly request: unknown;
  readonly result: unknown;
}

interface Whole extends RecordView {
  readonly source: string;
  readonly origin?: { readonly file: string; readonly line: number };
  readonly version: string | null;
  readonly issues: readonly Issue[];
  readonly payload: unknown;
  readonly raw: string | null;
  readonly original: string | null;
  readonly timeline: readonly TimelineView[];
  readonly effects: readonly EffectView[];
}

const sameEntityMax = 20;

/** @throws {WaybillError} `unknown-record`. */
export async function record(parts: AppParts, seen: Seen, asked: string): Promise<Page> {
  const { ledger, integrations, secrets } = parts;
  const stored = await ledger.record(asked);
  if (stored === undefined) {
    const message = `There is no record ${JSON.stringify(asked.slice(0, 100))}.`;
    throw new WaybillError(
      "unknown-record",
      message,
      "It may have been pruned: final records are kept for as long as `keep` says.",
    );
  }
  await knowSecretsOfTenant(parts.tenants, integrations, stored);
  await parts.calls.flush();
  const whole = wholeView(stored, secrets.redact) as unknown as Whole;
  const [calls, alike] = await Promise.all([callsOfRecord(ledger, asked, secrets.redact), sameEntity(parts, stored)]);
  const title = whole.id ?? whole.record;
  const body = html`<p class="crumbs"><a href="${seen.root}records">Records</a> › <a href="${seen.root}records?integration=${encodeURIComponent(whole.integration)}">${brief(whole.integration)}</a></p>
<h1>${brief(title)} ${stateTag(whole.state, whole.cause)}</h1>
${whole.reason === null ? "" : html`<p class="why">${harmless(whole.reason)}</p>`}
${facts(whole, seen)}
${choices(stored, parts, seen)}
<div class="pair"><section aria-labelledby="way"><h2 id="way">Its way</h2>${timeline(whole)}</section>
<div>${issues(whole.issues)}
<section aria-labelledby="content"><h2 id="content">What it holds</h2>${contents(whole)}</section>
${alike.length < 2 ? "" : html`<section aria-labelledby="same"><h2 id="same">The same thing, before and after</h2><ol class="versions">${alike.map((one) => html`<li${one.record === whole.record ? html` aria-current="true"` : ""}>${recordLink(seen.root, one.record, one.id ?? one.record)} ${stateTag(one.state, one.cause)} ${when(one.receivedAt, seen.nowMs)}</li>`)}</ol></section>`}</div></div>
<section aria-labelledby="effects"><h2 id="effects">Effects</h2>${whole.effects.length === 0 ? nothing("It has asked for none.") : whole.effects.map((one) => effect(one))}</section>
<section aria-labelledby="calls"><h2 id="calls">Calls</h2>${calls.length === 0 ? nothing("None is logged, or none any more.") : calls.map((one) => call(one))}</section>`;
  return { title, section: "records", body };
}

/** Records of the same entity, the newest first. */
async function sameEntity({ ledger, secrets }: AppParts, stored: RecordWhole): Promise<readonly RecordView[]> {
  const { integration, tenant, entity, id } = stored;
  const of = entity ?? id;
  if (of === undefined) return [];
  const { rows } = await ledger.find({ integration, tenant, entity: of, limit: sameEntityMax });
  return rows.map((row) => recordView(row, secrets.redact));
}

function facts(whole: Whole, { nowMs }: Seen): Html {
  const fact = (name: string, value: Html | string | null | undefined): Html =>
    value === null || value === undefined || value === "" ? html`` : html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  return html`<dl class="facts">
${fact("Record", html`<code>${whole.record}</code>`)}${fact("Entity", whole.entity === null ? null : brief(whole.entity))}
${fact("Key", whole.key === null || whole.key === whole.entity ? null : brief(whole.key))}${fact("Version", whole.version === null ? null : brief(whole.version))}
${fact("Tenant", whole.tenant === undefined ? null : brief(whole.tenant))}
${fact("From", html`${brief(whole.source)}${whole.origin === undefined ? "" : html`, ${brief(whole.origin.file)}, line ${whole.origin.line}`}`)}
${fact("Received", when(whole.receivedAt, nowMs))}${whole.settledAt === null ? "" : fact("Settled", when(whole.settledAt, nowMs))}
${whole.nextAt === null ? "" : fact("Next", when(whole.nextAt, nowMs))}${fact("Runs", String(whole.attempts))}</dl>`;
}

function timeline({ timeline }: Whole): Html {
  return html`<ol class="way">${timeline.map(
    ({ at, what, actor, detail }) =>
      html`<li class="${what}"><span class="at">${at === null ? "" : exact(at)}</span><strong>${what.replaceAll("-", " ")}</strong>${actor === undefined ? "" : html` by ${brief(actor)}`}${detailText(detail)}</li>`,
  )}</ol>`;
}

/** Its parts in words, as far as they are short; the rest as JSON. */
function detailText(detail: unknown): Html {
  if (detail === undefined || detail === null) return html``;
  if (typeof detail !== "object") return html`<p>${harmless(String(detail))}</p>`;
  const parts = Object.entries(detail).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return html`<dl class="detail">${parts.map(([name, value]) => detailPart(name, value))}</dl>`;
}

function detailPart(name: string, value: unknown): Html {
  if (name === "durationMs" && typeof value === "number") return html`<div><dt>took</dt><dd>${took(value)}</dd></div>`;
  return html`<div><dt>${name}</dt><dd>${harmless(typeof value === "object" ? JSON.stringify(value) : String(value))}</dd></div>`;
}

function issues(all: readonly Issue[]): Html {
  if (all.length === 0) return html``;
  return html`<section aria-labelledby="issues"><h2 id="issues">What breaks the contract</h2><dl class="issues">${all.map(
    ({ path, message, found }) =>
      html`<div><dt><code>${path === "" ? "the whole" : harmless(path)}</code></dt><dd>${harmless(message)}<small>found <code>${harmless(found)}</code></small></dd></div>`,
  )}</dl></section>`;
}

function contents({ payload, raw, original }: Whole): Html {
  const shown = json(payload);
  return html`${block(shown)}${raw === null || raw === shown ? "" : html`<details><summary>As it came</summary>${block(raw)}</details>`}${original === null ? "" : html`<details><summary>As it was before it was edited or loaded</summary>${block(original)}</details>`}`;
}

function effect(one: EffectView): Html {
  const meta = [
    `${one.how}${one.per === "entity" ? ", once for its entity" : ""}`,
    one.attempts === 1 ? "1 attempt" : `${one.attempts} attempts`,
    ...(one.generation > 1 ? [`generation ${one.generation}`] : []),
  ].join(" · ");
  return html`<details class="effect"><summary><strong>${brief(one.name)}</strong> <span class="state ${effectTone(one.state)}">${one.state}</span> <span class="pale">${meta}</span></summary>
${one.why === null ? "" : html`<p class="why">${harmless(one.why)}</p>`}
<dl class="facts"><div><dt>Key</dt><dd><code>${harmless(one.idempotencyKey)}</code></dd></div>${one.firstSentAt === null ? "" : html`<div><dt>First sent</dt><dd>${exact(one.firstSentAt)}</dd></div>`}${one.doneAt === null ? "" : html`<div><dt>Done</dt><dd>${exact(one.doneAt)}</dd></div>`}</dl>
<div class="pair">${one.request === null ? "" : html`<div><h3>Request</h3>${block(json(one.request))}</div>`}${one.result === null ? "" : html`<div><h3>Result</h3>${block(json(one.result))}</div>`}</div></details>`;
}

const effectTone = (state: string): string =>
  state === "done" ? "well" : state === "refused" || state === "doubt" ? "wrong" : "under-way";

function call(one: CallView): Html {
  const answered = one.status === null ? one.outcome : `${one.status} ${one.outcome}`;
  return html`<details class="call"><summary><span class="at">${exact(one.at)}</span> <strong>${one.method} ${brief(one.url === "" ? one.system : one.url)}</strong> <span class="state ${one.outcome === "done" ? "well" : "look"}">${answered}</span> <span class="pale">${took(one.durationMs)}</span></summary>
${one.why === null ? "" : html`<p class="why">${harmless(one.why)}</p>`}
<div class="pair"><div><h3>Request</h3>${side(one.request)}</div>${one.answer === null ? "" : html`<div><h3>Answer</h3>${side(one.answer)}</div>`}</div></details>`;
}

function side({ headers, body }: CallView["request"]): Html {
  const head = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
  return html`${head === "" ? "" : block(head)}${body === undefined ? nothing("Its body is not kept.") : block(body)}`;
}

const shownMax = 100_000;
/** Text as it stands; of very much of it the beginning. */
function block(text: string): Html {
  const cut = text.length > shownMax;
  return html`<pre tabindex="0">${(cut ? text.slice(0, shownMax) : text).replace(/[^\P{C}\n\t]/gu, "\u{fffd}")}</pre>${cut ? html`<p class="pale">The first ${shownMax.toLocaleString("en")} of ${text.length.toLocaleString("en")} characters.</p>` : ""}`;
}

const json = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value, null, 2));
