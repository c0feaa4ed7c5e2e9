import type { SystemDefinition } from "../define/system.ts";
import type { Outcome } from "../model/outcome.ts";

// Whether a system is worth asking. While it is down, records wait without using up attempts, and one at a time finds out whether it is back.
//
//   closed ──enough failures, or refused credentials──▶ open ──time over──▶ probing ──ok──▶ recovering ──enough ok──▶ closed
//                                                         ▲                    │                │
//                                                         └──── twice as long ─┴──── failure ───┘
//
// Only times and outcomes go in and only decisions come out; waiting and telling is the gate's work. Times are monotonic milliseconds.

/** What one outcome says about a system. `neither`: nothing, such as a 429, or a request that ended from our side. */
export type Sign = "well" | "ill" | "unauthorized" | "neither";

export function signOf(outcome: Outcome, own: boolean): Sign {
  if (own) return "neither";
  switch (outcome.name) {
    case "done":
    case "pending":
    case "failed-permanent":
      return "well";
    case "limited":
      return "neither";
    case "unauthorized":
      return "unauthorized";
    case "in-doubt":
      // It answered, and said what is the matter with this one key.
      return outcome.keyInFlight === true || outcome.replayedFailure === true ? "neither" : "ill";
    case "failed-retryable":
    case "unavailable":
      return "ill";
  }
}

export type Options = NonNullable<SystemDefinition["breaker"]>;

export type BreakerState =
  | { readonly name: "closed" }
  | { readonly name: "open"; readonly untilMs: number; readonly openMs: number; readonly probed: string | undefined }
  | { readonly name: "probing"; readonly sinceMs: number; readonly openMs: number; readonly probed: string }
  /** `atOnce` may be under way; it doubles whenever that many went well. */
  | {
      readonly name: "recovering";
      readonly openMs: number;
      readonly atOnce: number;
      readonly well: number;
      /** Records that failed: one that always fails is no outage. */
      readonly ill: ReadonlySet<string>;
    };

export type Decision = "pass" | "probe" | { readonly untilMs: number };

const openMsMax = 300_000;
const atOnceFirst = 2;
/** From here on it is as good as closed. */
const atOnceLast = 128;
const recentMin = 40;
const recentMs = 60_000;

export class Breaker {
  readonly #options: Options;
  readonly #probeMsMax: number;
  #state: BreakerState = { name: "closed" };
  #recent: Recent;
  #era = 0;
  #recoveredEra = 0;

  /** @param probeMsMax after this a probe is given up for lost, and another one may go. */
  constructor(options: Options, probeMsMax: number) {
    this.#options = options;
    this.#probeMsMax = probeMsMax;
    this.#recent = new Recent(options.volume);
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Grows when it opens and when it recovers: what was sent in an earlier era says nothing about this one. */
  get era(): number {
    return this.#era;
  }

  /** How many may be under way. */
  get atOnceMax(): number {
    return this.#state.name === "recovering" ? this.#state.atOnce : Number.POSITIVE_INFINITY;
  }

  /** Nobody is let in but probes. */
  get isShut(): boolean {
    const { name } = this.#state;
    return name === "open" || name === "probing";
  }

  /** It is down, and nothing has gone well since that era. */
  isDownSince(era: number): boolean {
    return this.isShut && this.#recoveredEra <= era;
  }

  /** It was open when a process before this one ended, or is in another one. Answers whether it was not yet here. Whoever probes finds out by itself. */
  restore(untilMs: number, openMs: number): boolean {
    if (this.#state.name === "probing") return false;
    if (this.#state.name === "open") {
      this.#state = { ...this.#state, untilMs, openMs };
      return false;
    }
    this.#state = { name: "open", untilMs, openMs, probed: undefined };
    this.#era += 1;
    return true;
  }

  /** Another process has found out that it is back. Answers whether it was open here. */
  recover(): boolean {
    if (this.#state.name !== "open") return false;
    this.#recover(this.#state.openMs);
    return true;
  }

  #recover(openMs: number): void {
    this.#state = { name: "recovering", openMs, atOnce: atOnceFirst, well: 0, ill: none };
    this.#era += 1;
    this.#recoveredEra = this.#era;
  }

  /** @param person a person asks, and does not wait for the time to be over. */
  ask(nowMs: number, person = false): Decision {
    const state = this.#state;
    switch (state.name) {
      case "closed":
      case "recovering":
        return "pass";
      case "open":
        return person || nowMs >= state.untilMs ? "probe" : { untilMs: state.untilMs };
      case "probing":
        return nowMs - state.sinceMs > this.#probeMsMax ? "probe" : { untilMs: nowMs + Math.min(1_000, state.openMs) };
    }
  }

  /** What made it open is put right: the next one that asks may find out. */
  hurry(nowMs: number): void {
    if (this.#state.name === "open") this.#state = { ...this.#state, untilMs: Math.min(nowMs, this.#state.untilMs) };
  }

  /** A probe goes out for this record. */
  probe(nowMs: number, record: string): void {
    const openMs =
      this.#state.name === "open" || this.#state.name === "probing" ? this.#state.openMs : this.#options.openMs;
    this.#state = { name: "probing", sinceMs: nowMs, openMs, probed: record };
  }

  /** One request has ended. What was granted in an earlier era says nothing about this one. */
  note(nowMs: number, record: string, sign: Sign, wasProbe: boolean, era: number): void {
    const state = this.#state;
    if (era !== this.#era) return;
    switch (state.name) {
      case "closed":
        this.#noteClosed(nowMs, record, sign);
        return;
      case "open":
        return;
      case "probing":
        if (wasProbe && record === state.probed) this.#probed(nowMs, state.openMs, record, sign);
        return;
      case "recovering":
        this.#recovered(nowMs, state, record, sign);
    }
  }

  #noteClosed(nowMs: number, record: string, sign: Sign): void {
    if (sign === "neither") return;
    if (sign !== "unauthorized") this.#recent.add(nowMs, record, sign === "ill");
    const opens = sign === "unauthorized" || (sign === "ill" && this.#recent.isIll(nowMs, this.#options));
    if (opens) this.#open(nowMs, this.#options.openMs, undefined);
  }

  #probed(nowMs: number, openMs: number, record: string, sign: Sign): void {
    if (sign === "well") {
      this.#recover(openMs);
    } else if (sign === "neither") {
      // It found out nothing: the next one may try at once.
      this.#state = { name: "open", untilMs: nowMs, openMs, probed: record };
    } else {
      this.#open(nowMs, Math.min(openMs * 2, openMsMax), record);
    }
  }

  #recovered(nowMs: number, state: Extract<BreakerState, { name: "recovering" }>, record: string, sign: Sign): void {
    if (sign === "neither") return;
    const well = state.well + (sign === "well" ? 1 : 0);
    const ill = sign === "ill" ? new Set([...state.ill, record]) : state.ill;
    const { share, volume } = this.#options;
    // The probe that began this counts as one that went well.
    const isIll = ill.size >= Math.min(2, volume) && ill.size / (well + ill.size + 1) >= share;
    if (sign === "unauthorized" || isIll) {
      this.#open(nowMs, Math.min(state.openMs * 2, openMsMax), undefined);
    } else if (well < state.atOnce) {
      this.#state = { ...state, well, ill };
    } else if (state.atOnce < atOnceLast) {
      this.#state = { ...state, atOnce: state.atOnce * 2, well: 0, ill: none };
    } else {
      this.#state = { name: "closed" };
      this.#recent = new Recent(volume);
    }
  }

  #open(nowMs: number, openMs: number, probed: string | undefined): void {
    this.#state = { name: "open", untilMs: nowMs + openMs, openMs, probed };
    this.#recent = new Recent(this.#options.volume);
    this.#era += 1;
  }
}

const none: ReadonlySet<string> = new Set();

/** The last outcomes, by record: one record that fails over and over says less than many that fail once. */
class Recent {
  readonly #max: number;
  readonly #atMs: Float64Array;
  readonly #ill: Uint8Array;
  readonly #records: string[] = [];
  #next = 0;

  /** @param volume so many records have to fit, also when some come several times. */
  constructor(volume: number) {
    this.#max = Math.max(recentMin, volume * 2);
    this.#atMs = new Float64Array(this.#max);
    this.#ill = new Uint8Array(this.#max);
  }

  add(nowMs: number, record: string, ill: boolean): void {
    this.#atMs[this.#next] = nowMs;
    this.#ill[this.#next] = ill ? 1 : 0;
    this.#records[this.#next] = record;
    this.#next = (this.#next + 1) % this.#max;
  }

  isIll(nowMs: number, { share, volume }: Options): boolean {
    const latest = new Map<string, boolean>();
    for (let age = this.#max; age > 0; age--) {
      const at = (this.#next + this.#max - age) % this.#max;
      const record = this.#records[at];
      if (record === undefined || nowMs - (this.#atMs[at] ?? 0) > recentMs) continue;
      latest.set(record, this.#ill[at] === 1);
    }
    let ill = 0;
    for (const failed of latest.values()) if (failed) ill += 1;
    return latest.size >= volume && ill / latest.size >= share;
  }
}
