import type { CallCount, CallFilter, CallPage, CallRow, CallSide, Ledger } from "../ledger/ledger.ts";
import { didYouMean } from "../model/did-you-mean.ts";
import { WaybillError } from "../model/errors.ts";
import { type OutcomeName, outcomeNames } from "../model/outcome.ts";
import type { Redact } from "./views.ts";

// The log of calls as JSON: for the command line, the operations API, and what is told of one record.

export interface CallView {
  readonly call: string;
  readonly at: string;
  readonly durationMs: number;
  readonly kind: string;
  readonly what: string;
  readonly system: string;
  readonly tenant?: string;
  readonly integration: string | null;
  readonly records: readonly string[];
  readonly attempt: number;
  readonly method: string;
  /** Empty where code of the user's own made the call, and where it was forgotten. */
  readonly url: string;
  readonly outcome: OutcomeName;
  readonly status: number | null;
  readonly why: string | null;
  readonly request: CallSide;
  readonly answer: CallSide | null;
}

export interface CallsView {
  readonly calls: readonly CallView[];
  readonly next: string | null;
  /** Calls that are only counted, in the hours asked about: of these systems, whatever else was asked. */
  readonly counted: readonly CallCount[];
}

/** How many calls of one record are told with it. */
const ofRecordMax = 50;

export async function callsOf(ledger: Pick<Ledger, "calls">, filter: CallFilter, redact: Redact): Promise<CallsView> {
  const { rows, next, counted }: CallPage = await ledger.calls(filter);
  return { calls: rows.map((row) => callView(row, redact)), next: next ?? null, counted };
}

/** The last calls made for one record, the oldest first. */
export async function callsOfRecord(
  ledger: Pick<Ledger, "calls">,
  record: string,
  redact: Redact,
): Promise<readonly CallView[]> {
  const { calls } = await callsOf(ledger, { record, limit: ofRecordMax }, redact);
  return calls.toReversed();
}

function callView(row: CallRow, redact: Redact): CallView {
  const { atMs, tenant, integration, status, why, request, answer, ...rest } = row;
  return {
    call: rest.call,
    at: new Date(atMs).toISOString(),
    durationMs: rest.durationMs,
    kind: rest.kind,
    what: redact(rest.what),
    system: rest.system,
    ...(tenant === "" ? {} : { tenant }),
    integration: integration === "" ? null : integration,
    records: rest.records,
    attempt: rest.attempt,
    method: rest.method,
    url: redact(rest.url),
    outcome: rest.outcome,
    status: status ?? null,
    why: why === undefined ? null : redact(why),
    request: sideView(request, redact),
    answer: answer === undefined ? null : sideView(answer, redact),
  };
}

/** Redacted when it was written, by what was known then; and now, by what is known now. */
function sideView({ headers, body, bytes }: CallSide, redact: Redact): CallSide {
  const shown = Object.entries(headers).map(([name, value]) => [name, redact(value)]);
  return {
    headers: Object.fromEntries(shown) as Record<string, string>,
    body: body === undefined ? undefined : redact(body),
    bytes,
  };
}

/** `503` is that status, `5xx` all of its kind. */
export function statusRange(text: string | undefined): CallFilter["status"] {
  if (text === undefined) return undefined;
  const kind = /^([1-9])xx$/i.exec(text)?.[1];
  if (kind !== undefined) return [Number(kind) * 100, Number(kind) * 100 + 99];
  if (/^[1-9]\d\d$/.test(text)) return [Number(text), Number(text)];
  throw new WaybillError(
    "bad-usage",
    `There is no status ${JSON.stringify(text.slice(0, 100))}.`,
    "Such as 503, or 5xx for all of them.",
  );
}

/** Names of outcomes, separated by commas; `failed` is all but `done`. */
export function outcomesNamed(text: string | undefined): readonly OutcomeName[] | undefined {
  if (text === undefined) return undefined;
  if (text === "failed") return outcomeNames.filter((name) => name !== "done");
  return text.split(",").map((name) => {
    const known = outcomeNames.find((one) => one === name);
    if (known !== undefined) return known;
    const hint = didYouMean(name, ["failed", ...outcomeNames], "outcomes");
    throw new WaybillError("bad-usage", `There is no outcome ${JSON.stringify(name.slice(0, 100))}.`, hint);
  });
}
