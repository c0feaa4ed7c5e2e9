import { html } from "hono/html";
import { isInDoubt } from "../../flow/step.ts";
import type { RecordWhole } from "../../ledger/ledger.ts";
import type { State } from "../../model/record.ts";
import type { Html } from "../../report/plot.ts";
import { brief } from "../../report/words.ts";
import type { Action } from "../moves.ts";
import type { AppParts } from "../parts.ts";
import type { Seen } from "./frame.ts";

// What a person can do about one record, and what each choice will do, said before it is done. Every form holds the revision that was looked at: of two
// persons on one record the second is refused, and told what happened.

interface Choice {
  readonly action: Action;
  readonly name: string;
  /** What will happen. */
  readonly does: string;
  readonly fields?: Html;
}

/** The ways out of a state. */
function choicesOf(whole: RecordWhole): readonly Choice[] {
  const discard: Choice = {
    action: "discard",
    name: "Discard",
    does: "Nothing more is done about it. What it has made and its code undoes, is undone first.",
  };
  const replay: Choice = {
    action: "replay",
    name: "Replay",
    does: "It is delivered once more. What it has done already is not done again; what was refused is asked for anew.",
  };
  const ways: Partial<Record<State, readonly Choice[]>> = {
    waiting: [
      {
        action: "end",
        name: "End",
        does: "It is tried no more: dead, or held where an effect of it is in doubt. From there it can be replayed.",
      },
    ],
    quarantined: [
      {
        action: "release",
        name: "Release",
        does: "It is held against the contract as it is now, and delivered when it passes.",
      },
      discard,
    ],
    dead: [replay, discard],
    held: [...resolutions(whole), discard],
    filtered: [replay],
    discarded: [replay],
    superseded: [replay],
    delivered: redos(whole),
  };
  return ways[whole.state] ?? [];
}

/** What only a person can know of an effect that is held. */
function resolutions({ effects }: RecordWhole): readonly Choice[] {
  const open = effects.filter(({ state }) => state !== "done" && state !== "not-applied");
  const which =
    open.length < 2
      ? html``
      : html`<label>Effect<select name="effect">${open.map(({ name }) => html`<option>${name}</option>`)}</select></label>`;
  const way = (value: string, name: string, does: string, more: Html = html``): Choice => ({
    action: "resolve",
    name,
    does,
    fields: html`<input type="hidden" name="how" value="${value}">${which}${more}`,
  });
  return [
    way(
      "applied",
      "It was applied",
      "You have looked: the other side has done it. The record goes on with this as its result.",
      html`<label>Its result, as JSON<textarea name="applied" rows="2" spellcheck="false"></textarea><small>such as <code>{"id": "inv_123"}</code>; <code>null</code> where the code uses none</small></label>`,
    ),
    way("notApplied", "It was not applied", "You have looked: the other side has not done it. It is sent again."),
    way("keep", "Keep what is stored", "The stored result counts, and is never compared again."),
    way("reread", "Read the answer again", "The stored answer is held against what the code expects now."),
  ];
}

function redos({ effects, record }: RecordWhole): readonly Choice[] {
  const done = effects.filter(({ state, madeBy }) => state === "done" && madeBy === record);
  if (done.length === 0) return [];
  return [
    {
      action: "redo",
      name: "Do an effect again",
      does: "It is made once more, as a new one, at the other side as well.",
      fields: html`<label>Effect<select name="effect">${done.map(({ name }) => html`<option>${name}</option>`)}</select></label>`,
    },
  ];
}

/** What is in doubt was made of the content that it has now. */
const isEditable = ({ state, effects, raw }: RecordWhole): boolean =>
  ["quarantined", "dead", "held"].includes(state) && raw !== undefined && !effects.some(isInDoubt);

/** The forms of one record; nothing for whoever may only look. */
export function choices(whole: RecordWhole, { integrations }: AppParts, seen: Seen): Html {
  const all = choicesOf(whole);
  if (seen.visitor.role === "viewer" || all.length === 0) return html``;
  if (!integrations.has(whole.integration) && whole.state !== "quarantined")
    return html`<p class="pale">No code here defines ${brief(whole.integration)}: nobody would deliver it.</p>`;
  return html`<section class="choices" aria-labelledby="choices"><h2 id="choices">What you can do</h2>${isEditable(whole) ? html`<p class="choice"><a href="${seen.root}records/${encodeURIComponent(whole.record)}/content">Edit what it holds</a></p>` : ""}${all.map((choice) => form(choice, whole, seen))}</section>`;
}

function form({ action, name, does, fields }: Choice, { record, revision }: RecordWhole, { root, ticket }: Seen): Html {
  const deed = `records/${encodeURIComponent(record)}/${action}`;
  return html`<details class="choice"><summary>${name}</summary><form method="post" action="${root}${deed}">
<p>${does}</p><input type="hidden" name="ticket" value="${ticket(deed)}"><input type="hidden" name="revision" value="${revision}">
${fields ?? ""}<label>Why<input name="why" required maxlength="1000" autocomplete="off"></label>
<label class="check"><input type="checkbox" name="overtaken" value="true">also if newer ones of its key were delivered since</label>
<p class="do"><button>${name}</button><button name="dryRun" value="true" class="plain">Only say what it would do</button></p></form></details>`;
}
