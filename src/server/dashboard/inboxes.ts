import { html } from "hono/html";
import { groupView } from "../../flow/views.ts";
import type { Inbox } from "../../model/record.ts";
import type { Html } from "../../report/plot.ts";
import { brief, many } from "../../report/words.ts";
import { checkNames } from "../filter.ts";
import type { AppParts } from "../parts.ts";
import type { Page, Seen } from "./frame.ts";
import { recordsAt } from "./records.ts";
import { cell, countCell, nothing, query, recordLink, when } from "./shown.ts";

// What waits for a person, by what is wrong with it: a thousand records with one cause are one line, and one decision.

interface Group {
  readonly integration: string;
  readonly tenant?: string;
  readonly cause: string;
  readonly path?: string;
  readonly message?: string;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly reason: string | null;
  readonly sample: string;
}

const inboxes: Readonly<Record<Inbox, { readonly name: string; readonly path: string; readonly means: string }>> = {
  quarantined: { name: "Quarantine", path: "quarantine", means: "It breaks the contract, so it was not delivered." },
  dead: { name: "Dead letters", path: "dead", means: "It could not be delivered." },
  held: { name: "Held", path: "held", means: "Nobody but a person can know what became of it." },
};

export async function inboxesPage({ ledger, secrets }: AppParts, seen: Seen, asked: URLSearchParams): Promise<Page> {
  checkNames(asked, ["integration", "tenant"]);
  const integration = asked.get("integration") ?? undefined;
  const tenant = asked.get("tenant") ?? undefined;
  const sections = await Promise.all(
    (Object.keys(inboxes) as Inbox[]).map(async (state) => {
      const all = await ledger.rules([state], integration);
      const groups = all
        .filter((group) => tenant === undefined || group.tenant === tenant)
        .map((group) => groupView(group, secrets.redact) as unknown as Group);
      return section(state, groups, seen);
    }),
  );
  const only = [integration, tenant].filter((one) => one !== undefined).join(", ");
  const body = html`<h1>What waits for a person</h1>${only === "" ? "" : html`<p>Only of ${brief(only)}. <a href="${seen.root}inboxes">All of them</a></p>`}${sections}`;
  return { title: "Inboxes", section: "inboxes", body };
}

function section(state: Inbox, groups: readonly Group[], seen: Seen): Html {
  const { name, means } = inboxes[state];
  const records = groups.reduce((sum, { count }) => sum + count, 0);
  return html`<section aria-labelledby="${state}"><h2 id="${state}">${name}${records === 0 ? "" : html` <span class="pale">${many(records, "record")}</span>`}</h2>
${
  groups.length === 0
    ? nothing("Nothing.")
    : html`<p class="pale">${means}</p><div class="scroll" tabindex="0" role="group" aria-labelledby="${state}"><table class="wide"><thead><tr><th scope="col" class="text">what is wrong</th><th scope="col">records</th><th scope="col" class="text">integration</th><th scope="col">first</th><th scope="col">last</th><th scope="col" class="text">newest</th><th scope="col" class="text">do</th></tr></thead>
<tbody>${groups.map((group) => row(state, group, seen))}</tbody></table></div>`
}</section>`;
}

/** The filter that selects a group's records. */
export const filterOfGroup = (
  group: Pick<Group, "integration" | "tenant" | "cause" | "path" | "message">,
): Readonly<Record<string, string | undefined>> => ({
  integration: group.integration,
  tenant: group.tenant,
  cause: group.cause,
  path: group.path === "" ? undefined : group.path,
  message: group.message,
});

function row(state: Inbox, group: Group, { root, nowMs, visitor }: Seen): Html {
  const filter = filterOfGroup(group);
  const what =
    group.message === undefined
      ? brief(group.reason ?? "")
      : html`${group.path ? html`<code>${brief(group.path)}</code> ` : ""}${brief(group.message)}`;
  return html`<tr><th scope="row" class="words"><span class="cause">${group.cause}</span> ${what}</th>
${countCell("records", group.count, "wrong", recordsAt(root, { ...filter, state }))}
${cell("integration", `${brief(group.integration)}${group.tenant === undefined ? "" : ` (${brief(group.tenant)})`}`, "text")}
${cell("first", when(group.firstAt, nowMs))}${cell("last", when(group.lastAt, nowMs))}
${cell("newest", recordLink(root, group.sample), "text")}
${cell("do", visitor.role === "viewer" ? "" : html`<a class="button" href="${root}inboxes/${inboxes[state].path}${query(filter)}">Decide</a>`, "text")}</tr>`;
}
