import { didYouMean } from "../model/did-you-mean.ts";
import { checkOptions, checkZone, type Declared, refuse, shown } from "../model/options.ts";
import { type Channel, checkAddress, type EmailChannel } from "./channel.ts";

/** The report that is mailed by itself. */
export interface ReportOptions {
  /** To whom. */
  mail: string | readonly string[];
  /** When: a day of the week and a time (`"monday 08:00"`, the default), or `"daily 07:30"`. It is about the week, or the day, up to then. */
  every?: string;
  /** Of `every`; `"UTC"` by default. */
  zone?: string;
  /** The mail server, as `email(…)`; by default the first one among `alerts`. */
  by?: Channel;
}

/** The same, checked. */
export interface MailedReport {
  readonly by: EmailChannel;
  readonly to: readonly string[];
  /** As cron has it: minute, hour, any day, any month, day of the week. */
  readonly cron: string;
  readonly zone: string;
}

const known = { mail: true, every: true, zone: true, by: true } satisfies Record<keyof ReportOptions, true>;
const days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;
const hint = 'Such as "monday 08:00" or "daily 07:30".';

/**
 * What a configuration says of the report.
 *
 * @throws {WaybillError} `bad-configuration` when a time or an address is none, or there is no mail server.
 */
export function mailedReport(thing: Declared, options: ReportOptions, alerts: readonly Channel[] = []): MailedReport {
  checkOptions(thing, options, known, "report");
  const { mail, every = "monday 08:00", zone = "UTC" } = options;
  const to = typeof mail === "string" ? [mail] : mail;
  if (!Array.isArray(to) || to.length === 0)
    refuse(thing, `report.mail is ${shown(mail)}, and an address is expected.`, 'Such as mail: "ops@example.com".');
  for (const one of to) checkAddress(thing, "report.mail", one);
  checkZone(thing, "report.zone", zone);
  const by = options.by ?? alerts.find(({ kind }) => kind === "email");
  if (by === undefined)
    refuse(
      thing,
      "report.mail names somebody, and there is no mail server.",
      'Have email(…) among alerts, or give report.by: email(secret("SMTP_URL"), { from: "…", to: ["…"] }).',
    );
  if (by?.kind !== "email") refuse(thing, "report.by is no e-mail.", "Make it with email(…).");
  return Object.freeze({ by, to, cron: cronOf(thing, every), zone });
}

function cronOf(thing: Declared, every: unknown): string {
  const match = /^([a-z]+) ([01]?\d|2[0-3]):([0-5]\d)$/i.exec(String(every));
  if (match === null) refuse(thing, `report.every is ${shown(every)}, which cannot be read.`, hint);
  const [, day = "", hours, minutes] = match;
  const at = days.indexOf(day.toLowerCase() as (typeof days)[number]);
  if (at < 0 && day.toLowerCase() !== "daily")
    refuse(thing, `report.every names "${day}", which is no day.`, didYouMean(day, [...days, "daily"], "days"));
  return `${Number(minutes)} ${Number(hours)} * * ${at < 0 ? "*" : at}`;
}
