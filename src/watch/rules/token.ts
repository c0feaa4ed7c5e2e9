import { durationText } from "../../model/duration.ts";
import { command } from "../../model/shell.ts";
import { finding, type Rule } from "./rule.ts";
import { ofWhom, timeText } from "./words.ts";

/** A token that ends soon and that nothing can renew without a person. */
export const token: Rule = {
  name: "token",
  means: "A token ends within `before`, and it came without a refresh token: nothing gets another one by itself.",
  help: "Connect the account again before it ends: `waybill connect SYSTEM`. Ask for a scope that gives a refresh token, such as `offline_access`.",
  find: ({ systems, thresholds, nowMs }) =>
    systems.flatMap(({ name, tenant = "", expiresAt, renews, auth }) => {
      if (renews || auth === "unauthorized" || typeof expiresAt !== "string") return [];
      const leftMs = Date.parse(expiresAt) - nowMs;
      if (leftMs > thresholds("token", null).before) return [];
      return finding({
        rule: "token",
        severity: leftMs < 86_400_000 ? "critical" : "warning",
        system: name,
        tenant,
        message: `The token of ${ofWhom(name, tenant)} ${leftMs <= 0 ? "has ended" : `ends in ${durationText(leftMs)}, at ${timeText(nowMs + leftMs, nowMs)}`}, and cannot be renewed without a person.`,
        next: command("npx waybill connect", name),
      });
    }),
};
