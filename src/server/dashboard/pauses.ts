import { html } from "hono/html";
import { balanceOf } from "../../flow/books.ts";
import { pauseView } from "../../flow/pauses.ts";
import type { Pause, PauseKind } from "../../ledger/ledger.ts";
import { type ErrorCode, WaybillError } from "../../model/errors.ts";
import type { Html } from "../../report/plot.ts";
import { brief, many } from "../../report/words.ts";
import type { AppParts } from "../parts.ts";
import type { Page, Seen } from "./frame.ts";
import { query, when } from "./shown.ts";

// Pausing an integration, a system or a tenant, and letting it go on: what each does is said before it is done.

/** Where each kind stands, as in the API. */
const places: Readonly<Record<PauseKind, string>> = {
  integration: "integrations",
  system: "systems",
  tenant: "tenants",
};
export const pauseKinds: readonly (readonly [place: string, kind: PauseKind])[] = Object.entries(places).map(
  ([kind, place]) => [place, kind as PauseKind],
);

export const pausePath = (kind: PauseKind, name: string): string => `${places[kind]}/${encodeURIComponent(name)}`;

const pausing: Readonly<Record<PauseKind, string>> = {
  integration:
    "None of its records is begun any more. What comes is taken in and acknowledged as ever, polls and files are read, and all of it waits. What is being delivered ends as it would have.",
  system:
    "Nothing is sent to it any more. Records that need it wait, and use up no attempt, and a poll that reads from it waits too; what comes is taken in. Requests under way end as they would have.",
  tenant:
    "Nothing more is begun for this tenant, and its accounts are called by nobody. What comes is taken in and waits. What is under way ends as it would have, and all others go on.",
};
const resuming: Readonly<Record<PauseKind, string>> = {
  integration: "What waits goes on at once, in its order.",
  system: "Records go to it again at once, in their order and within its limits.",
  tenant: "What waits for this tenant goes on at once, in its order.",
};
const unknown: Readonly<Record<PauseKind, ErrorCode>> = {
  integration: "unknown-integration",
  system: "not-available",
  tenant: "unknown-tenant",
};

/** Since when, by whom and why. */
export function pauseTold(pause: Pause, { nowMs }: Pick<Seen, "nowMs">): Html {
  const { since, actor, why } = pauseView(pause);
  return html`since ${when(since, nowMs)}, by ${brief(actor)}${why === null ? "" : `: ${brief(why)}`}`;
}

/** All that is paused now; nothing where nothing is. */
export function pausedList(paused: readonly Pause[], seen: Seen): Html {
  if (paused.length === 0) return html``;
  return html`<section aria-labelledby="paused"><h2 id="paused">Paused</h2><ul class="list">${paused.map((pause) => html`<li>${pause.kind} <a href="${seen.root}${pausePath(pause.kind, pause.name)}">${brief(pause.name)}</a>, ${pauseTold(pause, seen)}</li>`)}</ul></section>`;
}

/** The choice; for a viewer only how it is. */
export function pauseForm(kind: PauseKind, name: string, pause: Pause | undefined, seen: Seen): Html {
  const { root, visitor, ticket } = seen;
  const told = pause === undefined ? "" : html`<p>Paused ${pauseTold(pause, seen)}.</p>`;
  if (visitor.role === "viewer") return html`${told}`;
  const act = pause === undefined ? "pause" : "resume";
  const deed = `${pausePath(kind, name)}/${act}`;
  const title = act === "pause" ? "Pause" : "Resume";
  const command = `npx waybill resume ${kind === "tenant" ? "--tenant " : ""}${name}`;
  return html`${told}<details class="choice"><summary>${title}</summary><form method="post" action="${root}${deed}"><p>${act === "pause" ? pausing[kind] : resuming[kind]}</p>
${act === "pause" ? html`<p>It stays so, across restarts too, until somebody resumes it: whoever may change things may, here or with <code>${brief(command)}</code>.</p>` : ""}
<input type="hidden" name="ticket" value="${ticket(deed)}"><label>Why<input name="why" required maxlength="1000" autocomplete="off"></label><p class="do"><button>${title}</button></p></form></details>`;
}

/** What waits of one of them now, and the choice. @throws {WaybillError} where there is nothing of that name. */
export async function pausePage(parts: AppParts, seen: Seen, kind: PauseKind, name: string): Promise<Page> {
  const [balance, paused] = await Promise.all([
    balanceOf(parts.ledger, parts.integrations.keys(), undefined),
    parts.pauses.list(),
  ]);
  const pause = paused.find((one) => one.kind === kind && one.name === name);
  const books = balance.integrations.filter(
    (book) => name === { integration: book.name, tenant: book.tenant, system: undefined }[kind],
  );
  if (pause === undefined && books.length === 0 && !isThere(parts, kind, name))
    throw new WaybillError(unknown[kind], `There is no ${kind} ${JSON.stringify(name.slice(0, 100))}.`);
  const sum = (of: "waiting" | "delivering"): number => books.reduce((total, book) => total + book[of], 0);
  const of = kind === "tenant" ? { tenant: name } : { integration: name };
  const state = pause === undefined ? "" : html` <span class="state look">paused</span>`;
  const body = html`<p class="crumbs">${kind === "system" ? html`<a href="${seen.root}systems">Systems</a>` : html`<a href="${seen.root}">Overview</a>`} › ${kind}</p>
<h1>${brief(name)}${state}</h1>
${kind === "system" ? "" : html`<p><a href="${seen.root}records${query({ ...of, state: "waiting,delivering" })}">${many(sum("waiting"), "record")}</a> of it wait${sum("waiting") === 1 ? "s" : ""} now, and ${many(sum("delivering"), "record")} ${sum("delivering") === 1 ? "is" : "are"} being delivered.</p>`}
<section class="choices" aria-labelledby="choices"><h2 id="choices">${pause === undefined ? "It runs" : "It waits"}</h2>${pauseForm(kind, name, pause, seen)}</section>`;
  return { title: name, section: kind === "system" ? "systems" : "overview", body };
}

function isThere({ integrations, systems, tenants }: AppParts, kind: PauseKind, name: string): boolean {
  if (kind === "integration") return integrations.has(name);
  if (kind === "system") return systems.state().some((one) => one.name === name);
  const lists = [...integrations.values()].map(({ definition }) => definition.per?.name);
  return lists.some((list) => list !== undefined && tenants.idsNow(list)?.includes(name) === true);
}
