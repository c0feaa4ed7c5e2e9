import type { Command } from "commander";
import { type GlobalOptions, run } from "./command.ts";
import { backup, restore } from "./copies.ts";
import { pause, resume } from "./pause.ts";

/** The commands of whoever runs a ledger: what goes on and what waits, what is kept and what is copied. */
export function addOperations(program: Command): void {
  const personal = (command: Command): Command =>
    command
      .option("--why <reason>", "why; it is kept with your name")
      .option("--actor <name>", "who (default: your user name)");
  const kinds = (command: Command): Command =>
    command.option("--integration", "the integration of this name").option("--system", "the system of this name");

  personal(kinds(program.command("pause [name]")))
    .description("let an integration or a system wait; without a name, what is paused")
    .addHelpText(
      "after",
      "\nA paused integration takes records in and delivers none. A paused system is called by nobody: records that need it\nwait, and use up no attempts. Both outlive restarts; a running start sees them at once.",
    )
    .action((name, _, command) => run(command, (options) => pause(name, options)));
  personal(kinds(program.command("resume <name>")))
    .description("let a paused integration or system go on")
    .action((name, _, command) => run(command, (options) => resume(name, options)));
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
    .option("--made-at <time>", "when the backup was made, if it does not say so itself")
    .option("--doubt-new <time>", "how long effects of new records count as possibly sent before (default: 24h)")
    .option("--trust-new", "new records are new; without a file: from now on")
    .option("--dry-run", "say what would be, and change nothing")
    .addHelpText(
      "after",
      "\nRefused while anything runs on the ledger. The ledger that is there is kept beside the new one. docs/operating.md says what\nbecomes of each kind of effect.",
    )
    .action((file, _, command) => run(command, (options) => restore(file, options)));
}
