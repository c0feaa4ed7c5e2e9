import { type ForgetResult, forgetEntity } from "../flow/forget.ts";
import { WaybillError } from "../model/errors.ts";
import { type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { print, printJson, styled } from "./output.ts";
import { type PersonOptions, personFrom, personWithReason } from "./person.ts";

export interface ForgetOptions extends GlobalOptions, PersonOptions {
  readonly entity?: string;
  readonly integration?: string;
  readonly tenant?: string;
  readonly anyway?: boolean;
  readonly dryRun?: boolean;
}

/** `forget --entity E`: what the ledger holds of one entity goes, and the books stay. */
export function forget(options: ForgetOptions): Promise<ExitCode> {
  const { entity, integration, tenant } = options;
  if (entity === undefined || entity === "")
    throw new WaybillError("bad-usage", "Who is to be forgotten?", "Say --entity, as `waybill records` shows it.");
  const dryRun = options.dryRun === true;
  const person = dryRun ? personFrom(options) : personWithReason(options, "Forgetting");
  return withDesk(
    options,
    async ({ assembly, json }) => {
      const { ledger, inboxes, world } = assembly;
      if (integration !== undefined) assembly.known(integration);
      const parts = { ledger, inboxes, clock: world.clock };
      const asked = { entity, integration, tenant, anyway: options.anyway === true, dryRun };
      const result = await forgetEntity(parts, person, asked);
      if (json) printJson(result);
      else printResult(result);
      return 0;
    },
    { mustExist: true },
  );
}

function printResult(result: ForgetResult): void {
  const { dryRun, records, payloads, effects, calls, samples, outbox, discarded, notFinal, inDoubt } = result;
  const what = `${many(records, "record")}: ${many(payloads, "payload")}, ${many(effects, "effect")}, ${many(calls, "call")} and ${many(samples, "sample of refusals", "samples of refusals")}`;
  print(
    dryRun
      ? `Would forget what is held of ${what}. Nothing was changed.`
      : `${styled("green", "✓")} Forgot what was held of ${what}.`,
  );
  if (discarded > 0)
    print(
      dryRun
        ? `${many(discarded, "record")} not final: it asks for --anyway, and they are discarded first.`
        : `${many(discarded, "record")} discarded first.`,
    );
  if (outbox > 0)
    print(
      `${many(outbox, "record")} sent within a transaction may be about it, still to be taken in: forget again afterwards.`,
    );
  if (dryRun && inDoubt.length > 0) print(`In doubt, so it asks for --anyway: ${inDoubt.join(", ")}`);
  if (dryRun && discarded === 0 && notFinal.length > 0)
    print(`What came is shared with one that is not final: ${notFinal.join(", ")}`);
  print(
    styled(
      "dim",
      "Counts, states, times and hashes stay, so that nothing is taken twice; backups and log files elsewhere hold what they held.",
    ),
  );
}

function many(count: number, one: string, more = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : more}`;
}
