import { type Level, type Logger, pino } from "pino";
import type { Emit, WaybillEvent } from "../model/events.ts";
import { pretty } from "./pretty.ts";

// Logs are one reader of the events. They go to stderr, so that stdout stays the command's own. A success of a single record is worth a line only to
// somebody who debugs: a busy server says so by its books. No payload is ever logged.

const levels = {
  "intake.taken": "debug",
  "intake.refused": "warn",
  "intake.failed": "error",
  "source.started": "info",
  "source.page": "debug",
  "source.failed": "warn",
  attempt: "debug",
  "effect.unsteady": "warn",
  "record.settled": "debug",
  "record.moved": "info",
  "run.hung": "error",
  "run.late": "warn",
  "system.opened": "warn",
  "system.closed": "info",
  "system.stopped": "warn",
  "system.absurd": "warn",
  "ledger.failed": "error",
  "server.failed": "error",
  "ledger.recovered": "info",
  pruned: "info",
  started: "info",
  inactive: "warn",
  "code.rejected": "error",
  stopping: "info",
  stopped: "info",
} as const satisfies Record<WaybillEvent["event"], Level>;

/** What failed and what waits for a person is worth more than the usual level of its event. */
function levelOf(event: WaybillEvent): Level {
  if (event.event === "attempt" && event.outcome !== "done") return event.outcome === "in-doubt" ? "warn" : "info";
  if (event.event !== "record.settled") return levels[event.event];
  if (event.state === "dead" || event.state === "held") return "error";
  if (event.state === "quarantined") return "warn";
  return event.state === "waiting" && event.cause === "retrying" ? "info" : "debug";
}

export interface LogOptions {
  /** Lines for people instead of JSON. */
  readonly pretty?: boolean;
  /** `info` by default. */
  readonly level?: string;
  /** Replaces every known secret; applied to the whole line. */
  readonly redact: (text: string) => string;
  readonly write?: (line: string) => void;
}

/**
 * Writes events as log lines, one each: JSON by pino, or lines for people.
 *
 * @example const emit = createLog({ level: "info", redact: secrets.redact });
 */
export function createLog(options: LogOptions): Emit {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const show = options.pretty === true ? pretty : (line: string) => line;
  const destination = { write: (line: string) => write(show(options.redact(line))) };
  const log: Logger = pino(
    { level: options.level ?? "info", base: null, timestamp: pino.stdTimeFunctions.isoTime },
    destination,
  );
  return (event) => {
    const level = levelOf(event);
    if (!log.isLevelEnabled(level)) return;
    log[level](event, sentence(event));
  };
}

/** The event in words. */
function sentence(event: WaybillEvent): string {
  switch (event.event) {
    case "intake.taken":
      return `${event.integration}: ${event.duplicate ? "a duplicate of" : "took"} ${event.record} from ${event.source}`;
    case "intake.refused":
      return `${event.source}: refused${event.count === 1 ? "" : ` ${event.count} times`}: ${event.reason}: ${event.detail}`;
    case "intake.failed":
      return `${event.source}: nothing was taken: ${event.why}`;
    case "source.started":
      return `${event.source}: ${event.what}`;
    case "source.page":
      return `${event.source}: ${event.records} records${event.more ? ", and there is more" : ""}`;
    case "source.failed":
      return `${event.source} failed: ${event.why}`;
    case "attempt":
      return `${event.integration}: ${event.effect} on ${event.system}: ${event.outcome}${event.why === undefined ? "" : `: ${event.why}`}`;
    case "effect.unsteady":
      return `${event.integration}: deliver makes another request for "${event.effect}" on each run (${event.fields.join(", ")}); the stored one stands. now() and uuid(name) are fixed per record`;
    case "record.settled":
      return `${event.integration}: ${event.record} is ${event.state}${event.cause === undefined ? "" : ` (${event.cause})`}${event.reason === undefined ? "" : `: ${event.reason}`}`;
    case "record.moved":
      return `${event.record} was moved to ${event.state} by ${event.actor}${event.why === undefined ? "" : `: ${event.why}`}`;
    case "run.hung":
      return `${event.integration}: deliver did not end within ${event.afterMs} ms for ${event.record}`;
    case "run.late":
      return `${event.integration}: deliver went on after its run had ended: ${event.what} was refused for ${event.record}`;
    case "system.opened":
      return `${event.system} is left alone: ${event.why}`;
    case "system.closed":
      return `${event.system} is back`;
    case "system.stopped":
      return `${event.system} asked to be left alone: ${event.why}`;
    case "system.absurd":
      return `${event.system} answered something absurd: ${event.what}`;
    case "ledger.failed":
      return `the ledger failed: ${event.why}`;
    case "ledger.recovered":
      return "the ledger works again";
    case "server.failed":
      return `${event.method} ${event.path} failed: ${event.why}`;
    case "pruned":
      return `let go of ${event.payloads} payloads, ${event.records} records and ${event.marks} marks`;
    case "started":
      return `runs ${event.integrations.join(", ") || "no integrations"} on ${event.ledger}`;
    case "inactive":
      return `inactive: ${event.what}`;
    case "code.rejected":
      return `code of an integration left a rejected promise behind, not awaited: ${event.why}`;
    case "stopping":
      return "stopping";
    case "stopped":
      return "stopped";
  }
}
