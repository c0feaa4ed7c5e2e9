import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { tenantGiven } from "../flow/whose.ts";
import { said, WaybillError } from "../model/errors.ts";
import type { ProveOptions as ProofOptions } from "../prove/prove.ts";
import type { Check, ProofReport, ProofVerdict, ProvedIntegration } from "../prove/report.ts";
import { itemOfBody } from "../sources/item.ts";
import { type Desk, type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { dryRun } from "./dry-run.ts";
import { plain, print, printJson, progress, say, styled } from "./output.ts";

export interface ProveOptions extends GlobalOptions {
  readonly sandbox?: boolean;
  readonly integration?: string;
  readonly sample?: string;
  readonly tenant?: string;
}

/** `prove SYSTEM --sandbox`: what its effects declare, tried on a sandbox of it. 1 when something is contradicted, or nothing could be tried. */
export function proveSystem(name: string, options: ProveOptions): Promise<ExitCode> {
  const sample = options.sample === undefined ? undefined : { value: sampleIn(options.sample) };
  const { integration, tenant } = options;
  const how = { integration, sample, tenant };
  // Nothing of it is stored: the ledger of a proof lives in memory.
  return withDesk({ ...options, ledger: "sqlite::memory:" }, async (desk) => {
    // Loaded only where it is used.
    const { prove, targetOf } = await import("../prove/prove.ts");
    if (options.sandbox !== true)
      throw refusal(name, (await targetOf(desk.assembly, name, tenant)).baseUrl, await wouldSend(desk, name, how));
    const report = await prove(desk.assembly, name, {
      ...how,
      onTarget: ({ baseUrl }) =>
        say(`Sending real requests to ${plain(name)} at ${plain(baseUrl)}, and to no other system.`),
      onEffect: (effect, request) => progress(plain(`${effect}: ${request}, and what becomes of it`)),
    });
    progress("");
    if (desk.json) printJson(report);
    else tell(report);
    return report.ok ? 0 : 1;
  });
}

function sampleIn(file: string): unknown {
  const path = resolve(file);
  const hint = "Give a file that holds one record as JSON.";
  if (!existsSync(path)) throw new WaybillError("bad-usage", `There is no file ${file}.`, hint);
  try {
    return itemOfBody(readFileSync(path), {}).value;
  } catch (error) {
    throw new WaybillError("bad-usage", `${file} cannot be read: ${said(error)}`, hint);
  }
}

/** What goes where is said before anybody says that it may. */
function refusal(name: string, baseUrl: string, requests: readonly string[]): WaybillError {
  const what = requests.length === 0 ? "whatever deliver asks of it" : requests.join(", ");
  return new WaybillError(
    "bad-usage",
    `Nobody has said that ${baseUrl} is a sandbox, so nothing was sent. It would be sent real requests: ${what}.`,
    `If what stands there may be written to and thrown away, say so: waybill prove ${name} --sandbox. What is made there is not undone.`,
  );
}

/** The effects that a dry run of each integration asks of the system. */
async function wouldSend(
  { assembly }: Desk,
  name: string,
  how: Pick<ProofOptions, "integration" | "tenant" | "sample">,
): Promise<readonly string[]> {
  const { chosen, recordFor } = await import("../prove/prove.ts");
  const requests: string[] = [];
  for (const known of chosen(assembly, how)) {
    const { definition } = known;
    try {
      const tenant = await tenantGiven(assembly.tenants, definition, definition.per && how.tenant);
      const record = await recordFor(assembly, known, tenant, how.sample);
      const { effects } = await dryRun(assembly, definition, record.value, definition.per && tenant);
      for (const { name: effect, change } of effects) {
        if (change.how !== "http" || change.system.name !== name) continue;
        const { idempotency } = change;
        const times = idempotency.how === "byKey" || idempotency.how === "natural" ? "twice" : "once";
        requests.push(`${change.method} ${change.path.split("?", 1)[0]} ${times} (${effect} of ${definition.name})`);
      }
    } catch {
      // Which requests those of an integration would be that cannot be run, nobody can say; with --sandbox the reason is told.
    }
  }
  return requests;
}

const marks = {
  holds: ["green", "✓"],
  contradicted: ["red", "✗"],
  assumed: ["yellow", "?"],
  unchecked: ["yellow", "!"],
} as const satisfies Record<ProofVerdict, readonly [string, string]>;

function tell(report: ProofReport): void {
  for (const { integration, effect, request } of distinct(report.checks)) {
    const of = effect === null ? "" : ` ${plain(effect)} of ${plain(integration ?? "")}`;
    print(styled("bold", `${effect === null ? plain(report.system) : plain(request ?? "")}${of}`));
    for (const check of report.checks)
      if (check.integration === integration && check.effect === effect) tellCheck(check);
  }
  for (const one of report.integrations) tellIntegration(one);
  tellEnd(report);
}

function distinct(checks: readonly Check[]): readonly Check[] {
  return checks.filter(
    ({ integration, effect }, at) =>
      checks.findIndex((other) => other.integration === integration && other.effect === effect) === at,
  );
}

function tellCheck({ verdict, declared, seen }: Check): void {
  const [colour, mark] = marks[verdict];
  const word = verdict === "holds" ? "" : `${verdict}: `;
  print(`  ${styled(colour, mark)} ${plain(declared)}  ${word}${plain(seen)}`);
}

function tellIntegration({ integration, ended, notSent }: ProvedIntegration): void {
  if (ended !== null) print(`${styled("yellow", "!")} ${plain(integration)} ended early: ${plain(ended)}`);
  for (const what of notSent) print(styled("dim", `  not sent, answered by a sample: ${plain(what)}`));
}

function tellEnd({ checks, system, void: nothing }: ProofReport): void {
  const count = (verdict: ProofVerdict): number => checks.filter((check) => check.verdict === verdict).length;
  const assumed = count("assumed");
  const rest = assumed === 0 ? "" : ` ${assumed} assumed: no test of a few seconds tells.`;
  if (nothing) {
    print(styled("red", `✗ Nothing could be tried, so nothing is known of ${plain(system)}.`));
    if (checks.some(({ unanswered }) => unanswered === true))
      print(
        "  It got requests and gave no answer that tells what came of them: look at the sandbox itself, and prove again.",
      );
    else print("  A record that the sandbox takes may help: --sample FILE.");
  } else if (count("contradicted") > 0) {
    print(styled("red", `✗ ${count("contradicted")} contradicted, ${count("holds")} as declared.`) + rest);
    print("  Declare what is so; until then a rehearsal assumes what is not.");
  } else print(styled("green", `✓ ${count("holds")} as declared, none contradicted.`) + rest);
}
