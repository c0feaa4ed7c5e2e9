import { type CallsView, type CallView, callsOf, outcomesNamed, statusRange } from "../flow/call-views.ts";
import type { CallCount } from "../ledger/ledger.ts";
import { isInternal } from "../model/internal.ts";
import { type ExitCode, withDesk } from "./command.ts";
import { printCall } from "./one-call.ts";
import { ago, print, printJson, styled, table } from "./output.ts";
import { filterFrom, type RecordsOptions } from "./records.ts";

export interface CallsOptions extends RecordsOptions {
  readonly record?: string;
  readonly system?: string;
  readonly status?: string;
  readonly outcome?: string;
  readonly bodies?: boolean;
  readonly all?: boolean;
}

/** `calls`: what went to other systems and what came back, newest first. */
export function calls(options: CallsOptions): Promise<ExitCode> {
  return withDesk(options, async ({ assembly, json }) => {
    const { ledger, secrets, world } = assembly;
    if (options.integration !== undefined && !isInternal(options.integration)) assembly.known(options.integration);
    const nowMs = world.clock.now();
    const { limit, sinceMs, tenant, integration, before } = filterFrom(options, nowMs);
    const { record, system } = options;
    const status = statusRange(options.status);
    const outcomes = outcomesNamed(options.outcome);
    const { all = false } = options;
    const filter = { record, system, tenant, integration, status, outcomes, sinceMs, limit, before, all };
    const view = await callsOf(ledger, filter, secrets.redact);
    if (json) printJson(view);
    else printCalls(view, options.bodies === true, nowMs);
    return 0;
  });
}

function printCalls({ calls, next, counted }: CallsView, bodies: boolean, nowMs: number): void {
  if (calls.length === 0) print("No call was found.");
  else if (bodies) for (const call of calls.toReversed()) printCall(call, "");
  else print(callTable(calls, nowMs));
  if (next !== null) print(styled("dim", `There are more: --before ${next}`));
  if (counted.length > 0) print(styled("dim", countedText(counted)));
}

function callTable(calls: readonly CallView[], nowMs: number): string {
  return table<CallView>(calls, [
    { title: "when", of: ({ at }) => ago(at, nowMs) },
    { title: "system", of: ({ system }) => system },
    ...(calls.some(({ tenant }) => tenant !== undefined)
      ? [{ title: "tenant", of: ({ tenant }: CallView) => tenant ?? "" }]
      : []),
    { title: "what", of: ({ what }) => what },
    { title: "request", of: ({ method, url }) => `${method} ${pathOf(url)}` },
    { title: "status", of: ({ status }) => status ?? "–", right: true },
    { title: "ms", of: ({ durationMs }) => durationMs, right: true },
    { title: "outcome", of: ({ outcome }) => outcome, style: ({ outcome }) => (outcome === "done" ? "green" : "red") },
    { title: "record", of: ({ records }) => (records.length > 1 ? `${records.length} records` : (records[0] ?? "")) },
    { title: "why", of: ({ why }) => why },
  ]);
}

/** What the log does not hold. */
function countedText(counted: readonly CallCount[]): string {
  const each = counted.map(({ system, outcome, count }) => `${system} ${count.toLocaleString("en")} ${outcome}`);
  return `Counted, not kept whole, in these hours and for whatever was called there: ${each.join(", ")}. \`calls: { which: "all" }\` in the configuration keeps every call.`;
}

function pathOf(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/?]+/, "");
}
