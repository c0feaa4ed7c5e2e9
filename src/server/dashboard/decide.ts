import { html } from "hono/html";
import type { Many } from "../../flow/inbox-many.ts";
import { recordView } from "../../flow/views.ts";
import { WaybillError } from "../../model/errors.ts";
import type { Html } from "../../report/plot.ts";
import { brief, counted, harmless, many } from "../../report/words.ts";
import { checkNames, conditions, filterOf } from "../filter.ts";
import { type Action, inboxActions } from "../moves.ts";
import type { AppParts } from "../parts.ts";
import type { Page, Seen } from "./frame.ts";
import { recordsAt, recordTable } from "./records.ts";
import { nothing, query, recordLink, stateTag } from "./shown.ts";

// One decision about everything in an inbox that has the same cause. It is first said what it would do, by a dry run, and then done: with what the dry run
// looked at, and nothing that came meanwhile. That stands in the form, and whoever changed it there could do no more than with a dry run of his own.

const samplesMax = 10;

interface Way {
  readonly action: Action;
  readonly name: string;
  readonly does: string;
  readonly fields?: Html;
}

const why = html`<label>Why<input name="why" required maxlength="1000" autocomplete="off"></label>`;
const edit = html`<label>Path<input name="path" required spellcheck="false" autocomplete="off"><small>such as <code>lines.*.price</code></small></label><label>Value<input name="value" spellcheck="false" autocomplete="off"></label>`;
const discard: Way = {
  action: "discard",
  name: "Discard all",
  does: "Nothing more is done about them. What they have made and their code undoes, is undone first.",
};
const editAll: Way = {
  action: "edit",
  name: "Edit all",
  does: "The same value is put in the same place of each. They stay here until they are released or replayed.",
  fields: edit,
};
const ways: Readonly<Record<string, readonly Way[]>> = {
  quarantine: [
    {
      action: "release",
      name: "Release all",
      does: "Each is held against the contract as it is now. What passes is delivered; what does not is named and stays.",
    },
    editAll,
    discard,
  ],
  dead: [
    {
      action: "replay",
      name: "Replay all",
      does: "They are delivered once more. What was done already is not done again; what was refused is asked for anew.",
    },
    editAll,
    discard,
  ],
  held: [
    {
      action: "resolve",
      name: "They were not applied",
      does: "You have looked: the other side has done none of them. They are sent again.",
      fields: html`<input type="hidden" name="how" value="notApplied">`,
    },
    {
      action: "resolve",
      name: "Keep what is stored",
      does: "The stored results count, and are never compared again.",
      fields: html`<input type="hidden" name="how" value="keep">`,
    },
    {
      action: "resolve",
      name: "Read the answers again",
      does: "The stored answers are held against what the code expects now.",
      fields: html`<input type="hidden" name="how" value="reread">`,
    },
    discard,
  ],
};

/** The inbox of that name. @throws {WaybillError} `not-available`. */
export function inboxNamed(inbox: string): { readonly state: "quarantined" | "dead" | "held" } {
  const found = Object.hasOwn(inboxActions, inbox) ? inboxActions[inbox] : undefined;
  if (found === undefined) throw new WaybillError("not-available", `There is no inbox "${inbox.slice(0, 100)}".`);
  return found as { readonly state: "quarantined" | "dead" | "held" };
}

export async function decide(parts: AppParts, seen: Seen, inbox: string, asked: URLSearchParams): Promise<Page> {
  const { ledger, secrets } = parts;
  const { state } = inboxNamed(inbox);
  // Only what the forms then hold too: what is decided must be no more than what is shown.
  checkNames(asked, conditions);
  const { limit: _limit, before: _before, ...filter } = filterOf(asked, seen.nowMs);
  const of = { ...filter, states: [state] };
  const [count, { rows }] = await Promise.all([ledger.count(of), ledger.find({ ...of, limit: samplesMax })]);
  const shown = rows.map((row) => recordView(row, secrets.redact));
  const only = Object.fromEntries(conditions.map((name) => [name, asked.get(name) ?? undefined]));
  const body = html`<p class="crumbs"><a href="${seen.root}inboxes">Inboxes</a> › ${inbox}</p>
<h1>${many(count, "record")} ${stateTag(state, asked.get("cause"))}</h1>
${conditionList(only)}
${count === 0 || seen.visitor.role === "viewer" ? "" : html`<section class="choices" aria-labelledby="choices"><h2 id="choices">What you can do about all of them</h2>${(ways[inbox] ?? []).map((way) => form(way, inbox, only, seen))}</section>`}
${count === 0 ? nothing("None is left.") : html`${recordTable(shown, seen)}${count > shown.length ? html`<p class="pages"><a href="${recordsAt(seen.root, { ...only, state })}">All ${counted(count)}</a></p>` : ""}`}`;
  return { title: `${state}, ${asked.get("cause") ?? "all"}`, section: "inboxes", body };
}

function conditionList(only: Readonly<Record<string, string | undefined>>): Html {
  const given = Object.entries(only).filter(([, value]) => value !== undefined);
  return html`<dl class="facts">${given.map(([name, value]) => html`<div><dt>${name}</dt><dd>${harmless(value ?? "")}</dd></div>`)}</dl>`;
}

function form(
  { action, name, does, fields }: Way,
  inbox: string,
  only: Readonly<Record<string, string | undefined>>,
  { root, ticket }: Seen,
): Html {
  const deed = `inboxes/${inbox}/${action}`;
  return html`<details class="choice"><summary>${name}</summary><form method="post" action="${root}${deed}"><p>${does}</p>
${hidden("ticket", ticket(deed))}${hiddenOf(only)}${fields ?? ""}${why}
<label class="check"><input type="checkbox" name="overtaken" value="true">also if newer ones of their keys were delivered since</label>
<p class="do"><button name="dryRun" value="true">Say what it would do</button></p></form></details>`;
}

const hiddenOf = (only: Readonly<Record<string, string | undefined>>): readonly Html[] =>
  Object.entries(only)
    .filter(([, value]) => value !== undefined)
    .map(([name, value = ""]) => hidden(`filter.${name}`, value));

/** What the fields of a form are called that hold what its dry run looked at. */
export const extentFields = { upTo: "extent.upTo", settledByMs: "extent.settledByMs" } as const;

const extentOf = ({ extent }: Many): readonly Html[] =>
  extent === undefined
    ? []
    : [hidden(extentFields.upTo, extent.upTo), hidden(extentFields.settledByMs, String(extent.settledByMs))];

const hidden = (name: string, value: string): Html => html`<input type="hidden" name="${name}" value="${value}">`;

/** The change that an edit makes to each of them. */
const changed = (action: Action, form: URLSearchParams): Html =>
  action === "edit" && form.has("path")
    ? html`<code>${brief(form.get("path") ?? "")}</code> becomes <code>${brief(form.get("value") ?? "")}</code>. `
    : html``;

/** What a decision came to, or would. Of a dry run, the same form again, to be done. */
export function decided(
  done: Many,
  { inbox, action, form }: { readonly inbox: string; readonly action: Action; readonly form: URLSearchParams },
  { root, ticket }: Seen,
): Page {
  const { dryRun, selected, gone, came = 0, results, failures } = done;
  const deed = `inboxes/${inbox}/${action}`;
  const kept = [...form].filter(([name]) => name !== "ticket" && name !== "dryRun" && !name.startsWith("extent."));
  const only = Object.fromEntries(conditions.map((name) => [name, form.get(`filter.${name}`) ?? undefined]));
  // What was edited waits for one more decision. In the quarantine it stands under a cause of its own by then.
  const { integration, tenant } = only;
  const isEdited = !dryRun && action === "edit" && results.length > 0;
  const further = isEdited
    ? html`<a class="button" href="${root}inboxes/${inbox}${query(inbox === "quarantine" ? { integration, tenant, cause: "edited" } : only)}">${inbox === "quarantine" ? "Release them" : "Replay them"}</a> <a href="${root}inboxes">Back to the inboxes</a>`
    : html`<a class="button" href="${root}inboxes">Back to the inboxes</a>`;
  const body = html`<p class="crumbs"><a href="${root}inboxes">Inboxes</a> › <a href="${root}inboxes/${inbox}${query(only)}">${inbox}</a></p>
<h1>${dryRun ? `What ${action} would do` : `What ${action} did`}</h1>
<p>${changed(action, form)}${many(selected, "record")} ${selected === 1 ? "was" : "were"} looked at${gone > 0 ? `, and ${counted(gone)} changed before their turn came` : ""}.</p>
${came === 0 ? "" : html`<p class="pale"><strong>${counted(came)}</strong> more came meanwhile, unseen by whoever decided: what came stays. <a href="${root}inboxes/${inbox}${query(only)}">Look at the rest</a></p>`}
<section aria-labelledby="goes"><h2 id="goes">${dryRun ? "Would go" : "Went"}</h2>${results.length === 0 ? nothing("None.") : html`<ul class="list">${results.map(({ state, cause, count, samples, undoes }) => html`<li><strong>${counted(count)}</strong> ${dryRun ? "would be" : "are"} ${stateTag(state, cause)} ${samples.map((one) => html` ${recordLink(root, one)}`)}${undoes === undefined ? "" : html`<small>undone first: ${undoes.map((one) => brief(one)).join(", ")}</small>`}</li>`)}</ul>`}</section>
${failures.length === 0 ? "" : html`<section aria-labelledby="stays"><h2 id="stays">${dryRun ? "Would stay" : "Stayed"}</h2><ul class="list">${failures.map(({ message, hint, count, records }) => html`<li><strong>${counted(count)}</strong> ${harmless(message)}${hint === null ? "" : html`<small>${harmless(hint)}</small>`}${records.slice(0, 3).map((one) => html` ${recordLink(root, one)}`)}</li>`)}</ul></section>`}
${dryRun && results.length > 0 ? html`<form method="post" action="${root}${deed}" class="confirm">${hidden("ticket", ticket(deed))}${kept.map(([name, value]) => hidden(name, value))}${extentOf(done)}<p class="do"><button>Do it</button> <a href="${root}inboxes/${inbox}${query(only)}">Leave it</a></p></form>` : html`<p class="do">${further}</p>`}`;
  return { title: `${action}, ${inbox}`, section: "inboxes", body };
}
