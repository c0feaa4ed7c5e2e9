import { html } from "hono/html";
import type { Moved } from "../../flow/inboxes.ts";
import { BreaksContract } from "../../flow/refused.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { WaybillError } from "../../model/errors.ts";
import { brief, harmless } from "../../report/words.ts";
import { alertPersons, type Deed } from "../../watch/alerts/persons.ts";
import { muteMs } from "../alerts.ts";
import { formIn, type TicketFault, type Tickets } from "../forms.ts";
import { type Fields, ofHow, textAt, usage } from "../move-fields.ts";
import { type Action, inboxActions, isAction, manyMovesBy, moveBy, unknownAction } from "../moves.ts";
import type { AppParts } from "../parts.ts";
import type { Asked, Routes } from "../routes.ts";
import { cookieHeader } from "../sessions.ts";
import { decided, extentFields, inboxNamed } from "./decide.ts";
import { editPage, placePrefix } from "./edit.ts";
import { parentOf } from "./fault.ts";
import { type Page, pageAnswer, type SeeingFor, type Seen } from "./frame.ts";
import { pauseKinds, pausePath } from "./pauses.ts";
import { recordLink, stateTag } from "./shown.ts";
import { isSecure, redirect } from "./sign-in.ts";

// What forms of the pages do: the same moves as those of the API, by whoever is signed in, and each form once.

export interface DeedTools {
  readonly tickets: Tickets;
  readonly seeing: SeeingFor;
}

const alertDeeds: ReadonlyMap<string, Deed["what"]> = new Map([
  ["ack", "acknowledged"],
  ["mute", "muted"],
  ["unmute", "unmuted"],
]);

type Done = Page | { readonly to: string; readonly headers?: Readonly<Record<string, string>> };

const ticketWords: Readonly<Record<TicketFault, readonly [message: string, hint: string]>> = {
  none: [
    "This form does not come from a page that was made for you.",
    "Open the page again, and look at it before you decide.",
  ],
  over: ["This page is older than twelve hours.", "Open it again, and look at it before you decide."],
  used: ["This form was sent already.", "Look at what came of it; to do it again, open the page again."],
};

export function mountDeeds(routes: Routes, parts: AppParts, { tickets, seeing }: DeedTools): void {
  const deed = (
    path: string,
    does: (asked: Asked, form: URLSearchParams, seen: Seen, madeAtMs: number) => Promise<Done>,
  ): void =>
    routes.post(path, async (asked) => {
      const seen = seeing(asked.request, asked.visitor);
      const form = await formIn(asked.request);
      // The path from where these pages begin, as the form was made with it.
      const own = new URL(asked.request.url).pathname.slice(1);
      const taken = tickets.take(seen.visitor, own, form.get("ticket") ?? undefined);
      if ("fault" in taken) return pageAnswer(seen, refusedTicket(taken.fault, `${seen.root}${parentOf(`/${own}`)}`));
      const done = await does(asked, form, seen, taken.madeAtMs);
      return "to" in done ? redirect(done.to, done.headers) : pageAnswer(seen, done);
    });

  deed("/sign-out", async ({ request }) => ({
    to: "./sign-in",
    headers: { "set-cookie": cookieHeader("", 0, isSecure(request)) },
  }));
  deed("/records/:record/:action", async ({ param }, form, seen) => {
    const [record, action] = [param("record"), param("action")];
    if (!isAction(action)) throw unknownAction(action, "The page of the record has what there is.");
    const fields = fieldsOf(form, action, seen);
    let moved: Moved;
    try {
      moved = await moveBy(parts.inboxes, action, record, fields);
    } catch (error) {
      if (action !== "edit" || !(error instanceof BreaksContract)) throw error;
      return editPage(parts, seen, record, { form, issues: error.issues, message: error.message });
    }
    const after = form.get("after");
    if (action === "edit" && (after === "release" || after === "replay"))
      await moveBy(parts.inboxes, after, record, { actor: seen.visitor.name, why: whyIn(form) });
    if (fields.dryRun !== true) return { to: `${seen.root}records/${encodeURIComponent(record)}` };
    const body = html`<p class="crumbs">${recordLink(seen.root, record, "Back to the record")}</p><h1>What ${action} would do</h1>
<p>It would be ${stateTag(moved.state, moved.cause)}.</p>${moved.undoes === undefined || moved.undoes.length === 0 ? "" : html`<p>Undone first: ${moved.undoes.join(", ")}.</p>`}${moved.note === undefined ? "" : html`<p>${harmless(moved.note)}</p>`}<p>Nothing was changed.</p>`;
    return { title: `What ${action} would do`, section: "records", body };
  });
  deed("/inboxes/:inbox/:action", async ({ param }, form, seen) => {
    const [inbox, action] = [param("inbox"), param("action")];
    const { state } = inboxNamed(inbox);
    if (!isAction(action, inboxActions[inbox]?.actions))
      throw unknownAction(action, "The page of the inbox has what there is.");
    const fields: Fields = { ...fieldsOf(form, action, seen), filter: filterIn(form), ...extentIn(form) };
    // Whoever decides about many has seen what becomes of them, and decides about no others.
    if (fields.dryRun !== true && fields.extent === undefined)
      throw usage(
        "This does not say which records were looked at.",
        "Open the inbox, and let it say first what it would do.",
      );
    const of = { inboxes: parts.inboxes, ledger: parts.ledger, nowMs: seen.nowMs };
    const many = await manyMovesBy(of, state, action, fields);
    const failures = many.failures.map((one) => ({ ...one, message: parts.secrets.redact(one.message) }));
    return decided({ ...many, failures }, { inbox, action, form }, seen);
  });
  for (const [place, kind] of pauseKinds)
    deed(`/${place}/:name/:act`, async ({ param }, form, { root, visitor }, madeAtMs) => {
      const [name, act] = [param("name"), param("act")];
      if (act !== "pause" && act !== "resume") throw unknownAction(act, "pause and resume.");
      await refuseDecided(parts.ledger, name, madeAtMs);
      await parts.pauses[act](name, kind, { actor: visitor.name, why: whyIn(form) });
      return { to: `${root}${kind === "system" ? "systems" : pausePath(kind, name)}` };
    });
  deed("/alerts/:id/:act", async ({ param }, form, { root, visitor }, madeAtMs) => {
    const what = alertDeeds.get(param("act"));
    if (what === undefined) throw unknownAction(param("act"), "ack, mute and unmute.");
    const { ledger, world } = parts;
    await refuseDecided(ledger, param("id"), madeAtMs);
    await alertPersons(ledger, world.clock).act(param("id"), {
      what,
      actor: visitor.name,
      why: whyIn(form),
      ...(what === "muted" ? { untilMs: world.clock.now() + muteMs(form.get("for") ?? undefined) } : {}),
    });
    return { to: `${root}alerts/${encodeURIComponent(param("id"))}` };
  });
}

/**
 * A form was made for what its page showed. What a person has done about the same thing since is to be looked at first; it may be this very form, sent
 * to another process.
 *
 * @throws {WaybillError} `refused-move`.
 */
async function refuseDecided(ledger: Pick<Ledger, "journal">, about: string, madeAtMs: number): Promise<void> {
  const since = (await ledger.journal(about)).find(({ atMs }) => atMs > madeAtMs);
  if (since === undefined) return;
  const message = `${brief(about)} was ${since.what.replaceAll("-", " ")} by ${brief(since.actor)} after this page was made.`;
  throw new WaybillError("refused-move", message, "Open the page again, and look at it before you decide.");
}

function refusedTicket(fault: TicketFault, back: string): Page {
  const [message, hint] = ticketWords[fault];
  const body = html`<section class="fault"><h1>Nothing was done</h1><p class="why" role="alert">${message}</p><p>${hint}</p><p class="do"><a class="button" href="${back}">Back to the page</a></p></section>`;
  return { title: "Nothing was done", section: undefined, status: 403, body };
}

/** @throws {WaybillError} `bad-usage` for what is too long, or for no text. */
const whyIn = (form: URLSearchParams): string | undefined => textAt({ why: form.get("why") }, "why");

/** What a form says, in the words of the API. */
function fieldsOf(form: URLSearchParams, action: Action, { visitor }: Seen): Fields {
  const isSet = (name: string): boolean => form.get(name) === "true";
  const revision = Number(form.get("revision") ?? "");
  const how = form.get("how");
  return {
    actor: visitor.name,
    why: whyIn(form),
    dryRun: isSet("dryRun"),
    overtaken: isSet("overtaken"),
    ...(Number.isSafeInteger(revision) && revision > 0 ? { revision } : {}),
    ...(form.get("effect") ? { effect: form.get("effect") } : {}),
    ...(how === null || !ofHow.includes(how)
      ? {}
      : { [how]: how === "applied" ? jsonIn(form.get("applied") ?? "") : true }),
    ...(action === "edit" ? changesIn(form) : {}),
  };
}

/** One value in one place of many records, values in several places of one, or the whole of it. */
function changesIn(form: URLSearchParams): Fields {
  const path = form.get("path");
  if (path !== null) return { set: { [path]: valueIn(form.get("value") ?? "") } };
  const text = form.get("text");
  if (text !== null) return { text };
  const places = [...form].filter(([name, value]) => name.startsWith(placePrefix) && value !== "");
  return { set: Object.fromEntries(places.map(([name, value]) => [name.slice(placePrefix.length), valueIn(value)])) };
}

/** @throws {WaybillError} `bad-usage` for what is no JSON. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new WaybillError(
      "bad-usage",
      "The result is no JSON.",
      'Such as {"id": "inv_123"}, or null where the code uses none.',
    );
  }
}

/** JSON where it is some, and text otherwise. */
function valueIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** What the dry run looked at that the form comes from. */
function extentIn(form: URLSearchParams): { readonly extent?: Fields } {
  const upTo = form.get(extentFields.upTo);
  return upTo === null ? {} : { extent: { upTo, settledByMs: Number(form.get(extentFields.settledByMs) ?? "x") } };
}

function filterIn(form: URLSearchParams): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...form]
      .filter(([name]) => name.startsWith("filter."))
      .map(([name, value]) => [name.slice("filter.".length), value]),
  );
}
