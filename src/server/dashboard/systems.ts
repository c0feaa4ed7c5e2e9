import { html } from "hono/html";
import type { Pause, TokenRow } from "../../ledger/ledger.ts";
import { WaybillError } from "../../model/errors.ts";
import type { Html } from "../../report/plot.ts";
import { brief, counted, harmless } from "../../report/words.ts";
import type { SystemState } from "../../systems/port.ts";
import { usedPercent } from "../../watch/history/history.ts";
import type { Tally } from "../../watch/history/tally.ts";
import { checkNames } from "../filter.ts";
import type { AppParts } from "../parts.ts";
import { charts, type Span, spanOf, talliesOf, tokenLine } from "./charts.ts";
import type { Page, Seen } from "./frame.ts";
import type { Hours } from "./hours.ts";
import { pauseForm, pausePath, pauseTold } from "./pauses.ts";
import { nothing, query, when } from "./shown.ts";

// The systems that records go to: whether they answer, how quickly, what is left of what they allow, and how that was in the last hours.

const shownMax = 200;

/** So many are drawn on one page: of the others each has a page of its own. */
const drawnMax = 12;

export async function systems(parts: AppParts, seen: Seen, hours: Hours, asked: URLSearchParams): Promise<Page> {
  checkNames(asked, ["days", "system", "tenant"]);
  const span = spanOf(daysOf(asked.get("days")), seen.nowMs);
  const [paused, tokens, read] = await Promise.all([
    parts.pauses.list(),
    parts.ledger.tokens(undefined),
    hours.since(span.fromMs),
  ]);
  const all = parts.systems
    .state()
    .filter((one) => isAsked(one, asked))
    .toSorted((a, b) => Number(isTroubled(b)) - Number(isTroubled(a)));
  const card = (one: SystemState, at: number): Html => {
    const { name, tenant = "" } = one;
    const tallies = at < drawnMax ? talliesOf(read, { kind: "system", name, tenant }, span, seen.nowMs) : undefined;
    return system(one, seen, {
      pause: paused.find((pause) => pause.kind === "system" && pause.name === name),
      token: tokens.find((token) => token.system === name && token.tenant === tenant),
      tallies,
      span,
    });
  };
  const body = html`<h1>Systems</h1>
${all.length === 0 ? nothing(asked.has("system") ? "There is no system of this name." : "No system is declared.") : html`${spanChoice(span, asked, seen)}${read.has("system") ? "" : nothing("No call is counted yet: what is called is written down once a minute, and drawn here by the hour.")}<div class="cards">${all.slice(0, shownMax).map(card)}</div>`}
${all.length > shownMax ? html`<p class="pale">Those that are in trouble come first; ${counted(all.length - shownMax)} more are not shown.</p>` : ""}`;
  return { title: "Systems", section: "systems", body, hasCharts: true };
}

function daysOf(days: string | null): 1 | 7 {
  if (days === null || days === "1") return 1;
  if (days === "7") return 7;
  throw new WaybillError("bad-usage", `days is ${JSON.stringify(days.slice(0, 100))}.`, "It is 1 or 7.");
}

const isAsked = ({ name, tenant }: SystemState, asked: URLSearchParams): boolean =>
  (asked.get("system") ?? name) === name && (asked.get("tenant") ?? tenant ?? "") === (tenant ?? "");

/** How far back is drawn. */
function spanChoice({ days }: Span, asked: URLSearchParams, { root }: Seen): Html {
  const to = (number: 1 | 7, text: string): Html => {
    const narrowed = { system: asked.get("system"), tenant: asked.get("tenant") };
    const address = `${root}systems${query({ ...narrowed, days: number === 1 ? undefined : String(number) })}`;
    return html`<a href="${address}"${number === days ? html` aria-current="true"` : ""}>${text}</a>`;
  };
  return html`<nav class="spans" aria-label="How far back">${to(1, "24 hours")} ${to(7, "7 days")}</nav>`;
}

const isTroubled = ({ breaker, auth, stoppedUntil, paused }: SystemState): boolean =>
  paused || breaker !== "closed" || auth === "unauthorized" || stoppedUntil !== null;

interface Beside {
  readonly pause: Pause | undefined;
  readonly token: TokenRow | undefined;
  /** What was counted of it; undefined where it is not drawn. */
  readonly tallies: readonly Tally[] | undefined;
  readonly span: Span;
}

function system(one: SystemState, seen: Seen, { pause, token, tallies, span }: Beside): Html {
  const { nowMs } = seen;
  const id = ["system", one.name, ...(one.tenant === undefined ? [] : [one.tenant])].map(encodeURIComponent).join("-");
  return html`<section aria-labelledby="${id}" class="${isTroubled(one) ? "troubled" : ""}"><h2 id="${id}">${brief(one.name)}${one.tenant === undefined ? "" : html` <span class="pale">${brief(one.tenant)}</span>`} ${breaker(one, nowMs)}</h2>
<dl class="facts"><div><dt>Under way</dt><dd>${one.inFlight}${one.atOnce === null ? "" : html` of ${one.atOnce.most} for now<small>${harmless(one.atOnce.why)}</small>`}</dd></div>
<div><dt>Half answer in</dt><dd>${one.latency === null ? "–" : `${Math.round(one.latency.medianMs)} ms`}</dd></div>
<div><dt>19 of 20 in</dt><dd>${one.latency === null ? "–" : `${Math.round(one.latency.p95Ms)} ms`}</dd></div>
<div><dt>Lets us in</dt><dd>${auth(one, nowMs)}</dd></div></dl>
${one.stoppedUntil === null ? "" : html`<p class="why">It asked to be left alone, and is asked again ${when(one.stoppedUntil, nowMs)}${one.stoppedBecause ? html`: ${harmless(one.stoppedBecause)}` : ""}.</p>`}
${limits(one, nowMs)}
${tallies === undefined ? html`<p><a href="${seen.root}systems${query({ system: one.name, tenant: one.tenant, days: span.days === 1 ? undefined : String(span.days) })}">Its charts</a></p>` : html`${charts(one, tallies, { span, id, nowMs })}${tokenLine(token, tallies, span, nowMs)}`}
${one.tenant === undefined ? pauseForm("system", one.name, pause, seen) : pauseOfOne(one.name, one.tenant, pause, seen)}</section>`;
}

function breaker({ breaker, openUntil, paused, stoppedUntil }: SystemState, nowMs: number): Html {
  if (paused) return html`<span class="state look">paused</span>`;
  if (breaker === "closed" && stoppedUntil !== null)
    return html`<span class="state look">wants to be left alone</span>`;
  if (breaker === "closed") return html`<span class="state well">answers</span>`;
  return html`<span class="state wrong">${breaker === "open" ? "does not answer" : "being tried"}</span>${openUntil === null ? "" : html` <small>tried again ${when(openUntil, nowMs)}</small>`}`;
}

function auth({ auth, authWhy, next, expiresAt }: SystemState, nowMs: number): Html {
  if (auth === "none") return html`asks for nothing`;
  if (auth === "ok")
    return html`yes${expiresAt === null || expiresAt === undefined ? "" : html`<small>its token is over ${when(expiresAt, nowMs)}</small>`}`;
  return html`<strong class="wrong">no</strong><small>${harmless(authWhy ?? "")}${next ? html` <code>${harmless(next)}</code>` : ""}</small>`;
}

function limits({ limits, told }: SystemState, nowMs: number): Html {
  if (limits.length === 0 && told.length === 0)
    return html`<p class="pale">No limit is declared, and its answers tell of none.</p>`;
  return html`<ul class="limits">${limits.map(({ limit, left, refillsAt, spentAt, key }) => {
    const share = 100 - usedPercent({ limit, left });
    return html`<li><meter min="0" max="100" low="10" optimum="100" value="${share}" aria-label="what is left of ${limit}"></meter> <strong>${counted(left)}</strong> left of ${limit}${key === undefined ? "" : html` for ${brief(key)}`}${refillsAt === null ? "" : html`, more ${when(refillsAt, nowMs)}`}${spentAt === null ? "" : html`<small class="look">at this pace spent ${when(spentAt, nowMs)}</small>`}</li>`;
  })}${told.map(({ told: name, left, limit, until }) => html`<li class="pale">${brief(name)}: its answers say ${counted(left)} left${limit === null ? "" : ` of ${counted(limit)}`}${until === null ? "" : html`, more ${when(until, nowMs)}`}</li>`)}</ul>`;
}

/** An account of one tenant: it is paused with all others of its system, or with all that is done for its tenant. */
function pauseOfOne(name: string, tenant: string, pause: Pause | undefined, seen: Seen): Html {
  const link = (path: string, text: string): Html => html`<a href="${seen.root}${path}">${brief(text)}</a>`;
  return html`${pause === undefined ? "" : html`<p>Paused for all tenants ${pauseTold(pause, seen)}.</p>`}<p class="pale">Pause or resume: ${link(pausePath("system", name), `${name} for all`)}, ${link(pausePath("tenant", tenant), `all for ${tenant}`)}</p>`;
}
