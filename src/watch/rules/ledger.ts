import { finding, type Rule } from "./rule.ts";

/**
 * A ledger that cannot be written cannot remember an alert either. So this rule finds nothing in a look: the loop raises it by itself, while nothing can
 * be stored (watch/alerts/unwritable.ts).
 */
export const ledger: Rule = {
  name: "ledger",
  means:
    "The ledger cannot be written: the disk is full, broken or read-only. Senders are asked to come again, and nothing is delivered. What was acknowledged is safe.",
  help: "Make room or mend the permissions; it goes on by itself. This alert is told directly, because it cannot be stored.",
  find: () => [],
};

/** What is wrong while it fails. */
export const ledgerFinding = (address: string, why: string): ReturnType<typeof finding> =>
  finding({
    rule: "ledger",
    severity: "critical",
    message: `The ledger ${address} cannot be written: ${why}. Senders are asked to come again, and nothing is delivered until it can.`,
    next: "df -h .",
  });
