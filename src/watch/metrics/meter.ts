import type { Emit, WaybillEvent } from "../../model/events.ts";
import type { Clock } from "../../world/clock.ts";
import { Counter, type Family, Gauge, Histogram, type Naming } from "./family.ts";

// Metrics are one reader of the events: what happens while this process lives is counted here, in memory that is bounded whatever names come. What the
// ledger knows (books, refusals) and what the systems are like now is read at the scrape (server/metrics.ts).

const callBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const ageBounds = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400];
const waitBounds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60];

/** Counts what happens. */
export interface Meter {
  /** One event. Never throws. */
  readonly read: Emit;
  families(): Iterable<Family>;
}

function metersOf({ now }: Pick<Clock, "now">) {
  const counter = (naming: Naming): Counter => new Counter(naming, now);
  const histogram = (naming: Naming, bounds: readonly number[]): Histogram => new Histogram(naming, bounds, now);
  const names = { integration: ["integration"], system: ["system"], source: ["source"] };
  return {
    taken: counter({
      name: "waybill_records_taken_total",
      help: "Records that came, by the state they started in; duplicates have made no record.",
      open: ["integration", "source"],
      closed: ["state"],
    }),
    settled: counter({
      name: "waybill_records_settled_total",
      help: "Runs that ended a record: where it went, and why.",
      open: names.integration,
      closed: ["state", "cause"],
    }),
    retries: counter({
      name: "waybill_retries_total",
      help: "Runs that failed for now: the record is tried again.",
      open: names.integration,
    }),
    deferrals: counter({
      name: "waybill_deferrals_total",
      help: "Runs that were put off by a limit, a stop, a breaker or a pause, and cost the record no attempt.",
      open: names.integration,
    }),
    moved: counter({
      name: "waybill_records_moved_total",
      help: "Records that a person moved, by where to.",
      open: names.integration,
      closed: ["state"],
    }),
    settleSeconds: histogram(
      {
        name: "waybill_receipt_to_settlement_seconds",
        help: "From the receipt of a record to its settlement, waits and retries included.",
        open: names.integration,
        closed: ["state"],
        setsMax: 100,
      },
      ageBounds,
    ),
    attempts: counter({
      name: "waybill_attempts_total",
      help: "Requests to a system, by what they were for and what came of them.",
      open: names.system,
      closed: ["kind", "outcome"],
    }),
    effects: counter({
      name: "waybill_effect_attempts_total",
      help: "Attempts at effects, by what came of them.",
      open: ["integration", "effect"],
      closed: ["outcome"],
    }),
    callSeconds: histogram(
      {
        name: "waybill_call_duration_seconds",
        help: "How long requests to a system took, to the end of their answers.",
        open: names.system,
        setsMax: 100,
      },
      callBounds,
    ),
    intents: counter({
      name: "waybill_intents_total",
      help: "Effects that were on disk before their request left.",
      open: names.integration,
    }),
    lookups: counter({
      name: "waybill_lookups_total",
      help: "Effects in doubt that were looked up, by what was found.",
      open: names.integration,
      closed: ["found"],
    }),
    permitSeconds: histogram(
      {
        name: "waybill_permit_wait_seconds",
        help: "Waits for a limit, a stop or a breaker that ended with a permit.",
        open: names.system,
        setsMax: 100,
      },
      waitBounds,
    ),
    deferred: counter({
      name: "waybill_permits_deferred_total",
      help: "Requests that would have waited too long and come again by themselves.",
      open: names.system,
    }),
    opened: counter({
      name: "waybill_breaker_opened_total",
      help: "Times that a breaker began to keep calls away from a system.",
      open: names.system,
    }),
    stopped: counter({
      name: "waybill_system_stops_total",
      help: "Times that a system asked to be left alone.",
      open: names.system,
    }),
    pages: counter({
      name: "waybill_source_pages_total",
      help: "Pages that a poll source brought.",
      open: names.source,
    }),
    sourceRecords: counter({
      name: "waybill_source_records_total",
      help: "Records that a poll source's pages and a file source's files brought, duplicates included.",
      open: names.source,
    }),
    sourceFailures: counter({
      name: "waybill_source_failures_total",
      help: "Times that a poll or file source could not be read.",
      open: names.source,
    }),
    sourceSuccess: new Gauge({
      name: "waybill_source_last_success_timestamp_seconds",
      help: "When a poll or file source was last read to its end, in seconds since 1970.",
      open: names.source,
    }),
    intakeFailures: counter({
      name: "waybill_intake_failures_total",
      help: "Times that nothing could be taken from a source, by error code; a sender that comes again has lost nothing. Of what a webhook cannot check, one a second is counted.",
      open: ["source"],
      closed: ["code"],
    }),
    ledgerFailures: counter({
      name: "waybill_ledger_failures_total",
      help: "Times that the ledger could not be written or read.",
      open: [],
      closed: ["code"],
    }),
    serverFailures: counter({
      name: "waybill_server_failures_total",
      help: "Requests to the server that failed for no fault of whoever asked.",
      open: [],
    }),
    hung: counter({
      name: "waybill_runs_hung_total",
      help: "Runs of deliver that did not end within their deadline.",
      open: names.integration,
    }),
    watchFailures: counter({
      name: "waybill_watch_failures_total",
      help: "Times that what watches failed itself.",
      open: [],
    }),
    alertNews: counter({
      name: "waybill_alert_news_total",
      help: "What there was to tell about alerts: that one was raised, grew, was told again, or is over.",
      open: [],
      closed: ["rule", "severity", "news"],
    }),
    heartbeatFailing: new Gauge({
      name: "waybill_heartbeat_failing",
      help: "1 while whoever waits for signs of life is not reached; no line as long as that never happened.",
      open: [],
    }),
  };
}

type Meters = ReturnType<typeof metersOf>;

/**
 * Makes a meter.
 *
 * @example const meter = createMeter(clock); const emit = (event) => meter.read(event);
 */
export function createMeter(clock: Pick<Clock, "now">): Meter {
  const meters = metersOf(clock);
  beginAtZero(meters);
  return {
    read: (event) => count(meters, clock, event),
    *families() {
      for (const one of Object.values(meters)) yield one.family();
    },
  };
}

/** What has no name of a user's in it is there from the start: a series that is born with its first failure shows no increase. */
function beginAtZero({ ledgerFailures, serverFailures, watchFailures }: Meters): void {
  ledgerFailures.begin([], "ledger-failed");
  serverFailures.begin([]);
  watchFailures.begin([]);
}

function count(meters: Meters, clock: Pick<Clock, "now">, event: WaybillEvent): void {
  switch (event.event) {
    case "intake.taken":
      meters.taken.add(1, [event.integration, event.source], event.duplicate ? "duplicate" : startOf(event.state));
      break;
    case "intake.failed":
      meters.intakeFailures.add(1, [event.source], event.code);
      break;
    case "attempt":
      attempted(meters, event);
      break;
    case "source.called":
      called(meters, event);
      break;
    case "effect.intended":
      meters.intents.add(1, [event.integration]);
      break;
    case "effect.looked-up":
      meters.lookups.add(1, [event.integration], event.found);
      break;
    case "record.settled":
      settled(meters, event);
      break;
    case "record.moved":
      meters.moved.add(1, [event.integration], event.state);
      break;
    case "permit.waited":
      meters.permitSeconds.observe(event.waitedMs / 1_000, [event.system]);
      break;
    case "permit.deferred":
      meters.deferred.add(1, [event.system]);
      break;
    case "system.opened":
      meters.opened.add(1, [event.system]);
      break;
    case "system.stopped":
      meters.stopped.add(1, [event.system]);
      break;
    case "source.page":
      meters.pages.add(1, [event.source]);
      meters.sourceRecords.add(event.records, [event.source]);
      break;
    case "file.done":
      meters.sourceRecords.add(event.rows, [event.source]);
      break;
    case "source.done":
      meters.sourceSuccess.set(clock.now() / 1_000, [event.source]);
      break;
    case "source.failed":
      meters.sourceFailures.add(1, [event.source]);
      break;
    case "ledger.failed":
      meters.ledgerFailures.add(1, [], event.code);
      break;
    case "server.failed":
      meters.serverFailures.add(1, []);
      break;
    case "watch.failed":
      meters.watchFailures.add(1, []);
      break;
    case "heartbeat.failed":
    case "heartbeat.recovered":
      meters.heartbeatFailing.set(event.event === "heartbeat.failed" ? 1 : 0, []);
      break;
    case "alert":
      meters.alertNews.add(1, [], `${event.rule} ${event.severity} ${event.news}`);
      break;
    case "run.hung":
      meters.hung.add(1, [event.integration]);
      break;
  }
}

/** Whether intake claimed it in the same commit is nobody's business outside. */
function startOf(state: string): string {
  return state === "delivering" ? "waiting" : state;
}

function attempted(meters: Meters, event: Extract<WaybillEvent, { event: "attempt" }>): void {
  called(meters, event);
  if (event.kind === "effect") meters.effects.add(1, [event.integration, event.effect], event.outcome);
}

function called(meters: Meters, event: Extract<WaybillEvent, { event: "attempt" | "source.called" }>): void {
  meters.attempts.add(1, [event.system], `${event.kind} ${event.outcome}`);
  meters.callSeconds.observe(event.durationMs / 1_000, [event.system]);
}

function settled(meters: Meters, event: Extract<WaybillEvent, { event: "record.settled" }>): void {
  const { integration, state, cause } = event;
  if (state === "waiting") {
    if (cause === "retrying") meters.retries.add(1, [integration]);
    else if (cause === "deferred") meters.deferrals.add(1, [integration]);
    return;
  }
  meters.settled.add(1, [integration], `${state} ${cause ?? ""}`);
  meters.settleSeconds.observe(event.ageMs / 1_000, [integration], state);
}
