import { command } from "../../model/shell.ts";
import { finding, type Rule } from "./rule.ts";
import { countText, ofWhom, oldestText, saysText, tenantWords } from "./words.ts";

/** Records with an effect that only a person can decide on. */
export const held: Rule = {
  name: "held",
  means:
    "An effect may or may not have been applied, or its answer is not what was expected, and nothing can find out by itself.",
  help: "Look in the other system, and say what you found: `waybill held`, `waybill resolve RECORD --applied …` or `--not-applied`.",
  find: ({ ledger, nowMs }) =>
    ledger.inbox
      .filter(({ state, cause }) => state === "held" && cause !== "effect-orphaned")
      .map((group) => {
        const { integration, tenant, cause, count, samples } = group;
        return finding({
          rule: "held",
          severity: "critical",
          integration,
          tenant,
          about: cause,
          count,
          message: `${countText(count, "record")} of ${ofWhom(integration, tenant)} ${count === 1 ? "has" : "have"} an effect that needs a person (${cause})${oldestText(group, nowMs)}${saysText(group)}`,
          samples,
          next: command("npx waybill held ls --integration", integration, ...tenantWords(tenant), "--cause", cause),
        });
      }),
};
