import { partitionLedger } from "../assembly/copies.ts";
import { createWorld } from "../world/world.ts";
import { type ExitCode, type GlobalOptions, ledgerAddress } from "./command.ts";
import { print, printJson, styled } from "./output.ts";
import { loadProject } from "./project.ts";

/** `partition`: what grows in a ledger in PostgreSQL stands by the month from now on. */
export async function partition(options: GlobalOptions & { readonly dryRun?: boolean }): Promise<ExitCode> {
  const address = ledgerAddress(await loadProject(options.config), options);
  const dryRun = options.dryRun === true;
  const world = createWorld();
  try {
    const { tables, before } = await partitionLedger(address, dryRun, world);
    if (options.json === true) printJson({ ...(dryRun ? { dryRun } : {}), tables, before });
    else if (before) print(`It stands by the month already: ${tables.join(", ")}. Nothing was changed.`);
    else if (dryRun) print(`Would lay out ${tables.join(", ")} by the month. Nothing was changed.`);
    else {
      print(`${styled("green", "✓")} ${tables.join(", ")} stand by the month from now on.`);
      print(
        "  What was there is the first part. `start` makes the next months ready, and drops those of which pruning left nothing.",
      );
    }
    return 0;
  } finally {
    await world.close();
  }
}
