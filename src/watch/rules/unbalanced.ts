import { command } from "../../model/shell.ts";
import { finding, type Rule } from "./rule.ts";
import { ofWhom } from "./words.ts";

/** The promise itself is broken. */
export const unbalanced: Rule = {
  name: "unbalanced",
  means:
    "The books do not balance: a record that was received is not accounted for, or one too many is. This is a bug of Waybill, or somebody changed the ledger by hand.",
  help: "Keep a copy (`waybill backup FILE`) and report it.",
  find: ({ unbalanced: books }) =>
    books.map(({ integration, tenant, off }) =>
      finding({
        rule: "unbalanced",
        severity: "critical",
        integration,
        tenant,
        count: Math.abs(off),
        message: `The books of ${ofWhom(integration, tenant)} do not balance: ${off > 0 ? `${off} received and not accounted for` : `${-off} accounted for and never received`}.`,
        next: command("npx waybill balance", integration),
      }),
    ),
};
