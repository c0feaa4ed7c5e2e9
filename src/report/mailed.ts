import { Cron } from "croner";
import type { Integration } from "../define/definition.ts";
import { natural } from "../define/idempotency.ts";
import { internalIntegration, internalSystem } from "../define/internal.ts";
import { changeByPerform } from "../define/perform-change.ts";
import type { MailedReport } from "../define/report.ts";
import { isSecret } from "../define/secret.ts";
import { later, permanent } from "../define/verdict.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { said } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import type { Secrets } from "../systems/secrets.ts";
import type { Clock } from "../world/clock.ts";
import { createMailer, MailError } from "../world/mail.ts";
import { mailOf } from "./mail.ts";
import { type ReportParts, reportOf } from "./make.ts";
import { periodFrom } from "./period.ts";
import type { Report } from "./report.ts";

// The report that is mailed by itself. Its times come from a schedule, and each is a record of an integration of ours, named by its time: so it outlives a
// crash, is tried again, and goes out once, however often a process begins. One that was missed because nothing ran goes out when something runs again.

const lookEveryMs = 60_000;
const soonMs = 500;
const retry = { giveUpAfterMs: 86_400_000, firstMs: 5_000, longestMs: 600_000 };
/** A mail server that says "later" mostly means minutes (RFC 6647, 4.1). */
const busyMs = 60_000;
/** What was watched in the last weeks tells that a ledger is not new. */
const rememberedMs = 35 * 86_400_000;

interface Due {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The last time that a report was due, and the one before it. */
export function lastDue({ cron, zone }: Pick<MailedReport, "cron" | "zone">, nowMs: number): Due {
  const schedule = new Cron(cron, { timezone: zone, paused: true });
  const [last, before] = schedule.previousRuns(2, new Date(nowMs + 1_000));
  return { fromMs: before?.getTime() ?? nowMs, untilMs: last?.getTime() ?? nowMs };
}

/** Makes a report of a time, and mails it; rejects with what says whether another try can help. */
export type MailReport = (due: Due, signal: AbortSignal) => Promise<void>;

/** Why it cannot be mailed; undefined when it can. */
export function lacksServer({ by }: MailedReport, secrets: Pick<Secrets, "optional">): string | undefined {
  if (!isSecret(by.url)) return undefined;
  try {
    return secrets.optional(by.url.name) === undefined ? `the secret ${by.url.name} is not set` : undefined;
  } catch (error) {
    return said(error);
  }
}

/** Mails a report once. @throws {MailError} what became of it otherwise. */
export async function sendReport(
  { by, to }: MailedReport,
  report: Report,
  secrets: Pick<Secrets, "value">,
  signal: AbortSignal,
): Promise<void> {
  const url = isSecret(by.url) ? secrets.value(by.url.name) : by.url;
  await createMailer(url).send(mailOf(report, { from: by.from, to }), signal);
}

/** What mails reports by the server of a configuration. */
export function reportMailer(
  mailed: MailedReport,
  parts: ReportParts & { readonly secrets: Pick<Secrets, "value">; readonly clock: Pick<Clock, "now"> },
): MailReport {
  return async ({ fromMs, untilMs }, signal) => {
    const report = await reportOf(parts, periodFrom(fromMs, untilMs), {}, parts.clock.now());
    try {
      await sendReport(mailed, report, parts.secrets, signal);
    } catch (error) {
      if (!(error instanceof MailError)) throw error;
      if (error.kind === "refused") throw permanent(error.message);
      if (error.kind === "busy") throw later(`${busyMs}ms`, error.message);
      // The mail has a name of its own: one that was in doubt may go out again.
      throw error;
    }
  };
}

/** The integration that mails it. */
export function reportIntegration(mail: MailReport): Integration {
  const system = internalSystem("report", { limits: [], timeoutMs: 90_000 });
  return internalIntegration("report", {
    identify: (record) => ({ id: String((record as Due).untilMs) }),
    retry,
    deliverTimeoutMs: 120_000,
    latestOnly: false,
    async deliver(record, { effect }) {
      await effect(
        "mail",
        changeByPerform(system, {
          idempotency: natural,
          request: record,
          run: ({ request, signal }) => mail(request as Due, signal),
        }),
      );
    },
  });
}

export interface Mailing {
  /** Hands a report that is due to the flow. Never rejects. */
  look(): Promise<void>;
  stop(): void;
}

/** Looks every minute whether a report is due. */
export function mailReports(
  schedule: MailedReport,
  parts: {
    readonly ledger: Pick<Ledger, "history">;
    readonly clock: Clock;
    readonly emit: Emit;
    readonly send: (due: Due) => Promise<unknown>;
  },
): Mailing {
  const { clock } = parts;
  let handedMs = Number.NEGATIVE_INFINITY;
  let cancel = (): void => undefined;
  let stopped = false;

  async function look(): Promise<void> {
    const due = lastDue(schedule, clock.now());
    if (due.untilMs <= handedMs) return;
    try {
      // A ledger that began after it was due has nothing to tell of that time.
      const before = await parts.ledger.history({ fromMs: due.untilMs - rememberedMs, untilMs: due.untilMs });
      if (before.length > 0) await parts.send(due);
      handedMs = due.untilMs;
    } catch (error) {
      parts.emit({ event: "watch.failed", what: "the report that is mailed", why: said(error) });
    }
  }

  function again(afterMs: number): void {
    if (stopped) return;
    cancel = clock.after(afterMs, () => void look().then(() => again(lookEveryMs)), { idle: true });
  }

  function stop(): void {
    stopped = true;
    cancel();
  }

  again(soonMs);
  return { look, stop };
}
