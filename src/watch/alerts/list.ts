import type { AlertRow, Ledger } from "../../ledger/ledger.ts";
import { alertStates, ruleNames, severities } from "../../model/alert.ts";
import { didYouMean } from "../../model/did-you-mean.ts";
import { WaybillError } from "../../model/errors.ts";

/** Which alerts are asked for. All of it is text as somebody typed it. */
export interface AlertsAsked {
  readonly rule?: string | undefined;
  readonly severity?: string | undefined;
  readonly state?: string | undefined;
  readonly integration?: string | undefined;
  readonly system?: string | undefined;
  readonly tenant?: string | undefined;
  /** Those that are over too. */
  readonly all?: boolean | undefined;
}

export const alertFilters = ["rule", "severity", "state", "integration", "system", "tenant"] as const;
const choices = { rule: ruleNames, severity: severities, state: alertStates } as const;

/**
 * The alerts that are asked for: the worst first, then the newest.
 *
 * @throws {WaybillError} `bad-usage` for a rule, severity or state that there is not.
 */
export async function alertsAsked(ledger: Pick<Ledger, "alerts">, asked: AlertsAsked): Promise<readonly AlertRow[]> {
  for (const [name, known] of Object.entries(choices)) checkChoice(name, asked[name as keyof typeof choices], known);
  const over = asked.all === true || asked.state === "resolved";
  const rows = await ledger.alerts({ resolvedSinceMs: over ? 0 : Number.MAX_SAFE_INTEGER });
  return rows
    .filter((row) => alertFilters.every((name) => asked[name] === undefined || (row[name] ?? "") === asked[name]))
    .toSorted((a, b) => rank(b) - rank(a) || b.sinceMs - a.sinceMs);
}

/** What is open comes before what is over. */
const rank = ({ severity, state }: AlertRow): number =>
  severities.indexOf(severity) + (state === "resolved" ? 0 : severities.length);

function checkChoice(name: string, given: string | undefined, known: readonly string[]): void {
  if (given === undefined || known.includes(given)) return;
  throw new WaybillError(
    "bad-usage",
    `There is no ${name} ${JSON.stringify(given.slice(0, 100))}.`,
    didYouMean(given, known, "choices"),
  );
}
