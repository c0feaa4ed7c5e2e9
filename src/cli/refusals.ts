import type { Definition } from "../define/definition.ts";
import { type RefusalView, refusalsOf } from "../flow/refusals.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { ago, plain, print, printJson, styled, table } from "./output.ts";
import { refusalSteps } from "./refusal-words.ts";
import { silenceSteps } from "./silence-words.ts";

export interface RefusalsOptions extends GlobalOptions {
  readonly source?: string;
  readonly tenant?: string;
}

const sampleLinesMax = 20;

/** `refusals [NAME]`: what never became a record, by source and reason, with a sample of each. */
export function refusals(name: string | undefined, options: RefusalsOptions): Promise<ExitCode> {
  return withDesk(options, async ({ assembly, json }) => {
    const { ledger, secrets, world } = assembly;
    const integration = name === undefined ? undefined : assembly.known(name).definition;
    const views = await refusalsOf(
      ledger,
      { source: options.source, integration, tenant: options.tenant },
      secrets.redact,
    );
    if (json) printJson({ refusals: views });
    else if (views.length === 0) await printNone(ledger, integration);
    else {
      const known = [...assembly.integrations.values()].map(({ definition }) => definition);
      printRefusals(views, known, world.clock.now());
    }
    return 0;
  });
}

/** Whoever asks this of one integration misses something: where else to look. */
async function printNone(ledger: Pick<Ledger, "find">, integration: Definition | undefined): Promise<void> {
  print("Nothing was refused.");
  if (integration === undefined) return;
  const { rows } = await ledger.find({ integration: integration.name, limit: 1 });
  const steps = silenceSteps(integration, rows[0]?.receivedAtMs);
  if (steps.length > 0) print("Where to look if something should have come:");
  for (const step of steps) print(`  ${plain(step)}`);
}

function printRefusals(views: readonly RefusalView[], known: readonly Definition[], nowMs: number): void {
  print(
    table<RefusalView>(views, [
      { title: "source", of: ({ source, tenant }) => (tenant === undefined ? source : `${source} (${tenant})`) },
      { title: "reason", of: ({ reason }) => reason, style: () => "yellow" },
      { title: "count", of: ({ count }) => count, right: true },
      { title: "first", of: ({ firstAt }) => ago(firstAt, nowMs) },
      { title: "last", of: ({ lastAt }) => ago(lastAt, nowMs) },
    ]),
  );
  for (const view of views) {
    const { source, reason, sample } = view;
    print("");
    print(`${styled("bold", plain(source))}  ${plain(reason)}`);
    for (const step of refusalSteps(view, known)) print(`  ${plain(step)}`);
    const lines = sample.trimEnd().split("\n");
    for (const line of lines.slice(0, sampleLinesMax)) print(styled("dim", `  │ ${plain(line)}`));
    if (lines.length > sampleLinesMax) print(styled("dim", "  │ … (--json has the rest)"));
  }
}
