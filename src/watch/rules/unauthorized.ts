import { finding, type Rule } from "./rule.ts";
import { isWaitingFor, ofWhom, oldestText } from "./words.ts";

/** A system that does not let us in any more. */
export const unauthorized: Rule = {
  name: "unauthorized",
  means:
    "A system does not let Waybill in: its token or key is wrong, expired or taken back. Nothing that needs it goes on until a person helps.",
  help: "The alert names the command, such as `waybill connect SYSTEM`. Where there is none, give it a valid secret and start again.",
  find: ({ systems, ledger, nowMs }) =>
    systems.flatMap((system) => {
      const { name, tenant = "", auth, authWhy, next } = system;
      if (auth !== "unauthorized") return [];
      const waiting = ledger.oldest.filter((one) => isWaitingFor(system, one));
      const firstAtMs = Math.min(...waiting.map(({ receivedAtMs }) => receivedAtMs));
      const oldest = waiting.length === 0 ? "" : oldestText({ firstAtMs }, nowMs);
      return finding({
        rule: "unauthorized",
        severity: "critical",
        system: name,
        tenant,
        message: `${ofWhom(name, tenant)} does not let us in: ${authWhy ?? "it answers 401"}. What needs it waits${oldest}; nothing is lost.`,
        samples: waiting.map(({ record }) => record).slice(0, 3),
        next: next ?? "npx waybill systems",
      });
    }),
};
