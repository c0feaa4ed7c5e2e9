import { createHash } from "node:crypto";
import type { ServerOptions } from "../define/config.ts";
import { clientAddress } from "../sources/client-address.ts";
import { networkOf } from "../world/addresses.ts";
import type { Clock } from "../world/clock.ts";
import { type Problem, problem } from "./problem.ts";

// Whoever guesses tokens is slowed. After some wrong ones from one address, what it shows is not looked at for a while that grows with each further one, right
// or wrong: otherwise the answer would tell which it was. Sessions go on, and other addresses do not notice.
//
// The same wrong token over and over is no guess: a program that nobody told of the new token shall not lock out whoever shares its address. All of it is in
// memory, and bounded: of many addresses those that were wrong the longest ago are forgotten, so that nobody has to wait for what others did.

/** What is known of one address. Times are those of the monotonic clock. */
export interface Tries {
  readonly wrong: number;
  readonly lastMs: number;
  /** Until then nothing that it shows is looked at. */
  readonly untilMs: number;
}

const triesFree = 10;
const waitFirstMs = 1_000;
const waitMaxMs = 60_000;
/** As long without a wrong one, and it begins anew. */
const forgetMs = 900_000;
const addressesMax = 10_000;
/** Of one address. */
const tokensMax = 20;

/** After one more wrong token. */
export function afterWrong(before: Tries | undefined, nowMs: number): Tries {
  const known = before !== undefined && nowMs - before.lastMs < forgetMs ? before.wrong : 0;
  const wrong = known + 1;
  const waitMs = wrong < triesFree ? 0 : Math.min(waitMaxMs, waitFirstMs * 2 ** (wrong - triesFree));
  return { wrong, lastMs: nowMs, untilMs: nowMs + waitMs };
}

export class WrongTokens {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #addressesMax: number;
  /** Those that were wrong last stand at the end. */
  readonly #tries = new Map<string, Tries & { readonly tokens: readonly string[] }>();

  constructor(clock: Pick<Clock, "monotonic">, most: number = addressesMax) {
    this.#clock = clock;
    this.#addressesMax = most;
  }

  /** How long it still has to wait; 0 when it may try. @param from undefined where nobody knows: there nobody is slowed. */
  waitMs(from: string | undefined): number {
    const tries = from === undefined ? undefined : this.#tries.get(from);
    return tries === undefined ? 0 : Math.max(0, tries.untilMs - this.#clock.monotonic());
  }

  add(from: string | undefined, token: string): void {
    if (from === undefined || token === "") return;
    const before = this.#tries.get(from);
    const digest = createHash("sha256").update(token).digest("base64");
    if (before?.tokens.includes(digest) === true) return;
    const tokens = [...(before?.tokens ?? []), digest].slice(-tokensMax);
    this.#tries.delete(from);
    this.#tries.set(from, { ...afterWrong(before, this.#clock.monotonic()), tokens });
    const [oldest] = this.#tries.keys();
    if (this.#tries.size > this.#addressesMax && oldest !== undefined) this.#tries.delete(oldest);
  }
}

/** Whom a request comes from; of IPv6 the network of 64 bits that one household has. Only declared proxies are believed about whom they pass on. */
export function addressOf(
  { trustedProxies = [] }: Pick<ServerOptions, "trustedProxies">,
  request: Request,
  remoteAddress: string | undefined,
): string | undefined {
  const forwarded = request.headers.get("x-forwarded-for") ?? undefined;
  const address = clientAddress(remoteAddress, forwarded, trustedProxies);
  return address === undefined ? undefined : networkOf(address);
}

/** In whole seconds, as a header says it. */
export function tooManyTries(waitMs: number): Problem {
  const seconds = Math.ceil(waitMs / 1_000);
  const message = "Too many wrong tokens came from this address.";
  const hint = `Come again in ${seconds} ${seconds === 1 ? "second" : "seconds"}, with the right one.`;
  return problem(429, "too-many-tries", message, hint, { headers: { "retry-after": String(seconds) } });
}
