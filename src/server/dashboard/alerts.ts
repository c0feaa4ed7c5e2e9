import { html } from "hono/html";
import type { Alert } from "../../model/alert.ts";
import type { Html } from "../../report/plot.ts";
import { brief, harmless, many } from "../../report/words.ts";
import { alertsAsked } from "../../watch/alerts/list.ts";
import { alertOf } from "../../watch/alerts/persons.ts";
import { alertView } from "../../watch/alerts/view.ts";
import type { AppParts } from "../parts.ts";
import type { Page, Seen } from "./frame.ts";
import { nothing, recordLink, when } from "./shown.ts";

// Alerts: what is wrong now, what was, and who has taken it on.

const overMax = 100;

export async function alerts({ ledger, secrets }: AppParts, seen: Seen): Promise<Page> {
  const rows = await alertsAsked(ledger, { all: true });
  const all = rows.map((row) => alertView(row, undefined, secrets.redact));
  const open = all.filter(({ state }) => state !== "resolved");
  const over = all.filter(({ state }) => state === "resolved").slice(0, overMax);
  const body = html`<h1>Alerts</h1>
<section aria-labelledby="open"><h2 id="open">Now</h2>${open.length === 0 ? nothing("Nothing is wrong.") : html`<ul class="alerts">${open.map((one) => alertItem(one, seen))}</ul>`}</section>
<section aria-labelledby="over"><h2 id="over">Over</h2>${over.length === 0 ? nothing("Nothing was.") : html`<ul class="alerts over">${over.map((one) => alertItem(one, seen))}</ul>`}</section>`;
  return { title: "Alerts", section: "alerts", body };
}

/** @throws {WaybillError} `unknown-alert`. */
export async function alert({ ledger, secrets }: AppParts, seen: Seen, id: string): Promise<Page> {
  const one = alertView(await alertOf(ledger, id), undefined, secrets.redact);
  const body = html`<p class="crumbs"><a href="${seen.root}alerts">Alerts</a></p>
<h1>${severityTag(one)} ${one.rule}${about(one)}</h1>
<p class="why">${harmless(one.message)}</p>
<dl class="facts"><div><dt>State</dt><dd>${one.state}${one.mutedUntil === null ? "" : html`, told again ${when(one.mutedUntil, seen.nowMs)}`}</dd></div>
<div><dt>Since</dt><dd>${when(one.since, seen.nowMs)}</dd></div><div><dt>Last seen</dt><dd>${when(one.lastAt, seen.nowMs)}</dd></div>
${one.resolvedAt === null ? "" : html`<div><dt>Over</dt><dd>${when(one.resolvedAt, seen.nowMs)}</dd></div>`}
<div><dt>Count</dt><dd>${one.count.toLocaleString("en")}</dd></div>
${one.actor === null ? "" : html`<div><dt>By</dt><dd>${brief(one.actor)}${one.why === null ? "" : `: ${brief(one.why)}`}</dd></div>`}</dl>
${one.samples.length === 0 ? "" : html`<section aria-labelledby="samples"><h2 id="samples">Records</h2><ul>${one.samples.map((record) => html`<li>${recordLink(seen.root, record)}</li>`)}</ul></section>`}
<section aria-labelledby="next"><h2 id="next">What to do</h2>${nextSteps(one, seen)}</section>
${deeds(one, seen)}`;
  return { title: `${one.rule}${about(one)}`, section: "alerts", body };
}

export function alertItem(one: Alert, { root, nowMs }: Pick<Seen, "root" | "nowMs">): Html {
  return html`<li class="${one.severity} ${one.state}"><a href="${root}alerts/${one.id}">${severityTag(one)} ${brief(one.message)}</a><small>${one.rule}${about(one)} · since ${when(one.since, nowMs)}${one.resolvedAt === null ? "" : html`, over ${when(one.resolvedAt, nowMs)}`}${one.state === "firing" || one.state === "resolved" ? "" : ` · ${one.state}${one.actor === null ? "" : ` by ${brief(one.actor)}`}`}</small></li>`;
}

const severityTag = ({ severity, state }: Alert): Html =>
  html`<span class="tag ${state === "resolved" ? "info" : severity}">${severity}</span>`;

const about = ({ integration, system, tenant }: Alert): string =>
  [integration, system, tenant]
    .filter((name) => name !== null && name !== "")
    .map((name) => ` · ${brief(String(name))}`)
    .join("");

/** Where the alert leads: to the inbox or the system that it is about, and always the command. */
function nextSteps(one: Alert, { root }: Seen): Html {
  const inbox = ["quarantined", "dead", "held"].includes(one.rule);
  const of = new URLSearchParams();
  if (one.integration !== null) of.set("integration", one.integration);
  if (one.tenant !== "") of.set("tenant", one.tenant);
  const link = inbox
    ? html`<p><a class="button" href="${root}inboxes?${of.toString()}#${one.rule}">Look at ${many(one.count, "record")}</a></p>`
    : one.system !== null
      ? html`<p><a class="button" href="${root}systems">Look at ${brief(one.system)}</a></p>`
      : "";
  return html`${link}<p><code>${harmless(one.next)}</code></p>`;
}

function deeds(one: Alert, { root, visitor, ticket }: Seen): Html {
  if (visitor.role === "viewer" || one.state === "resolved") return html``;
  const form = (deed: string, name: string, does: string, more: Html = html``): Html => {
    const path = `alerts/${one.id}/${deed}`;
    return html`<details class="choice"><summary>${name}</summary><form method="post" action="${root}${path}"><p>${does}</p><input type="hidden" name="ticket" value="${ticket(path)}">${more}<label>Why<input name="why" maxlength="1000" autocomplete="off"></label><p class="do"><button>${name}</button></p></form></details>`;
  };
  const hours = html`<label>For how long<select name="for"><option value="1h">an hour</option><option value="8h" selected>eight hours</option><option value="1d">a day</option><option value="7d">a week</option></select></label>`;
  return html`<section class="choices" aria-labelledby="deeds"><h2 id="deeds">Take it on</h2>${one.state === "firing" ? form("ack", "Acknowledge", "You look after it: nobody is reminded of it until it grows or is over.") : ""}${one.state === "muted" ? form("unmute", "Unmute", "It is told again.") : form("mute", "Mute", "Nobody is told of it for a while.", hours)}</section>`;
}
