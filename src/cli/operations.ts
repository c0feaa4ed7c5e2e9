import type { Command } from "commander";
import { type GlobalOptions, run } from "./command.ts";
import { connect } from "./connect.ts";
import { backup, restore } from "./copies.ts";
import { exportRecords } from "./export.ts";
import { type ForgetOptions, forget } from "./forget.ts";
import { move } from "./move.ts";
import { partition } from "./partition.ts";
import { pause, resume } from "./pause.ts";
import { prune } from "./prune.ts";
import { redo } from "./redo.ts";
import { type RunOptions, runIntegration } from "./run.ts";
import { cursor } from "./sources.ts";

/** The commands of whoever runs a ledger: what goes on and what waits, what is kept and what is copied. */
export function addOperations(program: Command): void {
  const personal = (command: Command): Command =>
    command
      .option("--why <reason>", "why; it is kept with your name")
      .option("--actor <name>", "who (default: your user name)");
  const kinds = (command: Command): Command =>
    command
      .option("--integration", "the integration of this name")
      .option("--system", "the system of this name")
      .option("--tenant <id>", "this tenant, with everything that is done for it");

  const selecting = (command: Command): Command =>
    command
      .option("--tenant <id>", "only this tenant")
      .option("--key <key>", "only this key")
      .option("--id <id>", "only this id")
      .option("--entity <entity>", "only this entity")
      .option("--search <text>", "text in id, entity or key, or how a value of `search` begins")
      .option("--since <time>", "received since: 2h, 7d, or a date and time");

  program
    .command("run <name>")
    .description("read one integration's sources to their end, and deliver until nothing waits")
    .option("--tenant <id>", "only this tenant's")
    .addHelpText(
      "after",
      "\nBeside a running start it asks that process to do it, and follows. Exit codes: 0 all well; 1 a source could not be read to\nits end, or it was stopped; 3 all well, but a record waits for a person.",
    )
    .action((name, _, command) => run(command, (options: RunOptions) => runIntegration(name, options)));
  program
    .command("connect <system>")
    .description("OAuth consent in the browser; tokens are kept sealed")
    .option("--no-browser", "only print the address")
    .option("--timeout <duration>", "how long to wait for the consent (default: 5m)")
    .option("--tenant <id>", "whose account, where each tenant has its own")
    .action((system, _, command) => run(command, (options: GlobalOptions) => connect(system, options)));
  personal(program.command("cursor <name>"))
    .description("where an integration's poll sources stand; with --set, from where the next run reads")
    .option("--set <cursor>", "the cursor, as JSON or text; asks for --why")
    .option("--source <source>", "which source, where there are several")
    .option("--tenant <id>", "only this tenant's")
    .option("--dry-run", "say what it would mean, and change nothing")
    .action((name, _, command) => run(command, (options) => cursor(name, options)));
  personal(kinds(program.command("pause [name]")))
    .description("let an integration, a system or a tenant wait; without a name, what is paused")
    .addHelpText(
      "after",
      "\nA paused integration takes records in and delivers none. A paused system is called by nobody: records that need it\nwait, and use up no attempts. A paused tenant is both, for itself alone. All of it outlives restarts; a running start sees it at once.",
    )
    .action((name, _, command) => run(command, (options) => pause(name, options)));
  personal(kinds(program.command("resume [name]")))
    .description("let a paused integration, system or tenant go on")
    .action((name, _, command) => run(command, (options) => resume(name, options)));
  personal(selecting(program.command("redo <name>")))
    .description("make delivered effects again, as a new generation under new keys")
    .requiredOption("--effect <name>", "the effect, as deliver names it")
    .option("--record <record>", "this record")
    .option("--all", "every delivered record of the integration")
    .option("--overtaken", "although newer records of its key were delivered")
    .option("--yes", "ask nothing")
    .option("--dry-run", "say what would come of it, and change nothing")
    .addHelpText(
      "after",
      "\nThe other effects of a record stand as they are, and are not compared with the code. It asks for --why.",
    )
    .action((name, _, command) => run(command, async (options) => redo(name, options)));
  selecting(program.command("export [file]"))
    .description("records with their effects as JSON Lines, oldest first")
    .option("--integration <name>", "only this integration")
    .option("--state <states>", "only these states, separated by commas")
    .option("--cause <cause>", "only this cause")
    .option("--raw", "what came, as it came, too")
    .addHelpText(
      "after",
      "\nEach line is what show --json tells. Secrets are redacted; payloads are not. A file is never overwritten.",
    )
    .action((file, _, command) => run(command, async (options) => exportRecords(file, options)));
  personal(program.command("prune"))
    .description("let go now of what is kept long enough, as start does every hour")
    .option("--older <time>", "final records older than this, whatever keep says: 30d")
    .option("--dry-run", "say how much, and change nothing")
    .addHelpText(
      "after",
      "\nOnly final records go; what waits, and what waits for a person, keeps everything. Marks, by which duplicates are\nrecognised, go by keep.marks alone. Beside a running start it asks that process to do it.",
    )
    .action((_, command) => run(command, (options) => prune(options)));
  program
    .command("partition")
    .description("keep what grows in PostgreSQL by the month, so that pruning gives its disk space back at once")
    .option("--dry-run", "say what would be done, and change nothing")
    .addHelpText(
      "after",
      "\nFor ledgers of many millions of records. Workers may run: they wait while what is there is looked through once. There\nis no way back but a dump that is loaded into a ledger without parts.",
    )
    .action((_, command) => run(command, (options: GlobalOptions) => partition(options)));
  personal(program.command("forget"))
    .description("erase what is held of one entity: payloads, requests, results, calls, samples; the books stay")
    .requiredOption("--entity <entity>", "who: as records shows it")
    .option("--integration <name>", "only in this integration")
    .option("--tenant <id>", "only of this tenant")
    .option("--anyway", "discard what is not final first, and forget what is in doubt")
    .option("--dry-run", "say how much, and change nothing")
    .addHelpText(
      "after",
      "\nIt asks for --why, and is refused while something is not final or in doubt. docs/operating.md says what stays.",
    )
    .action((_, command) => run(command, async (options: ForgetOptions) => forget(options)));
  program
    .command("backup <file>")
    .description("a consistent copy of the ledger, also while start runs")
    .addHelpText(
      "after",
      "\nThe copy is looked through from end to end before it gets its name, and never overwrites a file.",
    )
    .action((file, _, command) => run(command, (options: GlobalOptions) => backup(file, options)));
  personal(program.command("restore [file]"))
    .description("put a backup in the ledger's place; what was sent since is then in doubt")
    .option(
      "--made-at <time>",
      "when the backup was made; without a file: to when the PostgreSQL database was set back",
    )
    .option("--doubt-new <time>", "how long effects of new records count as possibly sent before (default: 24h)")
    .option("--trust-new", "new records are new; without a file: from now on")
    .option("--dry-run", "say what would be, and change nothing")
    .addHelpText(
      "after",
      "\nRefused while anything runs on the ledger. The ledger that is there is kept beside the new one. docs/operating.md says what\nbecomes of each kind of effect.",
    )
    .action((file, _, command) => run(command, (options) => restore(file, options)));
  personal(program.command("move <from> <to>"))
    .description("move a ledger from a file into PostgreSQL, whole, and compare both")
    .option("--dry-run", "look whether it can be done, count, and change nothing")
    .addHelpText(
      "after",
      "\nwaybill move sqlite:.waybill/ledger.db postgres://USER:PASSWORD@HOST:5432/DATABASE\n\nRefused while anything runs on the ledger, and where the target is not empty. It is done as one: broken off, it has moved\nnothing. The file stays as it was, and cannot be started any more.",
    )
    .action((from, to, _, command) => run(command, (options) => move(from, to, options)));
}
