import { html } from "hono/html";
import { editableText, refuseEdit } from "../../flow/inbox-edit.ts";
import type { RecordWhole } from "../../ledger/ledger.ts";
import { WaybillError } from "../../model/errors.ts";
import type { Issue } from "../../model/record.ts";
import type { Html } from "../../report/plot.ts";
import { brief, harmless } from "../../report/words.ts";
import type { AppParts } from "../parts.ts";
import type { Page, Seen } from "./frame.ts";
import { recordLink, stateTag } from "./shown.ts";

// Putting right what one record holds: at the places that break the contract, or as a whole. What is still wrong is said beside the field, and what was
// typed stays.

/** What somebody sent that the contract did not take. */
export interface Tried {
  readonly form: URLSearchParams;
  readonly issues: readonly Issue[];
  readonly message: string;
}

const placesMax = 20;
/** What a field of the form is called that stands for a place in the record. */
export const placePrefix = "at.";

/** @throws {WaybillError} `unknown-record`; `refused-move` where it may not be edited now. */
export async function editPage({ ledger, secrets }: AppParts, seen: Seen, asked: string, tried?: Tried): Promise<Page> {
  const whole = await ledger.record(asked);
  if (whole === undefined)
    throw new WaybillError("unknown-record", `There is no record ${JSON.stringify(asked.slice(0, 100))}.`);
  refuseEdit(whole);
  const issues = tried?.issues ?? whole.issues ?? [];
  const { text, isJson } = editableText(whole);
  // A secret that it holds would be overwritten with the word that stands for it.
  const isWhole = secrets.redact(text) === text;
  const places = new Map(issues.filter(({ path }) => path !== "").map((issue) => [issue.path, issue]));
  const body = html`<p class="crumbs">${recordLink(seen.root, whole.record, "Back to the record")}</p>
<h1>Edit ${brief(whole.id ?? whole.record)} ${stateTag(whole.state, whole.cause)}</h1>
${tried === undefined ? "" : html`<p class="why" role="alert">${harmless(secrets.redact(tried.message))} Nothing was changed.</p>`}
<p>It stays in its inbox until it is let go, and what came first is kept beside it.</p>
${isJson && places.size > 0 ? html`<section aria-labelledby="places"><h2 id="places">Where it breaks the contract</h2>${form(whole, seen, html`${[...places.values()].slice(0, placesMax).map((issue, at) => placeField(issue, at, tried, secrets.redact))}<p class="pale">A number is a number, and <code>null</code> is nothing; text that looks like one of them stands in quotes. What is left empty stays as it is.</p>`)}</section>` : ""}
<section aria-labelledby="whole"><h2 id="whole">The whole of it</h2>${
    isWhole
      ? form(
          whole,
          seen,
          html`${wholeIssues(issues)}<label>What it holds<textarea name="text" rows="16" spellcheck="false" required>${tried?.form.get("text") ?? text}</textarea></label>`,
        )
      : html`<p>It holds a secret, which is not shown here: edit it in a terminal. <code>npx waybill ${{ quarantined: "quarantine", dead: "dead", held: "held" }[whole.state as "held"]} edit ${whole.record}</code></p>`
  }</section>`;
  return {
    title: `Edit ${whole.id ?? whole.record}`,
    section: "inboxes",
    body,
    ...(tried === undefined ? {} : { status: 409 as const }),
  };
}

function form(whole: RecordWhole, { root, ticket }: Seen, fields: Html): Html {
  const deed = `records/${encodeURIComponent(whole.record)}/edit`;
  const letGo = whole.state === "quarantined" ? "release" : whole.state === "dead" ? "replay" : undefined;
  return html`<form method="post" action="${root}${deed}"><input type="hidden" name="ticket" value="${ticket(deed)}"><input type="hidden" name="revision" value="${whole.revision}">${fields}<label>Why<input name="why" required maxlength="1000" autocomplete="off"></label>
<p class="do"><button>Save</button>${letGo === undefined ? "" : html`<button name="after" value="${letGo}">Save, and ${letGo}</button>`}</p></form>`;
}

function placeField(
  { path, message, found }: Issue,
  at: number,
  tried: Tried | undefined,
  redact: (text: string) => string,
): Html {
  const given = tried?.form.get(`${placePrefix}${path}`);
  return html`<label>${harmless(path)}<input name="${placePrefix}${path}" value="${given ?? (found === "nothing" ? "" : redact(found))}" spellcheck="false" autocomplete="off" aria-describedby="issue-${at}"></label><p class="issue" id="issue-${at}">${harmless(message)}</p>`;
}

function wholeIssues(issues: readonly Issue[]): Html {
  const of = issues.filter(({ path }) => path === "");
  return of.length === 0
    ? html``
    : html`<ul class="list">${of.map(({ message }) => html`<li class="wrong">${harmless(message)}</li>`)}</ul>`;
}
