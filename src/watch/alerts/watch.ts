import type { AlertRow, Ledger } from "../../ledger/ledger.ts";
import type { Finding, RuleName } from "../../model/alert.ts";
import { said, WaybillError } from "../../model/errors.ts";
import type { Emit, WaybillEvent } from "../../model/events.ts";
import type { Clock } from "../../world/clock.ts";
import type { Observation } from "../rules/observation.ts";
import type { Rule } from "../rules/rule.ts";
import { differences, reopensForMs } from "./differences.ts";
import { markTold, type Tell, type Telling } from "./telling.ts";
import { unwritable } from "./unwritable.ts";
import { alertView } from "./view.ts";

// The loop that looks. It runs in each process that owns the ledger. The one that is steward looks, asks every rule, compares with the alerts that are
// stored, writes what differs, and hands on what is news; where there are others, they hand on to it what they see themselves. Nothing that fails in here
// reaches the delivery of records.

/** Between two looks. */
const everyMs = 10_000;
/** After an urgent event; several together are one look. */
const soonMs = 250;
/** Resolved alerts are kept so long. */
const keptMs = 90 * 86_400_000;

export interface WatchParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly rules: readonly Rule[];
  /** Whether a rule is on for an integration; null for those that are about none. */
  readonly isOn: (rule: RuleName, integration: string | null) => boolean;
  readonly observe: () => Promise<Observation>;
  /** Another one asks the rules, for all: hands on what this process sees. */
  readonly aside: () => Promise<void>;
  /** Hands news on. */
  readonly tell: Tell;
  /** Tells as well as it can, while nothing can be stored. */
  readonly tellDirectly: Tell;
  readonly redact: (text: string) => string;
  /** Where people reach the server. */
  readonly baseUrl: () => string | undefined;
}

export interface Watch {
  /** Looks now, and resolves when what was seen is stored and handed on. Never rejects. */
  look(): Promise<void>;
  /** Every event passes here: what is urgent is looked at at once. */
  notice(event: WaybillEvent): void;
  start(): void;
  stop(): Promise<void>;
}

/** Events after which nobody should wait for the next look. */
const urgent: ReadonlySet<WaybillEvent["event"]> = new Set([
  "system.opened",
  "system.unauthorized",
  "system.authorized",
  "ledger.failed",
  "ledger.recovered",
  "file.stopped",
  "paused",
  "resumed",
] as const);

const unwritableCodes: ReadonlySet<string> = new Set(["ledger-full", "ledger-failed"]);

export function createWatch(parts: WatchParts): Watch {
  const { ledger, clock, emit } = parts;
  let stopped = false;
  let started = false;
  let looking: Promise<void> | undefined;
  let again = false;
  /** Whether it was this one that asked the rules, when it could be known last. */
  let asks = false;
  let cancel = (): void => {};
  let dueMs = Number.POSITIVE_INFINITY;

  function findings(seen: Observation): { readonly found: readonly Finding[]; readonly unknown: ReadonlySet<string> } {
    const found: Finding[] = [];
    const unknown = new Set<string>();
    for (const rule of parts.rules) {
      try {
        found.push(...rule.find(seen).filter(({ integration }) => parts.isOn(rule.name, integration)));
      } catch (error) {
        unknown.add(rule.name);
        emit({ event: "watch.failed", what: `the rule "${rule.name}"`, why: said(error) });
      }
    }
    return { found, unknown };
  }

  const failure = unwritable();

  /** Nothing can be stored: it is told directly, as well as can be. */
  async function tellUnwritable(why: string): Promise<void> {
    const row = failure.failed(ledger.facts.address, why, clock.now());
    if (row === undefined || !parts.isOn("ledger", null)) return;
    const tellings = tellingsOf([row]);
    for (const { alert, news } of tellings) emit({ event: "alert", news, ...alert });
    await parts.tellDirectly(tellings).catch(() => undefined);
  }

  async function lookOnce(): Promise<void> {
    if (!ledger.isSteward()) return await lookAside();
    asks = true;
    const seen = await parts.observe();
    const wasUnwritable = await putOver(seen.nowMs);
    const { found, unknown } = findings(seen);
    const { nowMs } = seen;
    const stored = await ledger.alerts({ resolvedSinceMs: nowMs - reopensForMs });
    const changes = differences(stored, found, nowMs, unknown);
    if (changes.length > 0) await ledger.putAlerts(changes.map((change) => ({ ...change, atMs: nowMs })));
    await ledger.forgetAlerts(nowMs - keptMs);
    const rows =
      changes.length > 0 || wasUnwritable ? await ledger.alerts({ resolvedSinceMs: nowMs - reopensForMs }) : stored;
    await tellNews(rows, nowMs);
  }

  /** While the ledger cannot be reached nobody is steward: whoever was finds out, and tells it. */
  async function lookAside(): Promise<void> {
    if (asks) await ledger.probe();
    asks = false;
    await putOver(clock.now());
    await parts.aside();
  }

  /** That it could not be written is put down once it can; answers whether there is any of that. */
  async function putOver(nowMs: number): Promise<boolean> {
    const over = failure.back(nowMs);
    if (over === undefined || !parts.isOn("ledger", null)) return false;
    await ledger.putAlerts([{ alert: over, expected: 0, atMs: nowMs }]);
    return true;
  }

  const tellingsOf = (rows: readonly AlertRow[]): readonly Telling[] =>
    rows.flatMap((row) =>
      row.news === undefined
        ? []
        : { alert: alertView(row, parts.baseUrl(), parts.redact), news: row.news, number: row.newsNumber },
    );

  async function tellNews(rows: readonly AlertRow[], nowMs: number): Promise<void> {
    const tellings = tellingsOf(rows);
    if (tellings.length === 0) return;
    await parts.tell(tellings);
    for (const { alert, news } of tellings) emit({ event: "alert", news, ...alert });
    await markTold(ledger, tellings, nowMs);
  }

  async function look(): Promise<void> {
    do {
      again = false;
      try {
        await lookOnce();
      } catch (error) {
        if (error instanceof WaybillError && error.code === "ledger-closed") return;
        if (error instanceof WaybillError && unwritableCodes.has(error.code)) {
          if (asks) await tellUnwritable(error.message);
        } else emit({ event: "watch.failed", what: "a look", why: said(error) });
      }
    } while (again && !stopped);
  }

  function schedule(delayMs: number): void {
    const atMs = clock.monotonic() + delayMs;
    if (stopped || !started || atMs >= dueMs) return;
    cancel();
    dueMs = atMs;
    cancel = clock.after(
      delayMs,
      () => {
        dueMs = Number.POSITIVE_INFINITY;
        void watch.look().then(() => schedule(everyMs));
      },
      { idle: true },
    );
  }

  const watch: Watch = {
    look() {
      again = true;
      looking ??= look().finally(() => {
        looking = undefined;
      });
      return looking;
    },
    notice({ event }) {
      if (urgent.has(event)) schedule(soonMs);
    },
    start() {
      started = true;
      schedule(soonMs);
    },
    async stop() {
      stopped = true;
      cancel();
      await looking;
    },
  };
  return watch;
}
