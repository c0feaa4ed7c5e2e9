import { html } from "hono/html";
import type { Clock } from "../../world/clock.ts";
import { formIn } from "../forms.ts";
import { type Guarded, isFromAnotherSite, roleOf, tokensOf } from "../guard.ts";
import { problem, responseOf } from "../problem.ts";
import type { Routes } from "../routes.ts";
import { cookieHeader, sealed, sessionMs } from "../sessions.ts";
import type { Visitor } from "../visitor.ts";
import { pageAnswer, rootFrom, type Seen } from "./frame.ts";

// Signing in with the token and a name, which is what stands beside whatever this person does.

const nobody: Visitor = { role: "viewer", name: "", by: "machine" };
const nameLengthMax = 100;

/** Where somebody who is not signed in is sent, and comes back from. */
export function toSignIn(request: Request): Response {
  const { pathname, search } = new URL(request.url);
  const path = pathname.slice(1) + search;
  return redirect(`${rootFrom(pathname)}sign-in${path === "" ? "" : `?to=${encodeURIComponent(path)}`}`);
}

/** Whether a person asks, with a browser: programs are told 401. */
export function isForPeople(request: Request): boolean {
  return request.method === "GET" && /\btext\/html\b/.test(request.headers.get("accept") ?? "");
}

/** @param location relative to the page that was asked for. */
export function redirect(location: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status: 303, headers: { location, "cache-control": "no-store", ...headers } });
}

/** Before anybody is asked who he is. */
export function mountSignIn(routes: Routes, guarded: Guarded): void {
  const { clock } = guarded.world;
  routes.both("/sign-in", {
    get: ({ query }) => signInPage(clock, query.get("to") ?? "", undefined),
    async post({ request }) {
      if (isFromAnotherSite(request))
        return responseOf(problem(403, "forbidden", "A page of another site may not do this."));
      const form = await formIn(request);
      const to = form.get("to") ?? "";
      const tokens = tokensOf(guarded);
      const role = roleOf(tokens, form.get("token") ?? "");
      const name = (form.get("name") ?? "").trim().slice(0, nameLengthMax);
      const token = role === undefined ? undefined : tokens[role];
      if (role === undefined || token === undefined) return signInPage(clock, to, "This is not the token.");
      if (name === "") return signInPage(clock, to, "Say who you are: it stands beside what you do.");
      const value = sealed({ name, role, untilMs: clock.now() + sessionMs }, token);
      return redirect(`./${safePath(to)}`, { "set-cookie": cookieHeader(value, sessionMs, isSecure(request)) });
    },
  });
}

/** What keeps a cookie from ever going out in the clear, where the page did not come so either. */
export function isSecure(request: Request): boolean {
  return new URL(request.url).protocol === "https:" || request.headers.get("x-forwarded-proto") === "https";
}

/** A path of these pages, and nothing that leads elsewhere. */
function safePath(to: string): string {
  return /^[\w-]+(\/[\w%.-]+)*(\?[^#\s]*)?$/.test(to) && !to.includes("..") ? to : "";
}

function signInPage(clock: Clock, to: string, wrong: string | undefined): Response {
  const seen: Seen = { visitor: nobody, nowMs: clock.now(), root: "./", ticket: () => "" };
  const body = html`<section class="sign-in"><h1>Waybill</h1>${wrong === undefined ? "" : html`<p class="why" role="alert">${wrong}</p>`}
<form method="post" action="./sign-in"><input type="hidden" name="to" value="${safePath(to)}">
<label>Your name<input name="name" required maxlength="${nameLengthMax}" autocomplete="username"></label>
<label>Token<input name="token" type="password" required autocomplete="current-password"></label>
<p class="do"><button>Sign in</button></p></form>
<p class="pale">The token is <code>server.token</code> of the configuration; with <code>server.viewerToken</code> you may look, and change nothing.</p></section>`;
  return pageAnswer(seen, {
    title: "Sign in",
    section: undefined,
    body,
    status: wrong === undefined ? 200 : 401,
    bare: true,
  });
}
