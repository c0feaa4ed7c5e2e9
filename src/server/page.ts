import { html } from "hono/html";
import { type BalanceResult, bookCounts } from "../flow/books.ts";
import type { InboxGroup } from "../ledger/ledger.ts";

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; margin: 1rem 0 2rem; }
th, td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
th:first-child, td:first-child, td.text, th.text { text-align: left; }
th { font-weight: 600; font-size: .85rem; }
.zero { opacity: .35; } .trouble { font-weight: 700; color: light-dark(#b00020, #ff8a80); }
code { font-size: .9em; } .scroll { overflow-x: auto; }
`;

const trouble: ReadonlySet<string> = new Set(["quarantined", "dead", "held", "refused"]);

/** The books and the inboxes on one page, readable without a script. */
export function booksPage(
  balance: BalanceResult,
  groups: readonly InboxGroup[],
): { readonly body: ReturnType<typeof html>; readonly style: string } {
  const cell = (name: string, count: number): ReturnType<typeof html> =>
    html`<td class="${count === 0 ? "zero" : trouble.has(name) ? "trouble" : ""}">${count}</td>`;
  const body = html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Waybill</title><style>${style}</style></head>
<body>
<h1>Waybill</h1>
<p>${balance.balanced ? "The books balance: every received record is accounted for." : html`<strong class="trouble">The books do not balance. This is a bug: please report it.</strong>`}</p>
<div class="scroll"><table>
<thead><tr><th scope="col">integration</th>${bookCounts.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${balance.integrations.map((book) => html`<tr><td>${book.name}${book.tenant === undefined ? "" : ` (${book.tenant})`}</td>${bookCounts.map((name) => cell(name, book[name]))}</tr>`)}</tbody>
</table></div>
<h2>Waiting for a person</h2>
${
  groups.length === 0
    ? html`<p>Nothing.</p>`
    : html`<div class="scroll"><table>
<thead><tr><th scope="col">integration</th><th scope="col" class="text">cause</th><th scope="col">records</th><th scope="col" class="text">newest reason</th><th scope="col" class="text">look at it</th></tr></thead>
<tbody>${groups.map((group) => html`<tr><td>${group.integration}</td><td class="text">${group.cause}</td><td>${group.count}</td><td class="text">${group.reason ?? ""}</td><td class="text"><code>npx waybill show ${group.sample}</code></td></tr>`)}</tbody>
</table></div>`
}
</body>
</html>`;
  return { body, style };
}
