import { html } from "hono/html";
import { formIn } from "../forms.ts";
import { fromAnotherSite, type Guarded, isFromAnotherSite, tokensOf, tryToken } from "../guard.ts";
import type { Routes, Tell } from "../routes.ts";
import { cookieHeader, sealed, sessionMs } from "../sessions.ts";
import { nameLengthMax, personName } from "../visitor.ts";
import { pageAnswer, rootFrom, type SeeingFor, type Seen } from "./frame.ts";

// Signing in with the token and a name, which is what stands beside whatever this person does.

/** Whoever sends it has shown nothing yet. */
const formBytesMax = 20_000;

/** Where somebody who is not signed in is sent, and comes back from. */
export function toSignIn(request: Request): Response {
  const { pathname, search } = new URL(request.url);
  const path = pathname.slice(1) + search;
  return redirect(`${rootFrom(pathname)}sign-in${path === "" ? "" : `?to=${encodeURIComponent(path)}`}`);
}

/** @param location relative to the page that was asked for. */
export function redirect(location: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status: 303, headers: { location, "cache-control": "no-store", ...headers } });
}

export interface SignInTools {
  readonly seeing: SeeingFor;
  readonly tell: Tell;
}

/** Before anybody is asked who he is. */
export function mountSignIn(routes: Routes, guarded: Guarded, { seeing, tell }: SignInTools): void {
  const { clock } = guarded.world;
  const { publicUrl } = guarded.server;
  routes.both("/sign-in", {
    get: ({ request, query }) => signInPage(seeing(request, undefined), query.get("to") ?? "", undefined),
    async post({ request, remoteAddress }) {
      if (isFromAnotherSite(request, publicUrl)) return tell(request, undefined, fromAnotherSite());
      const seen = seeing(request, undefined);
      const form = await formIn(request, formBytesMax);
      const to = form.get("to") ?? "";
      const tried = tryToken(guarded, request, remoteAddress, form.get("token") ?? "");
      if ("refusal" in tried) return tell(request, undefined, tried.refusal);
      const { role } = tried;
      const name = personName(form.get("name") ?? "");
      const token = role === undefined ? undefined : tokensOf(guarded)[role];
      if (role === undefined || token === undefined) return signInPage(seen, to, "This is not the token.");
      if (name === "") return signInPage(seen, to, "Say who you are: it stands beside what you do.");
      const value = sealed({ name, role, untilMs: clock.now() + sessionMs }, token);
      return redirect(`./${safePath(to)}`, { "set-cookie": cookieHeader(value, sessionMs, isSecure(request)) });
    },
  });
}

/**
 * Whether the person's browser came by TLS: then his cookie must never go out in the clear. What a proxy says of it is believed whoever says it, and so is the
 * page that sent the form: whoever lies about it only keeps his own browser from showing the cookie again.
 */
export function isSecure(request: Request): boolean {
  const proxied = request.headers.get("x-forwarded-proto")?.split(",", 1)[0]?.trim().toLowerCase();
  return (
    new URL(request.url).protocol === "https:" ||
    proxied === "https" ||
    request.headers.get("origin")?.startsWith("https://") === true
  );
}

/** A path of these pages, and nothing that leads elsewhere: browsers take `%2e%2e` for the folder above as well. */
function safePath(to: string): string {
  const [path = ""] = to.split("?", 1);
  const climbs = /(^|\/)(\.|%2e){1,2}(\/|$)/i.test(path);
  return /^[\w-]+(\/[\w%.~-]+)*(\?[!-"$-~]*)?$/.test(to) && !climbs ? to : "";
}

function signInPage(seen: Seen, to: string, wrong: string | undefined): Response {
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
