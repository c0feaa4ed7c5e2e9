import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "../world/clock.ts";
import { secretBytes } from "../world/random.ts";
import { contentTypeOf, wholeBody } from "./body.ts";
import { usage } from "./move-fields.ts";
import { keyOf } from "./sessions.ts";
import type { Visitor } from "./visitor.ts";

// Forms that change something. Each one carries a ticket for what it does and for whom, which is good once and for twelve hours: a page of another site
// cannot make one (OWASP, "Cross-Site Request Forgery Prevention"), and a form that is sent a second time, by a finger or by the back button, does nothing.
// Which were used is known to the process that took them, and forgotten when it ends. Another one of the fleet would take the same form again, and what it asks
// for is refused there all the same, by what the ledger knows: a record has another revision by then; of many, those that were moved have left the inbox, or
// have come back into it later than the dry run looked; and of a pause or an alert the journal holds what was done since the form was made.
// The key comes from the token, so that a page which was open across a restart still works; without a token it is made anew.

const goodForMs = 12 * 3_600_000;
const formBytesMax = 10_000_000;
/** Of tickets that were used, as many as are remembered: more than that in twelve hours, and the oldest could be used again. */
const usedMax = 100_000;

export type TicketFault = "none" | "over" | "used";

export class Tickets {
  readonly #clock: Clock;
  readonly #key: () => Uint8Array;
  readonly #used = new Map<string, number>();

  /** @param token what operators sign in with, where there is one. */
  constructor(clock: Clock, token: () => string | undefined) {
    this.#clock = clock;
    const own = secretBytes(32);
    this.#key = () => keyOf(token() ?? own, "form");
  }

  /** For one form. @param deed what it does: the path that it is sent to. */
  issue({ name, role }: Visitor, deed: string): string {
    const head = `${this.#clock.now().toString(36)}.${secretBytes(12).replace(/[+/]/g, "-")}`;
    return `${head}.${this.#signature(head, name, role, deed)}`;
  }

  /** Takes it, once; answers when it was made. */
  take(
    { name, role }: Visitor,
    deed: string,
    ticket: string | undefined,
  ): { readonly fault: TicketFault } | { readonly madeAtMs: number } {
    const [time = "", nonce = "", given = ""] = (ticket ?? "").split(".");
    const shown = Buffer.from(given);
    const expected = Buffer.from(this.#signature(`${time}.${nonce}`, name, role, deed));
    if (shown.length !== expected.length || !timingSafeEqual(shown, expected)) return { fault: "none" };
    const nowMs = this.#clock.now();
    const madeAtMs = Number.parseInt(time, 36);
    if (nowMs - madeAtMs > goodForMs) return { fault: "over" };
    if (this.#used.has(nonce)) return { fault: "used" };
    this.#used.set(nonce, nowMs);
    for (const [old, atMs] of this.#used) {
      if (this.#used.size <= usedMax && nowMs - atMs <= goodForMs) break;
      this.#used.delete(old);
    }
    return { madeAtMs };
  }

  #signature(head: string, name: string, role: string, deed: string): string {
    return createHmac("sha256", this.#key())
      .update(JSON.stringify([head, name, role, deed]))
      .digest("base64url");
  }
}

/**
 * What a form of a page was filled in with.
 *
 * @param bytesMax less than usual where anybody may send it.
 * @throws {WaybillError} `bad-usage`, `too-large`, `unreadable`.
 */
export async function formIn(request: Request, bytesMax: number = formBytesMax): Promise<URLSearchParams> {
  const { type } = contentTypeOf(request.headers.get("content-type"));
  const bytes = await wholeBody(request, bytesMax);
  if (type !== "application/x-www-form-urlencoded") throw usage("This takes a form.", "Send it from the page.");
  return new URLSearchParams(Buffer.from(bytes).toString("utf8"));
}
