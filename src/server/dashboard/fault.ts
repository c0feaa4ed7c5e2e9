import { html } from "hono/html";
import { harmless } from "../../report/words.ts";
import { type Problem, type ProblemStatus, responseOf } from "../problem.ts";
import type { Tell } from "../routes.ts";
import { pageAnswer, type SeeingFor } from "./frame.ts";

// What went wrong, as whoever asks can read it: a page for a person with a browser, JSON for a program. The page says what happened, what to do next, and
// leads back. Whoever is not signed in gets it without the way to the other pages, and without a word of what the ledger holds.

/** Whether a person asks, with a browser. */
export const isForPeople = (request: Request): boolean => /\btext\/html\b/i.test(request.headers.get("accept") ?? "");

/** What programs ask for answers in JSON, whatever else they say that they would take. */
const isApi = (path: string): boolean => path.startsWith("/v1/");

export const telling =
  (seeing: SeeingFor): Tell =>
  (request, visitor, problem) => {
    const { pathname, search } = new URL(request.url);
    if (!isForPeople(request) || isApi(pathname)) return responseOf(problem);
    const seen = seeing(request, visitor);
    const { status, headers } = problem;
    const { title, message, hint, next } = wordsOf(problem);
    const isSafe = request.method === "GET" || request.method === "HEAD";
    const back = backFrom(pathname, search, status, isSafe);
    const body = html`<section class="fault"><h1>${title}</h1><p class="why" role="alert">${harmless(message)}</p>
${hint === undefined ? "" : html`<p>${harmless(hint)}</p>`}${next === undefined ? "" : html`<p>${next}</p>`}
<p class="do"><a class="button" href="${seen.root}${back.path}">${back.name}</a></p></section>`;
    return pageAnswer(seen, { title, section: undefined, status, body, bare: visitor === undefined }, headers);
  };

interface Words {
  readonly title: string;
  /** What to do, where that is the same for every problem of its kind. */
  readonly next?: string;
}

const wordsByStatus: Partial<Readonly<Record<ProblemStatus, Words>>> = {
  403: { title: "This may not be done" },
  404: { title: "There is nothing here", next: "Look for it among the records, or in one of the sections above." },
  405: { title: "This address is for something else", next: "Open the page, and send its form from there." },
  413: { title: "This is too much at once" },
  429: { title: "Too many wrong tokens" },
  503: { title: "Waybill cannot answer now", next: "Nothing was changed. Load the page again in a few seconds." },
};

function wordsOf({ status, error }: Problem): Words & { readonly message: string; readonly hint?: string } {
  // A program is told how to send a token; a person signs in.
  if (status === 401)
    return {
      title: "You are not signed in",
      message: "This is for those who have signed in, and a session lasts twelve hours. Nothing was changed.",
      next: "Sign in; then open the page again, and look at it before you decide.",
    };
  return { ...(wordsByStatus[status] ?? { title: "This did not work" }), ...error };
}

/** The page that a form stands on, from where these pages begin. @example parentOf("/records/0abc/replay") // "records/0abc" */
export const parentOf = (pathname: string): string => pathname.slice(1, Math.max(1, pathname.lastIndexOf("/")));

/** Where a person goes on: to sign in, to the same page once more, or to the page that the form stood on. */
function backFrom(
  pathname: string,
  search: string,
  status: ProblemStatus,
  isSafe: boolean,
): { readonly path: string; readonly name: string } {
  if (status === 401) return { path: "sign-in", name: "Sign in" };
  if (isSafe && status >= 500) return { path: pathname.slice(1) + search, name: "Load it again" };
  const parent = parentOf(pathname);
  if (status === 404 || parent === "" || (isSafe && status !== 405)) return { path: "", name: "To the overview" };
  return { path: parent, name: "Back to the page" };
}
