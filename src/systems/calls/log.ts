import type { CallsKept } from "../../define/calls.ts";
import type { SystemDefinition } from "../../define/system-definition.ts";
import type { CallEntry, CallSide, Ledger } from "../../ledger/ledger.ts";
import { WaybillError } from "../../model/errors.ts";
import type { Outcome, OutcomeName } from "../../model/outcome.ts";
import type { Clock } from "../../world/clock.ts";
import type { WireAnswer } from "../../world/transport.ts";
import type { CallOf, StoredRequest } from "../port.ts";
import type { Wire } from "../wire.ts";
import {
  isBinary,
  type Redact,
  shownBody,
  shownHeaders,
  shownRequest,
  shownText,
  shownUrl,
  storedBody,
} from "./shown.ts";

// The log of calls is for people: it may cost next to nothing, and it proves nothing. So it keeps what went wrong or slowly, and of what went well the
// first calls of each minute; all others are counted. What is kept waits in memory for at most a second and joins a commit: a process that is killed
// loses that second of the log, and nothing else.

export interface CallLogOptions {
  readonly ledger: Pick<Ledger, "logCalls">;
  readonly clock: Clock;
  readonly redact: Redact;
  readonly kept: CallsKept;
}

/** One call, as the systems have it in hand when it is over. */
export interface CallNoted {
  readonly of: CallOf | undefined;
  readonly system: SystemDefinition;
  readonly tenant: string;
  readonly stored: StoredRequest;
  readonly attempt: number;
  readonly outcome: Outcome;
  /** Undefined where code of the user's own made the call, or nothing left. */
  readonly wire: Wire | undefined;
  readonly happened: WireAnswer | undefined;
}

/** A request for a token: never its bodies. */
export interface TokenNoted {
  readonly system: string;
  readonly tenant: string;
  readonly url: string;
  readonly durationMs: number;
  readonly outcome: OutcomeName;
  readonly status: number | undefined;
  readonly why: string | undefined;
  readonly requestBytes: number;
  readonly answerBytes: number | undefined;
}

/** Of each system, integration and kind, in each minute: so many that went well and so many that did not are kept. */
const wellPerMinute = 60;
const failedPerMinute = 600;
/** What takes longer is kept like what failed. */
const slowMs = 2_000;
const minuteMs = 60_000;
const flushEveryMs = 1_000;
const flushAt = 256;
const waitingMax = 2_000;
/** A system has a handful of integrations; whoever invents thousands of kinds gets counts. */
const kindsMax = 5_000;

export class CallLog {
  readonly #options: CallLogOptions;
  #waiting: CallEntry[] = [];
  #counts = new Map<string, Map<OutcomeName, number>>();
  #seen = new Map<string, number>();
  #minute = Number.NEGATIVE_INFINITY;
  #pausing = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: CallLogOptions) {
    this.#options = options;
  }

  /** Notes one call. Never throws, never waits. */
  note(noted: CallNoted): void {
    const { of, system, outcome } = noted;
    const kind = `${system.name}\n${of?.integration ?? ""}\n${of?.kind ?? ""}`;
    this.#take(system.name, kind, outcome.name, outcome.durationMs, () => this.#entryOf(noted));
  }

  noteToken(noted: TokenNoted): void {
    const { system, outcome, durationMs } = noted;
    this.#take(system, `${system}\n\ntoken`, outcome, durationMs, () => this.#tokenEntry(noted));
  }

  /** Writes what waits, and resolves when it is durable or given up. */
  flush(): Promise<void> {
    if (this.#waiting.length === 0 && this.#counts.size === 0) return this.#writing;
    const entries = this.#waiting;
    const counts = [...this.#counts].flatMap(([system, of]) =>
      [...of].map(([outcome, count]) => ({ system, outcome, count })),
    );
    this.#waiting = [];
    this.#counts = new Map();
    const { ledger, clock, kept } = this.#options;
    const write = { atMs: clock.now(), entries, counts, bytesMax: kept.bytesMax };
    this.#writing = this.#writing
      .then(() => ledger.logCalls(write))
      .catch((error: unknown) => {
        // A ledger that fails now may take the numbers later; one that is closed will not.
        if (error instanceof WaybillError && error.code === "ledger-closed") return;
        for (const { system, outcome, count } of counts) this.#count(system, outcome, count);
        for (const { system, outcome } of entries) this.#count(system, outcome, 1);
        this.#soon();
      });
    return this.#writing;
  }

  #take(system: string, kind: string, outcome: OutcomeName, durationMs: number, entry: () => CallEntry): void {
    try {
      if (this.#waiting.length < waitingMax && this.#keeps(kind, outcome, durationMs)) this.#waiting.push(entry());
      else this.#count(system, outcome, 1);
    } catch {
      // What cannot be shown is counted: a log must not stop what it tells of.
      this.#count(system, outcome, 1);
    }
    if (this.#waiting.length === flushAt) void this.flush();
    else this.#soon();
  }

  #keeps(kind: string, outcome: OutcomeName, durationMs: number): boolean {
    const { which } = this.#options.kept;
    if (which === "all") return true;
    const well = outcome === "done" && durationMs < slowMs;
    if (well && which === "failed") return false;
    const nowMs = this.#options.clock.monotonic();
    if (nowMs - this.#minute >= minuteMs) {
      this.#minute = nowMs;
      this.#seen.clear();
    }
    const name = well ? kind : `${kind}!`;
    const seen = this.#seen.get(name) ?? 0;
    if (seen >= (well ? wellPerMinute : failedPerMinute)) return false;
    if (seen === 0 && this.#seen.size >= kindsMax) return false;
    this.#seen.set(name, seen + 1);
    return true;
  }

  #count(system: string, outcome: OutcomeName, by: number): void {
    let of = this.#counts.get(system);
    if (of === undefined) {
      of = new Map();
      this.#counts.set(system, of);
    }
    of.set(outcome, (of.get(outcome) ?? 0) + by);
  }

  #soon(): void {
    if (this.#pausing) return;
    this.#pausing = true;
    const due = (): void => {
      this.#pausing = false;
      void this.flush();
    };
    this.#options.clock.after(flushEveryMs, due, { idle: true });
  }

  #entryOf({ of, system, tenant, stored, attempt, outcome, wire, happened }: CallNoted): CallEntry {
    const { redact, clock, kept } = this.#options;
    const { durationMs } = outcome;
    const why = outcome.name === "done" ? outcome.unexpected : outcome.why;
    const ofParts = (stored.parts ?? []).map((part) => part.split(" ", 1)[0] as string);
    return {
      atMs: Math.round(clock.now() - durationMs),
      durationMs,
      kind: of?.kind ?? "read",
      what: shownText(of?.what ?? "", redact).slice(0, 200),
      system: system.name,
      tenant,
      integration: of?.integration ?? "",
      records: [...new Set([...(of?.records ?? []), ...ofParts])],
      attempt: Math.max(1, attempt),
      method: stored.method,
      url: wire === undefined ? "" : shownUrl(wire, stored, system, redact),
      outcome: outcome.name,
      status: outcome.answer?.status,
      why: why === undefined ? undefined : shownText(why, redact),
      request: wire === undefined ? this.#ownRequest(stored) : shownRequest(wire, stored, kept.bodyBytesMax, redact),
      answer: happened === undefined ? this.#ownAnswer(outcome) : this.#answerOf(happened, outcome),
    };
  }

  /** What code of the user's own was given, and what it gave back. */
  #ownRequest({ body }: StoredRequest): CallSide {
    const { redact, kept } = this.#options;
    const shown = body === undefined ? undefined : storedBody(body, kept.bodyBytesMax, redact);
    return { headers: {}, body: shown, bytes: body === undefined ? 0 : Buffer.byteLength(body.text) };
  }

  #ownAnswer(outcome: Outcome): CallSide | undefined {
    if (outcome.name !== "done") return undefined;
    const text =
      JSON.stringify(outcome.value, (_, part: unknown) => (typeof part === "bigint" ? `${part}` : part)) ?? "";
    const { redact, kept } = this.#options;
    return { headers: {}, body: shownBody(text, kept.bodyBytesMax, redact), bytes: Buffer.byteLength(text) };
  }

  #answerOf(happened: WireAnswer, { answer }: Outcome): CallSide | undefined {
    const { redact, kept } = this.#options;
    if (happened.kind === "failed") {
      if (happened.status === undefined) return undefined;
      return { headers: shownHeaders(happened.headers ?? {}, redact), body: undefined, bytes: 0 };
    }
    const bytes = happened.body.byteLength;
    const text = answer?.text;
    const headers = shownHeaders(happened.headers, redact);
    if (bytes === 0) return { headers, body: undefined, bytes };
    const binary = text === undefined || isBinary(text);
    return { headers, body: binary ? `(binary, ${bytes} bytes)` : shownBody(text, kept.bodyBytesMax, redact), bytes };
  }

  #tokenEntry(noted: TokenNoted): CallEntry {
    const { redact, clock } = this.#options;
    const { system, tenant, url, durationMs, outcome, status, why, requestBytes, answerBytes } = noted;
    return {
      atMs: Math.round(clock.now() - durationMs),
      durationMs,
      kind: "token",
      what: "token",
      system,
      tenant,
      integration: "",
      records: [],
      attempt: 1,
      method: "POST",
      url: shownText(url, redact),
      outcome,
      status,
      why: why === undefined ? undefined : shownText(why, redact),
      request: { headers: {}, body: undefined, bytes: requestBytes },
      answer: answerBytes === undefined ? undefined : { headers: {}, body: undefined, bytes: answerBytes },
    };
  }
}
