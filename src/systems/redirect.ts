import type { Outcome } from "../model/outcome.ts";
import type { ReadAnswer } from "./answer.ts";

// What a redirect means (RFC 9110, 15.4), and where it may lead.
//
// A read is followed a few times, only to where the system itself lives: same scheme, host and port, so that neither its secrets nor its answers
// change hands. A GET may be followed wherever it says; a read with a body only by 307 and 308, which keep the method and the body.
//
// A write is never sent anywhere else. 307 and 308 say that it was not taken and belongs elsewhere. 301, 302 and 303 are what many servers answer after
// they did it ("see the result over there"), so it may have been applied; unless all they ask for is the same address with https.

/** How often one read is followed. Two are usual, and a circle has to end. */
const followedMax = 5;

/** Where a request was sent. */
export interface Target {
  readonly origin: string;
  readonly path: string;
}

interface Redirected {
  readonly outcome: "failed-permanent" | "in-doubt";
  readonly why: string;
  /** Where a read is followed to: a path with its query. */
  readonly movedTo?: string;
}

type Asked = { readonly changes: boolean; readonly method: string };

/** What an answer with a status of 300 to 399 means. */
export function judgeRedirect(answer: ReadAnswer, of: Asked, target: Target | undefined): Redirected {
  const { status } = answer;
  const to = leadsTo(answer, target);
  const why = `status ${status}, a redirect${to === undefined ? "" : ` to ${to.origin}${to.pathname}`.slice(0, 200)}`;
  if (of.changes) return judgeWrite(status, why, to, target);
  if (to === undefined || !follows(status, of.method))
    return { outcome: "failed-permanent", why: `${why}: it is not followed` };
  if (to.origin !== target?.origin) {
    const hint = isUpgrade(to, target)
      ? 'begin the baseUrl with "https://"'
      : "only redirects within the host of the baseUrl are followed";
    return { outcome: "failed-permanent", why: `${why}: ${hint}` };
  }
  return { outcome: "failed-permanent", why, movedTo: to.pathname + to.search };
}

function judgeWrite(status: number, why: string, to: URL | undefined, target: Target | undefined): Redirected {
  if (isUpgrade(to, target))
    return {
      outcome: "failed-permanent",
      why: `${why}: a write is not repeated there; begin the baseUrl with "https://"`,
    };
  if (status >= 301 && status <= 303) return { outcome: "in-doubt", why: `${why}: many answer so when it was done` };
  return { outcome: "failed-permanent", why: `${why}: a write is not repeated elsewhere` };
}

function leadsTo({ headers }: ReadAnswer, target: Target | undefined): URL | undefined {
  const { location } = headers;
  if (location === undefined) return undefined;
  const from = target === undefined ? undefined : target.origin + target.path;
  return URL.canParse(location, from) ? new URL(location, from) : undefined;
}

function follows(status: number, method: string): boolean {
  if (status === 307 || status === 308) return true;
  return method === "GET" && status >= 301 && status <= 303;
}

function isUpgrade(to: URL | undefined, target: Target | undefined): boolean {
  if (to === undefined || target === undefined) return false;
  const from = new URL(target.origin + target.path);
  return (
    from.protocol === "http:" &&
    to.protocol === "https:" &&
    to.hostname === from.hostname &&
    to.pathname === from.pathname
  );
}

/**
 * Sends a read, and again to where its answers lead.
 *
 * @param once sends it through the gate: each is a call of its own, to the path that is given, or to its own when there is none.
 */
export async function following(once: (at: string | undefined) => Promise<Outcome>): Promise<Outcome> {
  let outcome = await once(undefined);
  for (let followed = 0; outcome.name === "failed-permanent" && outcome.movedTo !== undefined; followed++) {
    if (followed === followedMax)
      return { ...outcome, why: `${outcome.why}: it was followed ${followedMax} times already` };
    outcome = await once(outcome.movedTo);
  }
  return outcome;
}
