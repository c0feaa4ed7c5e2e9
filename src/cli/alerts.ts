import type { Command } from "commander";
import type { Alert, AlertState, Severity } from "../model/alert.ts";
import { durationMs } from "../model/duration.ts";
import { said, WaybillError } from "../model/errors.ts";
import { type AlertsAsked, alertsAsked } from "../watch/alerts/list.ts";
import { alertOf, alertPersons, type Deed, muteMsDefault } from "../watch/alerts/persons.ts";
import { alertView } from "../watch/alerts/view.ts";
import { testMessage } from "../watch/channels/test-message.ts";
import { type Desk, type ExitCode, type GlobalOptions, run, withDesk } from "./command.ts";
import { ago, plain, print, printJson, styled, table } from "./output.ts";
import { type PersonOptions, personFrom } from "./person.ts";

/** `alerts`: what is wrong, and what persons do about it. All of it works beside a running start. */
export function addAlerts(program: Command): void {
  const alerts = program.command("alerts").description("what is wrong now, and what to do about it");
  alerts
    .command("ls", { isDefault: true })
    .description("alerts that are not over, the worst first")
    .option("--all", "those that are over too")
    .option("--rule <rule>", "only this rule, such as dead")
    .option("--severity <severity>", "only info, warning or critical")
    .option("--state <state>", "only firing, acknowledged, muted or resolved")
    .option("--integration <name>", "only this integration")
    .option("--system <name>", "only this system")
    .option("--tenant <id>", "only this tenant")
    .action((_, command) => run(command, (options) => list(options)));
  alerts
    .command("show <alert>")
    .description("one alert: what happened, samples, what to do, what persons did")
    .action((id, _, command) => run(command, (options) => show(id, options)));
  alerts
    .command("test")
    .description("send a message to every channel, and say what came of it; exit code 1 when one could not be told")
    .action((_, command) => run(command, (options) => testChannels(options)));
  personal(alerts.command("ack <alert>"))
    .description("somebody is at it: no reminders, until it gets worse or is over")
    .action((id, _, command) => run(command, (options) => act(id, "acknowledged", options)));
  personal(alerts.command("mute <alert>"))
    .description("nobody is told of it, for a while")
    .option("--for <time>", "how long: 30m, 8h, 7d (default: 8h)")
    .action((id, _, command) => run(command, (options) => act(id, "muted", options)));
  personal(alerts.command("unmute <alert>"))
    .description("take an acknowledgement or a mute back")
    .action((id, _, command) => run(command, (options) => act(id, "unmuted", options)));
}

const personal = (command: Command): Command =>
  command
    .option("--why <reason>", "why; it is kept with your name")
    .option("--actor <name>", "who (default: your user name)");

interface ActOptions extends GlobalOptions, PersonOptions {
  readonly for?: string;
}

async function views(desk: Desk): Promise<(row: Parameters<typeof alertView>[0]) => Alert> {
  const { ledger, secrets } = desk.assembly;
  const { serverUrl } = await ledger.bulletin();
  return (row) => alertView(row, serverUrl, secrets.redact);
}

function list(options: GlobalOptions & AlertsAsked): Promise<ExitCode> {
  return withDesk(options, async (desk) => {
    const rows = await alertsAsked(desk.assembly.ledger, options);
    const alerts = rows.map(await views(desk));
    if (desk.json) printJson({ alerts });
    else await printAlerts(desk, alerts);
    return 0;
  });
}

/** Every channel is told at once, past routes, quiet hours and the ledger: what is asked is whether it can be told at all. */
function testChannels(options: GlobalOptions): Promise<ExitCode> {
  return withDesk(options, async (desk) => {
    const { channels, post, secrets, world } = desk.assembly;
    const told = await Promise.all(
      channels.named.map(async ({ name, channel }) => {
        const lacks = channels.lacks(channel);
        if (lacks !== undefined) return { channel: name, told: false, why: lacks };
        // There, stdout is for one document alone.
        if (desk.json && channel.kind === "stdout") return { channel: name, told: true, why: null };
        const why = await post(channel, [testMessage(name, world.clock.now())]).then(() => undefined, said);
        return { channel: name, told: why === undefined, why: why === undefined ? null : secrets.redact(why) };
      }),
    );
    if (desk.json) printJson({ channels: told });
    else printTold(told);
    return told.every((one) => one.told) ? 0 : 1;
  });
}

function printTold(told: readonly { readonly channel: string; readonly told: boolean; readonly why: string | null }[]) {
  if (told.length === 0)
    print("No channel is declared: nobody is told of alerts. Such as config({ alerts: [slack(secret(…))] }).");
  for (const { channel, told: isTold, why } of told) {
    print(
      `${styled(isTold ? "green" : "red", isTold ? "told" : "not told")}  ${channel}${why === null ? "" : `: ${plain(why)}`}`,
    );
  }
}

const severityStyle: Readonly<Record<Severity, "red" | "yellow" | "dim">> = {
  critical: "red",
  warning: "yellow",
  info: "dim",
};
const stateStyle: Readonly<Partial<Record<AlertState, "red" | "green" | "dim">>> = {
  firing: "red",
  resolved: "green",
  muted: "dim",
};

async function printAlerts({ assembly }: Desk, alerts: readonly Alert[]): Promise<void> {
  const runs = await assembly.ledger.isOwned();
  if (alerts.length === 0) print(runs ? "Nothing is wrong." : "No alert is open.");
  else print(alertTable(alerts, assembly.world.clock.now()));
  for (const alert of alerts.filter(({ state }) => state === "firing")) {
    print("");
    printWhat(alert);
  }
  if (!runs) print(styled("dim", "Nothing runs on this ledger now, so nobody is watching: npx waybill start"));
}

function alertTable(alerts: readonly Alert[], nowMs: number): string {
  return table(alerts, [
    { title: "alert", of: ({ id }) => id },
    { title: "severity", of: ({ severity }) => severity, style: ({ severity }) => severityStyle[severity] },
    { title: "state", of: ({ state }) => state, style: ({ state }) => stateStyle[state] },
    { title: "rule", of: ({ rule }) => rule },
    { title: "of", of: ({ integration, system, tenant }) => whose(integration ?? system ?? "", tenant) },
    { title: "about", of: ({ about }) => about },
    { title: "count", of: ({ count }) => count, right: true },
    { title: "since", of: ({ since }) => ago(since, nowMs) },
  ]);
}

const whose = (name: string, tenant: string): string => (tenant === "" ? name : `${name} (${tenant})`);

function printWhat({ severity, id, message, next }: Alert): void {
  print(`${styled(severityStyle[severity], id)}  ${plain(message)}`);
  print(`  ${plain(next)}`);
}

function show(id: string, options: GlobalOptions): Promise<ExitCode> {
  return withDesk(options, async (desk) => {
    const { ledger } = desk.assembly;
    const alert = (await views(desk))(await alertOf(ledger, id));
    const deeds = await ledger.journal(id);
    const history = deeds.map(({ atMs, what, actor, why }) => ({ at: new Date(atMs).toISOString(), what, actor, why }));
    if (desk.json) printJson({ ...alert, history });
    else printOne(alert, history, desk.assembly.world.clock.now());
    return 0;
  });
}

type History = readonly {
  readonly at: string;
  readonly what: string;
  readonly actor: string;
  readonly why?: unknown;
}[];

function printOne(alert: Alert, history: History, nowMs: number): void {
  print(alertTable([alert], nowMs));
  print("");
  printWhat(alert);
  for (const record of alert.samples) print(styled("dim", `  npx waybill show ${record}`));
  if (alert.mutedUntil !== null && alert.state === "muted") print(`  It is muted until ${alert.mutedUntil}.`);
  if (alert.resolvedAt !== null) print(`  It was over ${ago(alert.resolvedAt, nowMs)}.`);
  for (const { at, what, actor, why } of history) {
    print(styled("dim", `  ${at}  ${what} by ${plain(actor)}${why === undefined ? "" : `: ${plain(String(why))}`}`));
  }
}

function act(id: string, what: Deed["what"], options: ActOptions): Promise<ExitCode> {
  return withDesk(options, async (desk) => {
    const { ledger, world } = desk.assembly;
    const deed: Deed = {
      what,
      ...personFrom(options),
      ...(what === "muted" ? { untilMs: world.clock.now() + forMs(options.for) } : {}),
    };
    const alert = (await views(desk))(await alertPersons(ledger, world.clock).act(id, deed));
    if (desk.json) printJson(alert);
    else print(`${styled("green", "✓")} ${id} is ${alert.state}${until(alert)}.`);
    return 0;
  });
}

const until = ({ state, mutedUntil }: Alert): string => (state === "muted" ? ` until ${mutedUntil}` : "");

function forMs(given: string | undefined): number {
  if (given === undefined) return muteMsDefault;
  try {
    return durationMs(given as "1h", "--for");
  } catch {
    throw new WaybillError("bad-usage", `--for is ${JSON.stringify(given)}.`, "Such as --for 30m, --for 8h, --for 7d.");
  }
}
