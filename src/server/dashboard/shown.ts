import { html } from "hono/html";
import { durationText } from "../../model/duration.ts";
import type { State } from "../../model/record.ts";
import type { Html } from "../../report/plot.ts";
import { brief, counted } from "../../report/words.ts";

// How single things are shown on every page.

const tenMinutesMs = 600_000;
const twoDaysMs = 48 * 3_600_000;

/** A moment as a person reads it, to the second, the minute or the hour, with the moment itself for whoever points at it. */
export function when(iso: string | null | undefined, nowMs: number): Html {
  if (iso === null || iso === undefined) return html`<span class="pale">–</span>`;
  const apartMs = nowMs - Date.parse(iso);
  const stepMs = Math.abs(apartMs) < tenMinutesMs ? 1_000 : Math.abs(apartMs) < twoDaysMs ? 60_000 : 3_600_000;
  const length = durationText(Math.round(Math.abs(apartMs) / stepMs) * stepMs)
    .split(" ")
    .slice(0, 2)
    .join(" ");
  const text = Math.abs(apartMs) < 1_000 ? "now" : apartMs > 0 ? `${length} ago` : `in ${length}`;
  return html`<time datetime="${iso}" title="${iso}">${text}</time>`;
}

/** `2026-11-26 14:20:03.120` in UTC. */
export const exact = (iso: string): Html =>
  html`<time datetime="${iso}">${iso.replace("T", " ").replace("Z", "")}</time>`;

const tones: Readonly<Record<State, "well" | "let-go" | "under-way" | "wrong">> = {
  waiting: "under-way",
  delivering: "under-way",
  delivered: "well",
  quarantined: "wrong",
  dead: "wrong",
  held: "wrong",
  superseded: "let-go",
  filtered: "let-go",
  discarded: "let-go",
};

/** A state with its cause. */
export function stateTag(state: string, cause?: string | null): Html {
  const tone = tones[state as State] ?? "let-go";
  return html`<span class="state ${tone}">${state}</span>${cause === null || cause === undefined ? "" : html` <span class="cause">${brief(cause)}</span>`}`;
}

/** A cell of a table that names itself where the table has no room for a head. */
export const cell = (of: string, content: Html | string, kind = ""): Html =>
  html`<td class="${kind}" data-of="${of}">${content}</td>`;

/** A count: pale when it is none, and told apart where it is trouble. */
export const countCell = (of: string, count: number, kind: "" | "wrong" | "look" = "", href?: string): Html =>
  cell(
    of,
    href === undefined || count === 0 ? counted(count) : html`<a href="${href}">${counted(count)}</a>`,
    `number ${count === 0 ? "zero" : kind}`,
  );

/** Where a record is looked at. */
export const recordLink = (root: string, record: string, text: string = record): Html =>
  html`<a class="record" href="${root}records/${encodeURIComponent(record)}">${brief(text)}</a>`;

/** Part of an address that narrows a listing. */
export function query(parts: Readonly<Record<string, string | undefined | null>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parts))
    if (value !== undefined && value !== null && value !== "") search.set(name, value);
  return search.size === 0 ? "" : `?${search}`;
}

/** What is said where there is nothing. */
export const nothing = (text: string): Html => html`<p class="nothing">${text}</p>`;
