import { finding, type Rule } from "./rule.ts";
import { ofWhom } from "./words.ts";

/** A system that does not let us in any more. */
export const unauthorized: Rule = {
  name: "unauthorized",
  means:
    "A system does not let Waybill in: its token or key is wrong, expired or taken back. Nothing that needs it goes on until a person helps.",
  help: "The alert names the command, such as `waybill connect SYSTEM`. Where there is none, give it a valid secret and start again.",
  find: ({ systems }) =>
    systems.flatMap(({ name, tenant = "", auth, authWhy, next }) =>
      auth !== "unauthorized"
        ? []
        : finding({
            rule: "unauthorized",
            severity: "critical",
            system: name,
            tenant,
            message: `${ofWhom(name, tenant)} does not let us in: ${authWhy ?? "it answers 401"}. What needs it waits, and nothing is lost.`,
            next: next ?? "npx waybill systems",
          }),
    ),
};
