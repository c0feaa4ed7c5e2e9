import { command } from "../../model/shell.ts";
import { finding, type Rule } from "./rule.ts";
import { ofWhom, timeText } from "./words.ts";

/** A sender that is turned away again and again: each of its records is one that nobody has. */
export const refused: Rule = {
  name: "refused",
  means:
    "A sender is turned away again and again for one reason, such as a signature that does not fit: `count` times `within` that time. What it sends never becomes a record.",
  help: "`waybill refusals` has a sample and what to look at. After a change of secrets, compare both sides; then ask the sender to send again what it gave up.",
  find: ({ refusals, thresholds, nowMs }) =>
    refusals.flatMap(({ source, tenant, reason, integrations, lastAtMs, firstAtMs, countSince }) => {
      const [integration = null] = integrations;
      const { count: least, within } = thresholds("refused", integration);
      const count = countSince(nowMs - within);
      if (count < least || nowMs - lastAtMs > within) return [];
      return finding({
        rule: "refused",
        severity: "critical",
        integration,
        tenant,
        about: `${source} ${reason}`,
        count,
        message: `${source} turns ${ofWhom("its sender", tenant)} away: ${reason}, ${count} times lately, the last at ${timeText(lastAtMs, nowMs)}; the first ever was at ${timeText(firstAtMs, nowMs)}. Nothing of it became a record.`,
        next: command("npx waybill refusals --source", source),
      });
    }),
};
