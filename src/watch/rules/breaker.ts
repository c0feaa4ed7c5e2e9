import { durationText } from "../../model/duration.ts";
import { finding, type Rule } from "./rule.ts";
import { countText, ofWhom } from "./words.ts";

/** A system that is down: one alert, whatever waits for it. */
export const breaker: Rule = {
  name: "breaker",
  means:
    "A system fails so often that it is left alone, for longer than `after`; one probe at a time finds out whether it is back. What needs it waits and uses up no attempts.",
  help: "Mostly nothing on this side: it goes on by itself. `waybill systems` says how it stands; `waybill systems probe NAME` asks it now.",
  find: ({ systems, ledger, recent, thresholds, nowMs }) =>
    systems.flatMap(({ name, tenant = "", openSinceMs, openUntil, auth, lastUnauthorizedMs = 0 }) => {
      const { after } = thresholds("breaker", null);
      if (openSinceMs === undefined || auth === "unauthorized") return [];
      // While it let nobody in, that had its alert; it closes when a first call has gone well.
      if (nowMs - Math.max(openSinceMs, lastUnauthorizedMs) < after) return [];
      const failing = recent.failing.filter(({ system }) => system === name);
      const of = new Set(failing.map(({ integration }) => integration));
      const groups = ledger.retrying.filter(({ integration }) => of.has(integration));
      const count = groups.reduce((sum, group) => sum + group.count, 0);
      const last = failing.toSorted((a, b) => b.atMs - a.atMs)[0];
      const waiting =
        count === 0 ? "" : ` ${countText(count, "record")} of ${[...of].slice(0, 5).join(", ")} failed there and wait.`;
      return finding({
        rule: "breaker",
        severity: "critical",
        system: name,
        tenant,
        count: Math.max(1, count),
        message: `${ofWhom(name, tenant)} is down and left alone, for ${durationText(nowMs - openSinceMs)}${openUntil === null ? "" : `; it is asked again at ${openUntil.slice(11, 19)} UTC`}.${waiting}${last === undefined ? "" : ` The last answer: ${last.what}`}`,
        samples: groups.flatMap(({ samples }) => samples).slice(0, 3),
        next: "npx waybill systems",
      });
    }),
};
