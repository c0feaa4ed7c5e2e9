import { durationText } from "../../model/duration.ts";
import { command } from "../../model/shell.ts";
import { finding, type Rule } from "./rule.ts";
import { countText, ofWhom, tenantWords } from "./words.ts";

/** Records that cannot be delivered, one alert for each cause. */
export const dead: Rule = {
  name: "dead",
  means: "Records cannot be delivered: the other system refused them for good, or the retries ran out.",
  help: "Look at what the cause is, put it right there, and replay them: `waybill dead`, `waybill replay`.",
  find: ({ ledger, nowMs }) =>
    ledger.inbox
      .filter(({ state }) => state === "dead")
      .map(({ integration, tenant, cause, count, firstAtMs, reason, samples }) =>
        finding({
          rule: "dead",
          severity: "critical",
          integration,
          tenant,
          about: cause,
          count,
          message: `${countText(count, "record")} of ${ofWhom(integration, tenant)} cannot be delivered (${cause}); the oldest came ${durationText(nowMs - firstAtMs)} ago. The newest says: ${reason ?? "nothing"}`,
          samples,
          next: command("npx waybill dead ls --integration", integration, ...tenantWords(tenant), "--cause", cause),
        }),
      ),
};
