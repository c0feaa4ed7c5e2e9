import { command } from "../../model/shell.ts";
import { finding, type Rule } from "./rule.ts";
import { countText, ofWhom, oldestText, saysText, tenantWords } from "./words.ts";

/** Records that cannot be delivered, one alert for each cause. */
export const dead: Rule = {
  name: "dead",
  means: "Records cannot be delivered: the other system refused them for good, or the retries ran out.",
  help: "Look at what the cause is, put it right there, and replay them: `waybill dead`, `waybill replay`.",
  find: ({ ledger, nowMs }) =>
    ledger.inbox
      .filter(({ state, cause }) => state === "dead" && cause !== "ended")
      .map((group) => {
        const { integration, tenant, cause, count, samples } = group;
        return finding({
          rule: "dead",
          severity: "critical",
          integration,
          tenant,
          about: cause,
          count,
          message: `${countText(count, "record")} of ${ofWhom(integration, tenant)} cannot be delivered (${cause})${oldestText(group, nowMs)}${saysText(group)}`,
          samples,
          next: command("npx waybill dead ls --integration", integration, ...tenantWords(tenant), "--cause", cause),
        });
      }),
};
