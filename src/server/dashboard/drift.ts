import { html } from "hono/html";
import { alertsAsked } from "../../watch/alerts/list.ts";
import { alertView } from "../../watch/alerts/view.ts";
import type { AppParts } from "../parts.ts";
import { alertItem } from "./alerts.ts";
import type { Page, Seen } from "./frame.ts";
import { nothing } from "./shown.ts";

/** What comes looks other than it did: new fields, missing ones, other types and values, by source. */
export async function drift({ ledger, secrets }: AppParts, seen: Seen): Promise<Page> {
  const rows = await alertsAsked(ledger, { rule: "drift", all: true });
  const all = rows.map((row) => alertView(row, undefined, secrets.redact));
  const now = all.filter(({ state }) => state !== "resolved");
  const over = all.filter(({ state }) => state === "resolved");
  const body = html`<h1>Drift</h1><p class="pale">What each source usually brings is learnt. Where that changes, it is told once for the source; what breaks the contract stands in the quarantine.</p>
<section aria-labelledby="now"><h2 id="now">Now</h2>${now.length === 0 ? nothing("What comes looks as it usually does.") : html`<ul class="alerts">${now.map((one) => alertItem(one, seen))}</ul>`}</section>
${over.length === 0 ? "" : html`<section aria-labelledby="over"><h2 id="over">Usual by now, or over</h2><ul class="alerts over">${over.map((one) => alertItem(one, seen))}</ul></section>`}`;
  return { title: "Drift", section: "drift", body };
}
