import { html } from "hono/html";
import type { Pause } from "../../ledger/ledger.ts";
import type { Html } from "../../report/plot.ts";
import { brief, counted, harmless } from "../../report/words.ts";
import type { SystemState } from "../../systems/port.ts";
import type { AppParts } from "../parts.ts";
import type { Page, Seen } from "./frame.ts";
import { pauseForm, pausePath, pauseTold } from "./pauses.ts";
import { nothing, when } from "./shown.ts";

// The systems that records go to: whether they answer, how quickly, and what is left of what they allow.

const shownMax = 200;

export async function systems(parts: AppParts, seen: Seen): Promise<Page> {
  const all = parts.systems.state();
  const paused = await parts.pauses.list();
  const whole = all.toSorted((a, b) => Number(isTroubled(b)) - Number(isTroubled(a))).slice(0, shownMax);
  const body = html`<h1>Systems</h1>
${
  all.length === 0
    ? nothing("No system is declared.")
    : html`<div class="cards">${whole.map((one) =>
        system(
          one,
          paused.find(({ kind, name }) => kind === "system" && name === one.name),
          seen,
        ),
      )}</div>`
}
${all.length > shownMax ? html`<p class="pale">Those that are in trouble come first; ${counted(all.length - shownMax)} more are not shown.</p>` : ""}`;
  return { title: "Systems", section: "systems", body };
}

const isTroubled = ({ breaker, auth, stoppedUntil, paused }: SystemState): boolean =>
  paused || breaker !== "closed" || auth === "unauthorized" || stoppedUntil !== null;

function system(one: SystemState, pause: Pause | undefined, seen: Seen): Html {
  const { nowMs } = seen;
  const id = `system-${one.name}${one.tenant === undefined ? "" : `-${one.tenant}`}`;
  return html`<section aria-labelledby="${id}" class="${isTroubled(one) ? "troubled" : ""}"><h2 id="${id}">${brief(one.name)}${one.tenant === undefined ? "" : html` <span class="pale">${brief(one.tenant)}</span>`} ${breaker(one, nowMs)}</h2>
<dl class="facts"><div><dt>Under way</dt><dd>${one.inFlight}${one.atOnce === null ? "" : html` of ${one.atOnce.most} for now<small>${harmless(one.atOnce.why)}</small>`}</dd></div>
<div><dt>Half answer in</dt><dd>${one.latency === null ? "–" : `${Math.round(one.latency.medianMs)} ms`}</dd></div>
<div><dt>19 of 20 in</dt><dd>${one.latency === null ? "–" : `${Math.round(one.latency.p95Ms)} ms`}</dd></div>
<div><dt>Lets us in</dt><dd>${auth(one, nowMs)}</dd></div></dl>
${one.stoppedUntil === null ? "" : html`<p class="why">It asked to be left alone, and is asked again ${when(one.stoppedUntil, nowMs)}${one.stoppedBecause ? html`: ${harmless(one.stoppedBecause)}` : ""}.</p>`}
${limits(one, nowMs)}
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
    const most = Number.parseInt(limit, 10);
    const share = Number.isFinite(most) && most > 0 ? Math.max(0, Math.min(100, (left / most) * 100)) : 100;
    return html`<li><meter min="0" max="100" low="10" optimum="100" value="${Math.round(share)}" aria-label="what is left of ${limit}"></meter> <strong>${counted(left)}</strong> left of ${limit}${key === undefined ? "" : html` for ${brief(key)}`}${refillsAt === null ? "" : html`, more ${when(refillsAt, nowMs)}`}${spentAt === null ? "" : html`<small class="look">at this pace spent ${when(spentAt, nowMs)}</small>`}</li>`;
  })}${told.map(({ told: name, left, limit, until }) => html`<li class="pale">${brief(name)}: its answers say ${counted(left)} left${limit === null ? "" : ` of ${counted(limit)}`}${until === null ? "" : html`, more ${when(until, nowMs)}`}</li>`)}</ul>`;
}

/** An account of one tenant: it is paused with all others of its system, or with all that is done for its tenant. */
function pauseOfOne(name: string, tenant: string, pause: Pause | undefined, seen: Seen): Html {
  const link = (path: string, text: string): Html => html`<a href="${seen.root}${path}">${brief(text)}</a>`;
  return html`${pause === undefined ? "" : html`<p>Paused for all tenants ${pauseTold(pause, seen)}.</p>`}<p class="pale">Pause or resume: ${link(pausePath("system", name), `${name} for all`)}, ${link(pausePath("tenant", tenant), `all for ${tenant}`)}</p>`;
}
