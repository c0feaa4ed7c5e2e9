import { html } from "hono/html";
import { type RecordView, recordView } from "../../flow/views.ts";
import type { FindOptions } from "../../ledger/ledger.ts";
import { allStates } from "../../model/record.ts";
import type { Html } from "../../report/plot.ts";
import { brief } from "../../report/words.ts";
import { filterOf } from "../filter.ts";
import type { AppParts } from "../parts.ts";
import type { Page, Seen } from "./frame.ts";
import { cell, nothing, query, recordLink, stateTag, when } from "./shown.ts";

// Records, by what people know of them: an order's number, a customer, a state, a time. The address holds the whole question, so it can be shared.

/** @throws {WaybillError} `bad-usage` for a filter that there is not. */
export async function records(
  { ledger, integrations, secrets }: AppParts,
  seen: Seen,
  asked: URLSearchParams,
): Promise<Page> {
  const given = new URLSearchParams([...asked].filter(([, value]) => value !== ""));
  const filter = filterOf(given, seen.nowMs);
  const { rows, next } = await ledger.find(filter);
  const found = rows.map((row) => recordView(row, secrets.redact));
  const more = new URLSearchParams(given);
  if (next !== undefined) more.set("next", next);
  const body = html`<h1>Records</h1>
${searchForm(filter, [...integrations.keys()], given)}
${found.length === 0 ? nothing("No record meets this.") : recordTable(found, seen)}
${next === undefined ? "" : html`<p class="pages"><a rel="next" href="${seen.root}records?${more.toString()}">Older ones</a></p>`}`;
  return { title: "Records", section: "records", body };
}

function searchForm(filter: FindOptions, names: readonly string[], given: URLSearchParams): Html {
  const option = (value: string, now: string | undefined): Html =>
    html`<option value="${value}"${value === now ? html` selected` : ""}>${value}</option>`;
  const kept = ["tenant", "cause", "key", "id", "entity", "path", "message"].filter((name) => given.has(name));
  return html`<form class="search" role="search" method="get">
<label>An id, an entity, a key, a record, or what else it is found by<input type="search" name="search" value="${filter.search ?? ""}" autocomplete="off"></label>
<label>Integration<select name="integration"><option value="">all</option>${names.map((name) => option(name, filter.integration))}</select></label>
<label>State<select name="state"><option value="">all</option>${stateChoices(filter.states ?? []).map(([value, isNow]) => option(value, isNow ? value : undefined))}</select></label>
<label>Since<select name="since"><option value="">ever</option>${["1h", "24h", "7d", "30d"].map((since) => option(since, given.get("since") ?? undefined))}</select></label>
<button>Find</button>
${kept.map((name) => html`<p class="kept"><span>${name} ${brief(given.get(name) ?? "")}</span><input type="hidden" name="${name}" value="${given.get(name) ?? ""}"></p>`)}
</form>`;
}

/** Each state, and a list of several where such a list was asked for. */
function stateChoices(states: readonly string[]): readonly (readonly [value: string, isNow: boolean])[] {
  const asked = states.join(",");
  const all = states.length > 1 ? [asked, ...allStates] : allStates;
  return all.map((value) => [value, value === asked] as const);
}

export function recordTable(found: readonly RecordView[], { root, nowMs }: Seen): Html {
  const tenants = found.some(({ tenant }) => tenant !== undefined);
  const row = (one: RecordView): Html =>
    html`<tr><th scope="row">${recordLink(root, one.record, one.id ?? one.record)}${one.entity === null || one.entity === one.id ? "" : html` <span class="pale">of ${brief(one.entity)}</span>`}</th>
${cell("state", stateTag(one.state, one.cause), "text")}
${cell("integration", brief(one.integration), "text")}${tenants ? cell("tenant", brief(one.tenant ?? ""), "text") : ""}
${cell("received", when(one.receivedAt, nowMs))}
${cell(one.nextAt === null ? "settled" : "next", when(one.nextAt ?? one.settledAt, nowMs))}
${cell("runs", String(one.attempts), "number")}
${cell("why", one.reason === null ? "" : brief(one.reason), "words text")}</tr>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Records"><table class="wide"><thead><tr><th scope="col" class="text">id</th><th scope="col" class="text">state</th><th scope="col" class="text">integration</th>${tenants ? html`<th scope="col" class="text">tenant</th>` : ""}<th scope="col">received</th><th scope="col">settled, or next</th><th scope="col">runs</th><th scope="col" class="text">why</th></tr></thead>
<tbody>${found.map(row)}</tbody></table></div>`;
}

/** Where records of this kind are listed. */
export const recordsAt = (root: string, of: Readonly<Record<string, string | undefined | null>>): string =>
  `${root}records${query(of)}`;
