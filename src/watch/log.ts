import { type Level, type Logger, pino } from "pino";
import { didYouMean } from "../model/did-you-mean.ts";
import { WaybillError } from "../model/errors.ts";
import type { Emit, WaybillEvent } from "../model/events.ts";
import { pretty } from "./pretty.ts";
import { sentence } from "./sentence.ts";

// Logs are one reader of the events. They go to stderr, so that stdout stays the command's own. A success of a single record is worth a line only to
// somebody who debugs: a busy server says so by its books. No payload is ever logged.

/** The usual level of each event. */
export const levels: Readonly<Record<WaybillEvent["event"], Level>> = {
  "intake.taken": "debug",
  "intake.refused": "warn",
  "intake.failed": "error",
  "source.handshake": "info",
  "source.started": "info",
  "source.page": "debug",
  "source.done": "debug",
  "source.called": "debug",
  "source.failed": "warn",
  "file.started": "info",
  "file.done": "info",
  "file.stopped": "error",
  "file.changed": "warn",
  "file.known": "info",
  "file.archived": "info",
  "file.unreadable": "warn",
  "effect.intended": "trace",
  "effect.looked-up": "info",
  "permit.waited": "debug",
  "permit.deferred": "debug",
  attempt: "debug",
  "effect.unsteady": "warn",
  "record.settled": "debug",
  "record.loaded": "debug",
  "record.moved": "info",
  "run.hung": "error",
  "run.late": "warn",
  "system.opened": "warn",
  "system.closed": "info",
  "system.stopped": "warn",
  "system.freed": "info",
  "system.probing": "info",
  "system.probed": "info",
  "system.absurd": "warn",
  "system.unauthorized": "error",
  "system.authorized": "info",
  "token.refreshed": "debug",
  "system.partial": "warn",
  "system.contradicted": "warn",
  "system.lowered": "warn",
  "system.raised": "info",
  "tenants.listed": "info",
  "tenants.failed": "error",
  alert: "warn",
  "watch.failed": "error",
  "ledger.failed": "error",
  "server.failed": "error",
  "ledger.recovered": "info",
  "worker.lost": "warn",
  paused: "warn",
  resumed: "info",
  restored: "warn",
  asked: "info",
  pruned: "info",
  started: "info",
  "heartbeat.failed": "warn",
  "heartbeat.recovered": "info",
  inactive: "warn",
  "respond.ignored": "warn",
  "code.rejected": "error",
  stopping: "info",
  stopped: "info",
};

const alertLevels = { info: "info", warning: "warn", critical: "error" } as const satisfies Record<string, Level>;

/** What failed and what waits for a person is worth more than the usual level of its event. */
function levelOf(event: WaybillEvent): Level {
  if (event.event === "intake.taken" && event.state === "quarantined" && !event.duplicate) return "warn";
  if (event.event === "attempt" && event.outcome !== "done") return event.outcome === "in-doubt" ? "warn" : "info";
  if (event.event === "alert") return alertLevels[event.news === "resolved" ? "info" : event.severity];
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
  /** Replaces every known secret. */
  readonly redact: (text: string) => string;
  readonly write?: (line: string) => void;
}

const levelNames = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];
const sentenceLengthMax = 2_000;

/**
 * Writes events as log lines, one each: JSON by pino, or lines for people. Never throws, whatever becomes of the line.
 *
 * @throws {WaybillError} `bad-configuration` when there is no such level.
 * @example const emit = createLog({ level: "info", redact: secrets.redact });
 */
export function createLog(options: LogOptions): Emit {
  const level = options.level ?? "info";
  if (!levelNames.includes(level)) {
    const hint = didYouMean(level, levelNames, "levels");
    throw new WaybillError("bad-configuration", `There is no log level "${level}".`, hint);
  }
  const write = options.write ?? toStderr();
  const show = options.pretty === true ? pretty : (line: string) => line;
  const destination = { write: (line: string) => write(show(options.redact(line))) };
  const log: Logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return (event) => {
    const level = levelOf(event);
    if (!log.isLevelEnabled(level)) return;
    try {
      const safe = redacted(event, options.redact);
      log[level](safe, shown(sentence(safe)));
    } catch {
      // A line that cannot be written must not stop what it tells of.
    }
  };
}

/** Before it becomes JSON: what is escaped twice looks like no secret any more. */
function redacted(event: WaybillEvent, redact: LogOptions["redact"]): WaybillEvent {
  const safe = (value: unknown): unknown =>
    typeof value === "string" ? redact(value) : Array.isArray(value) ? value.map(safe) : value;
  return Object.fromEntries(
    Object.entries(event).map(([name, value]) => [name, safe(value)]),
  ) as unknown as WaybillEvent;
}

/** What others wrote is in it: no character of theirs may steer a terminal. */
function shown(text: string): string {
  const short = text.length > sentenceLengthMax ? `${text.slice(0, sentenceLengthMax)}…` : text;
  return short.replace(/\s+/g, " ").replace(/\p{C}/gu, "·");
}

function toStderr(): (line: string) => void {
  // Whoever read our lines may be gone (`waybill start 2>&1 | head`); the records still have to be delivered.
  if (process.stderr.listenerCount("error") === 0) process.stderr.on("error", () => undefined);
  return (line) => void process.stderr.write(line);
}
