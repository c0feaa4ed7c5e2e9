// What came of a proof, as values: the same for people, for JSON and for tests.

/**
 * - `holds`: it was tried, and was as it is declared.
 * - `contradicted`: it was tried, and was not.
 * - `assumed`: no test can tell (a window of a day), or nothing in the answers did.
 * - `unchecked`: it could have been tried, and something else was in the way: a refusal, a failure, a sample that the sandbox knows.
 */
export type ProofVerdict = "holds" | "contradicted" | "assumed" | "unchecked";

/** One thing that is declared, and what the sandbox said to it. */
export interface Check {
  readonly integration: string | null;
  /** Null for what is declared of the system itself. */
  readonly effect: string | null;
  /** `POST /invoices`. */
  readonly request: string | null;
  /** `byKey()`, `visibleAfter 2 s`, `60 per 1 m`. */
  readonly declared: string;
  readonly verdict: ProofVerdict;
  /** What was seen, in words. */
  readonly seen: string;
  /** How long a lookup took to see a write, from its answer on, in milliseconds. */
  readonly measuredMs?: number;
  readonly declaredMs?: number;
  /** It was sent, and no answer told what came of it, however often it was asked. */
  readonly unanswered?: true;
}

/** An integration that was run, or could not be. */
export interface ProvedIntegration {
  readonly integration: string;
  /** What its `deliver` threw, or why it could not be run; null when it came to its end. */
  readonly ended: string | null;
  /** What it asked of other systems, and of code of its own: that was not sent, and a sample was answered. */
  readonly notSent: readonly string[];
  /** How many requests went to the system, lookups and repeats included. */
  readonly requests: number;
}

export interface ProofReport {
  readonly system: string;
  readonly baseUrl: string;
  /** Nothing that was tried contradicts what is declared, and something was tried. */
  readonly ok: boolean;
  /** Nothing could be tried: it says nothing. */
  readonly void: boolean;
  readonly checks: readonly Check[];
  readonly integrations: readonly ProvedIntegration[];
}

/** The report of what was checked. */
export function reportOf(
  of: Pick<ProofReport, "system" | "baseUrl" | "integrations">,
  checks: readonly Check[],
): ProofReport {
  const is = (verdict: ProofVerdict): boolean => checks.some((check) => check.verdict === verdict);
  const sent = of.integrations.some(({ requests }) => requests > 0);
  const nothing = (is("unchecked") || !sent) && !is("holds") && !is("contradicted");
  return { ...of, ok: !is("contradicted") && !nothing, void: nothing, checks };
}
