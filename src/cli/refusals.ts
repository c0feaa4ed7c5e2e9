import { type RefusalView, refusalsOf } from "../flow/refusals.ts";
import type { RefusalReason } from "../sources/webhook.ts";
import { type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { ago, plain, print, printJson, styled, table } from "./output.ts";

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
    else printRefusals(views, world.clock.now());
    return 0;
  });
}

function printRefusals(views: readonly RefusalView[], nowMs: number): void {
  if (views.length === 0) return print("Nothing was refused.");
  print(
    table<RefusalView>(views, [
      { title: "source", of: ({ source, tenant }) => (tenant === undefined ? source : `${source} (${tenant})`) },
      { title: "reason", of: ({ reason }) => reason, style: () => "yellow" },
      { title: "count", of: ({ count }) => count, right: true },
      { title: "first", of: ({ firstAt }) => ago(firstAt, nowMs) },
      { title: "last", of: ({ lastAt }) => ago(lastAt, nowMs) },
    ]),
  );
  for (const { source, reason, sample } of views) {
    print("");
    print(`${styled("bold", plain(source))}  ${plain(reason)}`);
    const next = nextSteps[reason as RefusalReason];
    if (next !== undefined) print(`  ${next}`);
    const lines = sample.trimEnd().split("\n");
    for (const line of lines.slice(0, sampleLinesMax)) print(styled("dim", `  │ ${plain(line)}`));
    if (lines.length > sampleLinesMax) print(styled("dim", "  │ … (--json has the rest)"));
  }
}

/** What to look at. The sender has been told the reason too, and sends again if it is one that does. */
const nextSteps: Readonly<Record<RefusalReason, string>> = {
  "missing-signature": "Is it the sender you think, and does it sign? Look for the header in the sample.",
  "bad-signature":
    "Compare the secret on both sides (and the address, where it is signed). Something between may change the body.",
  "bad-timestamp": "The time is written in another way: timestampFormat.",
  "too-old": "Look at the clocks, and at what holds deliveries up. A wider tolerance is an option.",
  "too-new": "Look at the clocks.",
  "missing-credentials": "The sender shows no password, token or clientState.",
  "wrong-credentials": "Compare the password, token or clientState on both sides.",
  "certificate-unavailable": "PayPal could not be reached; it sends again.",
  "unknown-tenant": "No tenant of that id is in the list. Put it there, or have the sender's address corrected.",
  "wrong-address": "Add the address to from, or the proxy to server.trustedProxies.",
  "too-busy": "So much was sent at once that no more fitted in memory; whoever it was shall come again.",
  "too-large": "Raise bodyBytesMax, or have less sent at once.",
  "unsupported-type": "Have it sent as JSON, plain, in a charset that is known.",
  unreadable: "It is not JSON, or was cut off on its way.",
};
