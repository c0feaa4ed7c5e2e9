import { html } from "hono/html";
import type { Html } from "../../report/plot.ts";
import { brief } from "../../report/words.ts";
import type { Clock } from "../../world/clock.ts";
import type { Tickets } from "../forms.ts";
import type { ProblemStatus } from "../problem.ts";
import type { Visitor } from "../visitor.ts";
import { assetPath } from "./assets.ts";

// What stands around every page. Addresses in pages are relative, so that they work under any path at which a program or a proxy has mounted them.

/** What a page is made for. */
export interface Seen {
  readonly visitor: Visitor;
  readonly nowMs: number;
  /** It can be asked for again: what a form came to cannot. */
  readonly follows: boolean;
  /** From this page to the overview: `./`, `../`. */
  readonly root: string;
  /** A ticket for a form that is sent there. */
  ticket(deed: string): string;
}

export interface Page {
  readonly title: string;
  /** Which of the sections it belongs to. */
  readonly section: Section | undefined;
  readonly body: Html;
  /** Without the way to other pages: whoever sees it may not go there. */
  readonly bare?: boolean;
  /** Something on it is drawn by a script. */
  readonly hasCharts?: boolean;
  readonly status?: 200 | ProblemStatus;
}

/** Of whom nothing is known: a page for him holds nothing of the ledger. */
const nobody: Visitor = { role: "viewer", name: "", by: "machine" };

/** Makes pages for those who ask; for nobody in particular where it is not known who that is. */
export type SeeingFor = (request: Request, visitor: Visitor | undefined) => Seen;

export const seeing =
  (clock: Clock, tickets: Tickets): SeeingFor =>
  (request, visitor = nobody) => ({
    visitor,
    nowMs: clock.now(),
    follows: request.method === "GET",
    root: rootFrom(new URL(request.url).pathname),
    ticket: (deed) => (visitor === nobody ? "" : tickets.issue(visitor, deed)),
  });

const sections = {
  overview: { name: "Overview", path: "" },
  records: { name: "Records", path: "records" },
  inboxes: { name: "Inboxes", path: "inboxes" },
  alerts: { name: "Alerts", path: "alerts" },
  systems: { name: "Systems", path: "systems" },
  sources: { name: "Sources", path: "sources" },
  drift: { name: "Drift", path: "drift" },
  week: { name: "The week", path: "week" },
} as const;
export type Section = keyof typeof sections;

/** From a path of these pages to the overview. @example rootFrom("/records/0abc") // "../" */
export function rootFrom(path: string): string {
  const deep = path.split("/").length - 2;
  return deep <= 0 ? "./" : "../".repeat(deep);
}

/** Nothing from elsewhere, no script and no style but those that come from here. */
export const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** A whole page as an answer. */
export function pageAnswer(seen: Seen, page: Page, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(String(framed(seen, page)), {
    status: page.status ?? 200,
    headers: {
      ...headers,
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": pagePolicy,
      "cache-control": "no-store",
    },
  });
}

function framed(seen: Seen, { title, section, body, bare, hasCharts, status = 200 }: Page): Html {
  const { root, visitor } = seen;
  const live = seen.follows && status < 400 ? html` data-live="${root}live"` : "";
  const links = Object.entries(sections).map(
    ([name, { name: text, path }]) =>
      html`<li><a href="${root}${path}"${name === section ? html` aria-current="page"` : ""}>${text}</a></li>`,
  );
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>${brief(title)} · Waybill</title><link rel="icon" href="${root}${assetPath("icon.svg")}" type="image/svg+xml">
<link rel="stylesheet" href="${root}${assetPath("style.css")}">${
    hasCharts === true
      ? html`
<link rel="stylesheet" href="${root}${assetPath("uplot.css")}"><script src="${root}${assetPath("uplot.js")}" defer></script><script src="${root}${assetPath("draw.js")}" defer></script>`
      : ""
  }${
    bare === true
      ? ""
      : html`
<script src="${root}${assetPath("idiomorph.js")}" defer></script><script src="${root}${assetPath("page.js")}" defer></script>`
  }</head>
<body>${
    bare === true
      ? html`<main id="main">${body}</main>`
      : html`<a class="skip" href="#main">To the content</a>
<header class="bar"><p class="brand"><a href="${root}">Waybill</a></p>
<nav aria-label="Sections"><ul>${links}</ul></nav>
<div class="who">${whoLine(seen)}</div></header>
<main id="main"${live}>${body}</main>
<footer><p id="live" role="status"></p><p>${visitor.role === "viewer" ? "You may look, and change nothing." : "What you do here stands in the record's timeline, with your name."}</p></footer>`
  }
</body></html>
`;
}

function whoLine({ root, visitor, ticket }: Seen): Html {
  if (visitor.by !== "session") return html`<span>${visitor.name}</span>`;
  return html`<span>${visitor.name}</span><form method="post" action="${root}sign-out"><input type="hidden" name="ticket" value="${ticket("sign-out")}"><button class="plain">Sign out</button></form>`;
}
