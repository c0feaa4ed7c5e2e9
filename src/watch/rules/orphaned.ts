import type { Finding } from "../../model/alert.ts";
import { command } from "../../model/shell.ts";
import type { Observation } from "./observation.ts";
import { finding, type Rule } from "./rule.ts";
import { countText, ofWhom, oldestText, saysText, tenantWords } from "./words.ts";

/** What the ledger has and the code no longer names. */
export const orphaned: Rule = {
  name: "orphaned",
  means:
    "Records have a stored effect that `deliver` no longer names, or they are of an integration that the code no longer has.",
  help: "Was it renamed? Say so with `formerly`, or bring it back; otherwise `waybill resolve` or `waybill discard`.",
  find: (seen) => [...effects(seen), ...integrations(seen)],
};

function effects({ ledger, nowMs }: Observation): Finding[] {
  return ledger.inbox
    .filter(({ state, cause }) => state === "held" && cause === "effect-orphaned")
    .map((group) => {
      const { integration, tenant, count, samples } = group;
      return finding({
        rule: "orphaned",
        severity: "critical",
        integration,
        tenant,
        about: "effect",
        count,
        message: `${countText(count, "record")} of ${ofWhom(integration, tenant)} ${count === 1 ? "has" : "have"} an effect that the code no longer names${oldestText(group, nowMs)}${saysText(group)}`,
        samples,
        next: command(
          "npx waybill held ls --integration",
          integration,
          ...tenantWords(tenant),
          "--cause",
          "effect-orphaned",
        ),
      });
    });
}

function integrations({ ledger, integrations: known }: Observation): Finding[] {
  return ledger.parked
    .filter(({ integration }) => !known.includes(integration))
    .map(({ integration, tenant, count }) =>
      finding({
        rule: "orphaned",
        severity: "critical",
        integration,
        tenant,
        about: "integration",
        count,
        message: `${countText(count, "record")} of ${ofWhom(integration, tenant)} wait, and the code has no integration of that name: they are delivered by nobody.`,
        next: command("npx waybill records --state waiting --integration", integration, ...tenantWords(tenant)),
      }),
    );
}
