import type { SystemState } from "../../systems/port.ts";
import { finding, type Rule } from "./rule.ts";
import { ofWhom, timeText } from "./words.ts";

/** Shorter windows are there to be used up. */
const windowMsMin = 3_600_000;
const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A quota that will not last, or is spent. */
export const quota: Rule = {
  name: "quota",
  means:
    "At this pace a limit over an hour or more is spent before it comes back, or it is spent. What needs it then waits.",
  help: "`waybill systems` says what is left. Raise the limit where the other side allows it, or hold back what can wait: `waybill pause NAME`.",
  find: ({ systems, nowMs }) =>
    systems.flatMap(({ name, tenant = "", limits }) =>
      limits.flatMap((limit) => {
        if (windowMs(limit.limit) < windowMsMin) return [];
        const said = sayOf(limit, nowMs);
        if (said === undefined) return [];
        return finding({
          rule: "quota",
          severity: "warning",
          system: name,
          tenant,
          about: limit.limit,
          message: `${ofWhom(name, tenant)}: ${said}`,
          next: "npx waybill systems",
        });
      }),
    ),
};

function sayOf({ limit, left, refillsAt, spentAt }: SystemState["limits"][number], nowMs: number): string | undefined {
  const at = (iso: string): string => timeText(Date.parse(iso), nowMs);
  if (left < 1 && refillsAt !== null)
    return `its ${limit} are spent; the next call may go at ${at(refillsAt)}, and what needs it waits.`;
  if (spentAt === null) return undefined;
  return `at this pace its ${limit} are spent at ${at(spentAt)}; ${Math.floor(left)} are left.`;
}

/** Of `5000 per 1d`. */
function windowMs(limit: string): number {
  const match = / per (\d+(?:\.\d+)?)(ms|s|m|h|d)\b/.exec(limit);
  return match === null ? 0 : Number(match[1]) * (unitMs[match[2] ?? ""] ?? 0);
}
