import type { Severity } from "../../model/alert.ts";
import { command } from "../../model/shell.ts";
import { breaksContract, changesText } from "./drift.ts";
import { finding, type Rule } from "./rule.ts";
import { countText, ofWhom, oldestText, saysText, tenantWords } from "./words.ts";

/** What breaks its contract waits for a person: how loud that is said depends on how much of what comes it is. */
export const quarantined: Rule = {
  name: "quarantined",
  means:
    "Records that came break the contract and wait for a person. `info` for some; `warning` from `count` of them and `percent` of what came `within` that time on; `critical` from half of it on.",
  help: "See which rule they break, mend the contract or what sends them, and let them go: `waybill quarantine`, `waybill release --recheck`.",
  find: ({ ledger, inflow, drifts, thresholds, nowMs }) =>
    ledger.inbox
      .filter(({ state }) => state === "quarantined")
      .map((group) => {
        const { integration, tenant, cause, count, samples } = group;
        const { count: least, percent, within } = thresholds("quarantined", integration);
        const came = inflow.find((one) => one.integration === integration && one.tenant === tenant);
        const { received, quarantined: broken } = came?.since(nowMs - within) ?? { received: 0, quarantined: 0 };
        const share = broken >= least && received > 0 ? (100 * broken) / received : 0;
        const severity: Severity = share >= 50 ? "critical" : share >= percent && share > 0 ? "warning" : "info";
        const lately = share > 0 ? `, ${Math.min(100, Math.round(share))}% of what came lately` : "";
        const says = saysText(group);
        const changed = drifts.filter((seen) => breaksContract(seen, group)).flatMap((seen) => seen.drifts);
        const since =
          changed.length === 0
            ? ""
            : `${says.endsWith(".") ? "" : "."} What comes has changed: ${changesText(changed)}.`;
        return finding({
          rule: "quarantined",
          severity,
          integration,
          tenant,
          about: cause,
          count,
          message: `${countText(count, "record")} of ${ofWhom(integration, tenant)} ${count === 1 ? "breaks" : "break"} the contract (${cause})${lately}${oldestText(group, nowMs)}${says}${since}`,
          samples,
          next: command(
            "npx waybill quarantine ls --integration",
            integration,
            ...tenantWords(tenant),
            "--cause",
            cause,
          ),
        });
      }),
};
