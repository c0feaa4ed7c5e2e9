import { callsOfRecord } from "../flow/call-views.ts";
import { type RecordView, recordView, wholeView } from "../flow/views.ts";
import { knowSecretsOfTenant } from "../flow/whose.ts";
import type { FindOptions } from "../ledger/ledger.ts";
import { type Duration, durationMs } from "../model/duration.ts";
import { WaybillError } from "../model/errors.ts";
import { allStates, type Cause, type State } from "../model/record.ts";
import { type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { knowSecretsOf } from "./known-secrets.ts";
import { printCall } from "./one-call.ts";
import { ago, plain, print, printJson, styled, table } from "./output.ts";

export interface RecordsOptions extends GlobalOptions {
  readonly integration?: string;
  readonly tenant?: string;
  readonly state?: string;
  readonly cause?: string;
  readonly key?: string;
  readonly id?: string;
  readonly entity?: string;
  readonly search?: string;
  readonly since?: string;
  readonly path?: string;
  readonly message?: string;
  readonly limit?: string;
  readonly before?: string;
}

const limitDefault = 50;
const limitMax = 1_000;

/** What the options of `records` and of the inboxes select. */
export function filterFrom(options: RecordsOptions, nowMs: number): FindOptions {
  const limit = Number(options.limit ?? limitDefault);
  if (!Number.isInteger(limit) || limit < 1 || limit > limitMax) {
    throw new WaybillError("bad-usage", `--limit is ${options.limit}.`, `Give a whole number from 1 to ${limitMax}.`);
  }
  const states = options.state?.split(",");
  const wrong = states?.find((state) => !allStates.includes(state as State));
  if (wrong !== undefined)
    throw new WaybillError("bad-usage", `There is no state "${wrong}".`, `There are: ${allStates.join(", ")}.`);
  return {
    integration: options.integration,
    tenant: options.tenant,
    states: states as State[] | undefined,
    cause: options.cause as Cause | undefined,
    key: options.key,
    id: options.id,
    entity: options.entity,
    search: options.search,
    sinceMs: options.since === undefined ? undefined : sinceMs(options.since, nowMs),
    path: options.path,
    message: options.message,
    limit,
    before: options.before,
  };
}

/** `--since 2h` or `--since 2026-11-24T10:00:00Z`. */
function sinceMs(since: string, nowMs: number): number {
  if (/^[\d.]+(ms|s|m|h|d)$/.test(since)) return nowMs - durationMs(since as Duration);
  const at = Date.parse(since);
  if (Number.isNaN(at))
    throw new WaybillError("bad-usage", `--since is ${since}.`, "Give a duration such as 2h, or a date and time.");
  return at;
}

/** `records`: finds records, newest first. */
export function records(options: RecordsOptions): Promise<ExitCode> {
  return withDesk(options, async ({ assembly, json }) => {
    const { ledger, secrets, world } = assembly;
    if (options.integration !== undefined) assembly.known(options.integration);
    const { rows, next } = await ledger.find(filterFrom(options, world.clock.now()));
    const views = rows.map((row) => recordView(row, secrets.redact));
    if (json) printJson({ records: views, next: next ?? null });
    else printRecords(views, next, world.clock.now());
    return 0;
  });
}

function printRecords(views: readonly RecordView[], next: string | undefined, nowMs: number): void {
  if (views.length === 0) return print("No record was found.");
  print(
    table<RecordView>(views, [
      { title: "record", of: ({ record }) => record },
      { title: "integration", of: ({ integration }) => integration },
      ...(views.some(({ tenant }) => tenant !== undefined)
        ? [{ title: "tenant", of: ({ tenant }: RecordView) => tenant ?? "" }]
        : []),
      { title: "id", of: ({ id }) => id ?? "–" },
      { title: "state", of: ({ state }) => state, style: ({ state }) => stateStyle(state) },
      { title: "received", of: ({ receivedAt }) => ago(receivedAt, nowMs) },
      { title: "why", of: ({ cause, reason }) => [cause, reason].filter((part) => part !== null).join(": ") },
    ]),
  );
  if (next !== undefined) print(styled("dim", `There are more: --before ${next}`));
}

export function stateStyle(state: string): "green" | "yellow" | "red" | "cyan" | undefined {
  if (state === "delivered") return "green";
  if (state === "quarantined" || state === "held") return "yellow";
  if (state === "dead") return "red";
  return state === "waiting" || state === "delivering" ? "cyan" : undefined;
}

/** `show RECORD`: payload, timeline, effects. */
export function show(record: string, options: GlobalOptions): Promise<ExitCode> {
  return withDesk(options, async ({ assembly, json }) => {
    const whole = await assembly.ledger.record(record);
    if (whole === undefined) {
      throw new WaybillError(
        "unknown-record",
        `There is no record "${record}".`,
        "npx waybill records lists them; --id and --search find one.",
      );
    }
    await knowSecretsOfTenant(assembly.tenants, assembly.integrations, whole);
    knowSecretsOf(
      assembly,
      whole.effects.map(({ request }) => request),
    );
    const view = wholeView(whole, assembly.secrets.redact);
    const calls = await callsOfRecord(assembly.ledger, record, assembly.secrets.redact);
    if (json) printJson({ ...view, calls });
    else {
      printWhole(view, assembly.world.clock.now());
      if (calls.length > 0) print(`\n${styled("bold", "Calls")}`);
      for (const call of calls) printCall(call, "  ");
    }
    return 0;
  });
}

interface Shown extends RecordView {
  readonly source: string;
  readonly origin?: { readonly file: string; readonly line: number } & Readonly<Record<string, string | number>>;
  /** Where its trace was recorded. */
  readonly trace?: string;
  readonly payload: unknown;
  readonly raw: string | null;
  readonly original: string | null;
  readonly issues: readonly { path: string; message: string; found: string }[];
  readonly timeline: readonly { at: string; what: string; actor?: string; detail?: Record<string, unknown> }[];
  readonly effects: readonly {
    name: string;
    state: string;
    how: string;
    attempts: number;
    why: string | null;
    request: Record<string, unknown> | null;
    result: unknown;
    answer: unknown;
  }[];
}

function printWhole(view: Readonly<Record<string, unknown>>, nowMs: number): void {
  const whole = view as unknown as Shown;
  const line = (title: string, text: string | null | undefined): void => {
    if (text !== null && text !== undefined && text !== "") print(`${styled("dim", title.padEnd(12))}${plain(text)}`);
  };
  print(
    `${styled("bold", whole.record)}  ${styled(stateStyle(whole.state) ?? "dim", whole.state)}${whole.cause === null ? "" : ` (${whole.cause})`}`,
  );
  line("integration", whole.integration);
  line("id", whole.id);
  line("entity", whole.entity);
  line("key", whole.key);
  line("source", whole.source);
  if (whole.origin !== undefined) line("file", originText(whole.origin));
  line("trace", whole.trace);
  line("received", `${whole.receivedAt} (${ago(whole.receivedAt, nowMs)})`);
  line("why", whole.reason);
  if (whole.nextAt !== null) line("next run", `${whole.nextAt} (${ago(whole.nextAt, nowMs)})`);
  for (const { path, message, found } of whole.issues)
    line("breaks", `${path === "" ? "the whole" : path}: ${message}; found ${found}`);
  print(`\n${styled("bold", "Payload")}`);
  print(whole.payload === null && whole.raw === null ? "  (pruned)" : indented(whole.payload ?? whole.raw));
  if (whole.original !== null) print(`\n${styled("bold", "As it came")}\n${indented(whole.original)}`);
  print(`\n${styled("bold", "Timeline")}`);
  for (const { at, what, actor, detail } of whole.timeline) {
    const by = actor === undefined ? "" : ` by ${actor}`;
    print(`  ${styled("dim", at)}  ${what}${plain(by)}${detail === undefined ? "" : `  ${plain(inWords(detail))}`}`);
  }
  if (whole.effects.length > 0) print(`\n${styled("bold", "Effects")}`);
  for (const effect of whole.effects) {
    print(
      `  ${styled("bold", plain(effect.name))}  ${effect.state}  ${effect.how}, ${effect.attempts} ${effect.attempts === 1 ? "attempt" : "attempts"}`,
    );
    printRequest(effect.request);
    if (effect.why !== null) print(`    ${plain(effect.why)}`);
    const answered = effect.result ?? effect.answer;
    if (answered !== null) print(`${styled("dim", "    answered")}\n${indented(answered, 4)}`);
  }
}

function printRequest(request: Shown["effects"][number]["request"]): void {
  if (request === null) return print("    (not kept any more)");
  const { method, path, system, body } = request;
  print(`    ${plain(`${String(method)} ${String(path)} of ${String(system)}`)}`);
  if (body !== null) print(indented(body, 4));
}

/** `inbox/prices.csv, line 17 (csv, windows-1252, ";")`. */
function originText({ file, line, ...reading }: NonNullable<Shown["origin"]>): string {
  const how = Object.entries(reading).map(([name, value]) => (name === "format" ? value : `${name} ${value}`));
  return `${file}, line ${line} (${how.join(", ")})`;
}

function indented(value: unknown, by = 2): string {
  const text = typeof value === "string" ? value : JSON.stringify(value, undefined, 2);
  const lines = text.split("\n").map((line) => " ".repeat(by) + plain(line));
  return lines.join("\n");
}

function inWords(detail: Record<string, unknown>): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}
