import { durationText } from "../../model/duration.ts";
import { command } from "../../model/shell.ts";
import { finding, type Rule } from "./rule.ts";

/** What was paused for an hour and forgotten for a week. */
export const paused: Rule = {
  name: "paused",
  means: "An integration, a system or a tenant has been paused for longer than `after`. What comes for it waits.",
  help: "Let it go on when it may: `waybill resume NAME`.",
  find: ({ pauses, thresholds, nowMs }) =>
    pauses.flatMap(({ kind, name, atMs, actor, why }) => {
      const integration = kind === "integration" ? name : null;
      if (nowMs - atMs < thresholds("paused", integration).after) return [];
      return finding({
        rule: "paused",
        severity: "warning",
        integration,
        system: kind === "system" ? name : null,
        tenant: kind === "tenant" ? name : "",
        message: `The ${kind} ${name} has been paused for ${durationText(nowMs - atMs)}, by ${actor}${why === undefined ? "" : `: ${why}`}.`,
        next:
          kind === "tenant"
            ? command("npx waybill resume --tenant", name)
            : command("npx waybill resume", `--${kind}`, name),
      });
    }),
};
