import type { HttpChange } from "../../define/request.ts";
import type { Clock } from "../../world/clock.ts";
import type { Transport, WireAnswer, WireRequest } from "../../world/transport.ts";
import { type Answered, refusal } from "../destination/answered.ts";
import { type Destination, learnShape } from "../destination/destination.ts";
import { between } from "./chance.ts";
import { bodyOf, callsOf, type EffectTag, subjectOf, tagsOf } from "./effect-tag.ts";
import { type Fate, type FateOptions, fateOf } from "./fate.ts";
import type { Account } from "./limits.ts";
import { secretIn } from "./secrets.ts";

// The network of a night, between the processes of the night and the systems that it simulates. What a request has set in motion goes on at the other side
// when the process that sent it is dead: that is what makes answers that were lost worth a simulation.

/** One process, as the network sees it. */
export interface Caller {
  readonly clock: Clock;
  /** Counts the processes of the night. */
  readonly life: number;
  /** What reaches it does so when it runs. */
  readonly back: (task: () => void) => void;
}

export interface NetworkOptions {
  /** Of the night itself: it goes on whatever process dies. */
  readonly clock: Clock;
  readonly seed: number;
  destinationOf(change: HttpChange, account: string): Pick<Destination, "handle">;
  fate(system: string): FateOptions;
  /** What arrived at a system, or left for it. */
  onSent(to: Account, request: WireRequest): void;
  onArrived(to: Account): void;
  onEnded(to: Account, how: { readonly sent: boolean; readonly what: string }): void;
  /** Something goes wrong with an exchange. */
  onFault(fault: NonNullable<Fate["fault"]>): void;
}

type Failed = Extract<WireAnswer, { readonly kind: "failed" }>;

export class Network {
  readonly #options: NetworkOptions;
  readonly #tries = new Map<string, number>();
  /** Whose effects a call carries, by its bytes. */
  readonly #gathered = new Map<string, readonly EffectTag[]>();

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  /** The way out of one process. */
  from(caller: Caller): Transport {
    return async (request) => {
      // Waybill itself asks for a token. Who it is, is no matter of a rehearsal: it gets one.
      if (request.about === undefined) return token;
      const change = request.about.change as HttpChange;
      await learnShape(change);
      return this.#exchange(request, { change, account: request.about.account }, caller);
    };
  }

  #exchange(
    request: WireRequest,
    { change, account }: { readonly change: HttpChange; readonly account: string },
    { clock, life, back }: Caller,
  ): Promise<WireAnswer> {
    const { clock: night, seed } = this.#options;
    const { system } = change;
    const to = { system, account, life };
    const tags = this.#tagsOf(request, change);
    const [tag, ...others] = tags;
    const name = tag === undefined || others.length > 0 ? `${request.method} ${request.path}` : subjectOf(tag);
    const nth = (this.#tries.get(name) ?? 0) + 1;
    this.#tries.set(name, nth);
    const fate = fateOf(change, name, nth, this.#options.fate(system.name));
    if (fate.fault !== undefined) this.#options.onFault(fate.fault);
    return new Promise((resolve) => {
      let over = false;
      let started = false;
      const settle = (answer: WireAnswer): void => {
        if (over) return;
        over = true;
        cancelDeadline();
        this.#options.onEnded(to, {
          sent: started,
          what: answer.kind === "answered" ? `${answer.status}` : answer.code,
        });
        resolve(answer);
      };
      const fail = (
        reason: Failed["reason"],
        code: string,
        message: string,
        seen?: Pick<Failed, "status" | "headers">,
      ): void => settle({ kind: "failed", sent: started ? "maybe" : "no", code, message, reason, ...seen });
      const cancelDeadline = clock.after(request.timeoutMs, () =>
        fail("timeout", "TIMEOUT", `no answer came within ${request.timeoutMs} ms`),
      );
      request.signal?.addEventListener("abort", () => fail("aborted", "ABORTED", "it was stopped from this side"), {
        once: true,
      });
      clock.after(fate.connectMs, () => {
        if (over) return;
        if (fate.fault === "refused" || (fate.fault === "outage" && nth % 2 === 0))
          return fail("connection", "ECONNREFUSED", `connect ECONNREFUSED ${request.origin}`);
        try {
          request.beforeSend?.();
        } catch (thrown) {
          return fail("revoked", "REVOKED", String(thrown));
        }
        started = true;
        this.#options.onSent(to, request);
        const lostAtOnce = fate.fault === "reset-before" || fate.fault === "late-arrival";
        if (lostAtOnce) clock.after(fate.backMs, () => fail("connection", "ECONNRESET", "the connection was reset"));
        if (fate.fault === "reset-before" || fate.fault === "timeout-before") return;
        night.after(fate.wayMs, () => {
          // What comes in after its call has ended, nobody can hold against a limit: this side has stopped counting it.
          if (fate.fault !== "late-arrival") this.#options.onArrived(to);
          const destination = this.#options.destinationOf(change, account);
          const answer = this.#answerOf(() => destination.handle(request, night.monotonic(), tags), {
            request,
            fate,
            name: `${name} ${nth}`,
          });
          const backMs = fate.fault === "timeout-after" ? request.timeoutMs + fate.backMs : fate.backMs;
          night.after(backMs, () => back(() => bring(answer)));
        });
      });
      function bring(answer: Answered): void {
        const seen = { status: answer.status, headers: answer.headers };
        if (fate.fault === "reset-after" || fate.fault === "late-arrival")
          return fail("connection", "ECONNRESET", "the connection was reset");
        if (fate.fault === "truncated") return fail("connection", "UND_ERR_SOCKET", "the answer broke off", seen);
        const body =
          fate.fault === "wrong-body" ? wrongBodies[between(0, wrongBodies.length - 1, seed, name, nth)] : answer.body;
        settle({ kind: "answered", ...seen, body: Buffer.from(body ?? "") });
      }
    });
  }

  /**
   * A call for several records is repeated byte for byte, and by one of them alone: whose it is, was said when it was first sent, or when it was made by a
   * process that died before it could send it.
   */
  #tagsOf({ method, path, headers, body }: WireRequest, change: HttpChange): readonly EffectTag[] {
    const tags = tagsOf(change);
    const calls = callsOf(change);
    if (calls === undefined) return tags;
    const made = String(body ?? "") === bodyOf(change) ? tags : calls.get(String(body ?? ""));
    const bytes = JSON.stringify([method, path, headers, body]);
    const first = this.#gathered.get(bytes) ?? made ?? tags;
    this.#gathered.set(bytes, first);
    return first;
  }

  #answerOf(
    handled: () => Answered,
    { request, fate, name }: { readonly request: WireRequest; readonly fate: Fate; readonly name: string },
  ): Answered {
    const { seed, clock } = this.#options;
    switch (fate.fault) {
      case "error-before":
      case "outage":
        return refusal(troubleOf(seed, name), "something went wrong");
      case "rejected":
        return refusal(422, "it is not wanted");
      case "limited":
        return limited(seed, name, clock.now());
      case "expired-token":
        // Some repeat to whom they do not know what they do not know.
        return refusal(401, `the token has expired: ${secretIn(request.headers) ?? "there is none"}`);
      case "error-after":
        return { ...refusal(troubleOf(seed, name), "something went wrong at the end"), applied: handled().applied };
      default:
        return handled();
    }
  }
}

/** The system itself says that it failed, or whatever stands in front of it does. */
const troubles = [500, 502, 503, 504] as const;
const troubleOf = (seed: number, name: string): number => troubles[between(0, 3, seed, "which", name)] ?? 500;

const token: WireAnswer = {
  kind: "answered",
  status: 200,
  headers: { "content-type": "application/json" },
  body: Buffer.from(JSON.stringify({ access_token: "of-a-rehearsal", token_type: "bearer", expires_in: 3_600 })),
};

const wrongBodies = ["<html><body>Bad gateway</body></html>", "", "{", "null", '"ok"'] as const;

/** As different APIs say it (docs of GitHub, Stripe, Shopify and others; see rate-headers.ts). */
function limited(seed: number, name: string, nowMs: number): Answered {
  const seconds = between(1, 90, seed, "stop", name);
  const dialects: readonly Readonly<Record<string, string>>[] = [
    {},
    { "retry-after": String(seconds) },
    { "retry-after": new Date(nowMs + seconds * 1_000).toUTCString() },
    {
      "x-ratelimit-limit": "60",
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": String(Math.ceil(nowMs / 1_000) + seconds),
    },
    { "ratelimit-limit": "60", "ratelimit-remaining": "0", "ratelimit-reset": String(seconds) },
    { "retry-after": "soon" },
  ];
  return refusal(429, "too many requests", dialects[between(0, dialects.length - 1, seed, "dialect", name)]);
}
