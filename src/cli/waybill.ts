import "../node-version.ts";
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import type { Inbox } from "../model/record.ts";
import { addAlerts } from "./alerts.ts";
import { balance } from "./balance.ts";
import { calls } from "./calls.ts";
import { check } from "./check.ts";
import { complain, run } from "./command.ts";
import { dev } from "./dev.ts";
import { edit } from "./edit.ts";
import { discard, end, endOrList, ls, release, replay, resolve } from "./inbox.ts";
import { init } from "./init.ts";
import { laterCommands, notAvailable } from "./later.ts";
import { sayWhatWasMeant } from "./meant.ts";
import { addOperations } from "./operations.ts";
import { say } from "./output.ts";
import { proveSystem } from "./prove.ts";
import { records, show } from "./records.ts";
import { refusals } from "./refusals.ts";
import { rehearseIntegration } from "./rehearse.ts";
import { report } from "./report.ts";
import { send } from "./send.ts";
import { start } from "./start.ts";
import { systems } from "./systems.ts";
import { probeSystem } from "./systems-probe.ts";
import { tryRecord } from "./try.ts";
import { workers } from "./workers.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const program = new Command("waybill")
  .description(
    "Makes integrations boring: every record is delivered once, accounted for, or waits for a person with a reason.",
  )
  .version(version)
  .option("--config <file>", "the configuration file (default: waybill.config.ts)")
  .option("--ledger <url>", "the ledger (default: sqlite:.waybill/ledger.db)")
  .option("--json", "one JSON document on stdout")
  .showHelpAfterError("(waybill --help lists the commands)")
  .configureHelp({ showGlobalOptions: true })
  .exitOverride();

const selecting = (command: Command): Command =>
  command
    .option("--integration <name>", "only this integration")
    .option("--tenant <id>", "only this tenant")
    .option("--cause <cause>", "only this cause")
    .option("--key <key>", "only this key")
    .option("--id <id>", "only this id")
    .option("--entity <entity>", "only this entity")
    .option("--search <text>", "text in id, entity or key, or how a value of `search` begins")
    .option("--since <time>", "received since: 2h, 7d, or a date and time")
    .option("--path <path>", "only what breaks its contract there: price, items.*.price")
    .option("--message <text>", "only where the broken rule, or the reason, says this; … stands for anything");

const acting = (command: Command): Command =>
  selecting(command)
    .option("--all", "every record of this inbox")
    .option("--limit <n>", "at most so many, the oldest first")
    .option("--why <reason>", "why; it is kept in the record's timeline")
    .option("--actor <name>", "who (default: your user name)")
    .option("--dry-run", "say what would come of it, and change nothing")
    .option("--yes", "ask nothing");

program
  .command("init [dir]")
  .description("write a small project that runs")
  .action((dir, _, command) => run(command, (options) => init(dir, options)));
program
  .command("try <name> <file>")
  .description("one sample through the boundary and a dry deliver: sends nothing, stores nothing")
  .option("--tenant <id>", "whose it is, where the integration is per tenant")
  .action((name, file, _, command) => run(command, (options) => tryRecord(name, file, options)));
program
  .command("rehearse <name>")
  .description("one integration through simulated bad nights: sends nothing, stores nothing")
  .option("--nights <n>", "how many (default: 200)")
  .option("--seed <n>", "the same seed gives the same nights (default: 1)")
  .option("--from <file>", "sample records (JSON Lines) to start from, instead of the contract")
  .option("--tenants <file>", "its tenants (JSON Lines), where their list is a function")
  .option("--html <file>", "the report card as a page")
  .action((name, _, command) => run(command, (options) => rehearseIntegration(name, options)));
program
  .command("prove <system>")
  .description("what its effects declare about repeats, tried on a sandbox: sends real requests there, stores nothing")
  .option("--sandbox", "its address is a sandbox, and may be written to; without it nothing is sent")
  .option("--integration <name>", "only as this integration uses it")
  .option("--sample <file>", "one record (JSON) to deliver, instead of one made from the contract")
  .option("--tenant <id>", "whose account there, where each tenant has one")
  .action((name, _, command) => run(command, (options) => proveSystem(name, options)));
program
  .command("dev")
  .description("start, reloading on change, with readable logs")
  .option("--port <n>", "the port")
  .action((_, command) => run(command, (options) => dev(options)));
program
  .command("start")
  .description("sources, intake, engine, server; SIGTERM drains and exits 0")
  .option("--port <n>", "the port (default: 8080)")
  .option("--host <host>", "the address (default: 127.0.0.1)")
  .option("--pretty", "log lines for people (default on a terminal)")
  .option("--no-pretty", "log lines as JSON")
  .action((_, command) => run(command, (options) => start(options)));
program
  .command("send <name> [file]")
  .description("records from JSON Lines (or - for standard input) into one integration")
  .option("--format <format>", "jsonl", "jsonl")
  .option("--tenant <id>", "whose they are, where the integration is per tenant")
  .action((name, file, _, command) => run(command, (options) => send(name, file, options)));
program
  .command("balance [name]")
  .description("the books: counts by state, and whether they balance")
  .option("--tenant <id>", "only this tenant")
  .action((name, _, command) => run(command, (options) => balance(name, options)));
program
  .command("refusals [name]")
  .description("what never became a record, by source and reason, with a sample of each")
  .option("--source <source>", "only this source, such as webhook:/shop/orders")
  .option("--tenant <id>", "only this tenant")
  .action((name, _, command) => run(command, (options) => refusals(name, options)));
selecting(program.command("records").description("find records, newest first"))
  .option("--state <states>", "only these states, separated by commas")
  .option("--limit <n>", "at most so many (default: 50)")
  .option("--before <record>", "go on below this record")
  .action((_, command) => run(command, (options) => records(options)));
program
  .command("show <record>")
  .description("one record: payload, timeline, effects, attempts")
  .action((record, _, command) => run(command, (options) => show(record, options)));
program
  .command("calls")
  .description("what went to other systems and what came back, newest first")
  .option("--record <record>", "only what was done for this record")
  .option("--system <name>", "only this system")
  .option("--integration <name>", "only this integration")
  .option("--tenant <id>", "only this tenant")
  .option("--status <status>", "only this status: 503, or 5xx")
  .option("--outcome <outcomes>", "only these outcomes, separated by commas; failed: all but done")
  .option("--since <time>", "since: 2h, 7d, or a date and time")
  .option("--limit <n>", "at most so many (default: 50)")
  .option("--before <call>", "go on below this call")
  .option("--bodies", "headers and bodies too, the oldest first")
  .option("--all", "what Waybill calls for itself too, such as channels of alerts")
  .action((_, command) => run(command, (options) => calls(options)));
program
  .command("report [integration]")
  .description("the week in one page: what came, what went, what waits, what got slower, what was changed by hand")
  .option("--since <time>", "since: 7d, 24h, or a date and time (default: 7d)")
  .option("--tenant <id>", "only this tenant")
  .option("--html <file>", "write it as a page with plots to this file")
  .option("--mail <addresses>", "mail it now, by the email(…) of the configuration")
  .action((name, _, command) => run(command, (options) => report(name, options)));
program
  .command("check [name]")
  .description("what is not designed for failure; with a name, the failure plan")
  .action((name, _, command) => run(command, (options) => check(name, options)));
const onSystems = program
  .command("systems")
  .description("limits with what is left, breakers, latency, what is paused; live while start runs");
onSystems
  .command("ls", { isDefault: true })
  .description("every system that is declared or was called")
  .option("--tenant <id>", "only this tenant's accounts")
  .action((_, command) => run(command, (options) => systems(options)));
onSystems
  .command("probe <system>")
  .description(
    "asks it for something harmless, within its limits: whether it answers, how fast, what it says of its quotas",
  )
  .option("--tenant <id>", "whose account there, where each tenant has one")
  .option("--anyway", "also while it is stopped or paused; an answer ends the stop")
  .action((name, _, command) => run(command, (options) => probeSystem(name, options)));
program
  .command("workers")
  .description("who shares a ledger in PostgreSQL: release, state, lanes, what is in hand; and who was lost")
  .action((_, command) => run(command, (options) => workers(options)));

for (const [name, inbox, what] of [
  ["quarantine", "quarantined", "what breaks its contract"],
  ["dead", "dead", "what cannot be delivered"],
  ["held", "held", "what has an effect that needs a person"],
] as const) {
  const group = program.command(name).description(`the inbox of ${what}`);
  group
    .command("ls", { isDefault: name !== "dead" })
    .description("one line for all that stopped for the same rule")
    .option("--integration <name>", "only this integration")
    .option("--tenant <id>", "only this tenant")
    .option("--cause <cause>", "only this cause")
    .action((_, command) => run(command, (options) => ls(inbox, options)));
  group
    .command("show <record>")
    .description("one record")
    .action((record, _, command) => run(command, (options) => show(record, options)));
  const discarding = acting(group.command("discard [record]").description("nothing more is done about it"));
  if (inbox !== "quarantined")
    discarding.option("--keep-effects", "what it made stays, though its code says how it is undone");
  discarding.action((record, _, command) => run(command, (options) => discard(inbox, record, options)));
  addEdit(group, inbox);
  if (name === "quarantine") addRelease(group);
  if (name === "dead") {
    addReplay(group);
    acting(group.command("one [record]", { isDefault: true, hidden: true })).action((record, _, command) =>
      run(command, (options) => endOrList(record, options)),
    );
    acting(group.command("end [record]").description("end waiting records, such as those being retried")).action(
      (record, _, command) => run(command, (options) => end(record, options)),
    );
    group.usage("[ls | show | edit | replay | discard | end | RECORD]");
  }
  if (name === "held") addResolve(group);
}
addAlerts(program);
addOperations(program);
addRelease(program);
addReplay(program);
addResolve(program);

function addEdit(to: Command, inbox: Inbox): void {
  const command = acting(
    to.command("edit [record]").description("put its content right: in $EDITOR, or as the options say"),
  )
    .option("--from <file>", "the new content, from a file or - for standard input")
    .option("--set <path=value>", "set one place, to a value in JSON; may be said again", collect)
    .option("--unset <path>", "take one place out; may be said again", collect);
  if (inbox === "quarantined") command.option("--release", "and let it go");
  if (inbox === "dead") command.option("--replay", "and deliver it once more");
  command.action((record, _, self) => run(self, (options) => edit(inbox, record, options)));
}

function collect(one: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), one];
}

function addRelease(to: Command): void {
  acting(to.command("release [record]").description("read quarantined records again, and deliver what passes"))
    .option("--recheck", "after a deploy: what is still broken stays, with the reasons that it has now")
    .option("--overtaken", "although newer records of its key were delivered")
    .option("--same-as", "although another entity has its unique value")
    .action((record, _, command) => run(command, (options) => release(record, options)));
}

function addReplay(to: Command): void {
  acting(to.command("replay [record]").description("deliver dead, filtered or discarded records once more"))
    .option("--overtaken", "although newer records of its key were delivered")
    .action((record, _, command) => run(command, (options) => replay(record, options)));
}

function addResolve(to: Command): void {
  acting(to.command("resolve [record]").description("say about a held record's effect what only a person can know"))
    .option("--applied <json>", "it was applied, and this is what it answered")
    .option("--unchecked", "with --applied: whatever the effect expects")
    .option("--not-applied", "it was not applied: it is sent again")
    .option("--keep", "the stored result counts, and is never compared again")
    .option("--redo", "make the changed effect again, as a new generation")
    .option("--reread", "read the stored answer against the present expect")
    .option("--effect <name>", "which effect, where several are in doubt")
    .option("--overtaken", "although newer records of its key were delivered")
    .action((record, _, command) => run(command, (options) => resolve(record, options)));
}

for (const { name, does } of laterCommands) addLater(program, name, does);
sayWhatWasMeant(program);

/** Named in the help, so that nobody looks for it in vain. */
function addLater(to: Command, name: string, does: string): void {
  to.command(name)
    .helpGroup("Not in this version:")
    .description(does)
    .allowUnknownOption()
    .allowExcessArguments()
    .action((_, command) => run(command, () => notAvailable(name)));
}

// Whoever reads only the first lines has read enough; a log that nobody reads any more ends nothing.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
process.stderr.on("error", () => undefined);

// What nobody caught may quote a secret, and Node would print it as it stands.
process.on("uncaughtException", (error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
});

try {
  await program.parseAsync();
} catch (error) {
  // Commander has printed its own message.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else process.exitCode = complain(error, process.argv.includes("--json"));
}
