import type { Finding } from "../../model/alert.ts";
import { command } from "../../model/shell.ts";
import type { Observation, RefusalSeen } from "./observation.ts";
import { finding, type Rule } from "./rule.ts";
import { ofWhom, timeText } from "./words.ts";

/** A sender that is turned away again and again: each of its records is one that nobody has. */
export const refused: Rule = {
  name: "refused",
  means:
    "A sender is turned away again and again for one reason, such as a signature that does not fit: `count` times `within` that time. What it sends never becomes a record.",
  help: "`waybill refusals` has a sample and what to look at. After a change of secrets, compare both sides; then ask the sender to send again what it gave up.",
  find: (seen) => seen.refusals.filter((row) => isTurnedAway(row, seen)).map((row) => ofSender(row, seen)),
};

const dayMs = 86_400_000;

function isTurnedAway(
  { integrations, lastAtMs, countSince }: RefusalSeen,
  { thresholds, nowMs }: Observation,
): boolean {
  const { count: least, within } = thresholds("refused", integrations[0] ?? null);
  return nowMs - lastAtMs <= within && countSince(nowMs - within) >= least;
}

function ofSender(row: RefusalSeen, { volumes, nowMs }: Observation): Finding {
  const { source, tenant, reason, integrations, lastAtMs, firstAtMs, countSince } = row;
  const [integration = null] = integrations;
  const count = countSince(nowMs - dayMs);
  const { lastAtMs: takenAtMs } = volumes.find((one) => one.integration === integration) ?? {};
  const taken =
    takenAtMs === undefined || takenAtMs > firstAtMs
      ? ""
      : ` The last new record of ${integration} came at ${timeText(takenAtMs, nowMs)}.`;
  return finding({
    rule: "refused",
    severity: "critical",
    integration,
    tenant,
    about: `${source} ${reason}`,
    count,
    message: `${source} turns ${ofWhom("its sender", tenant)} away: ${reason}, ${timesText(count)} in the last 24 hours, the last at ${timeText(lastAtMs, nowMs)}; the first ever was at ${timeText(firstAtMs, nowMs)}. Nothing of it became a record.${taken}`,
    next: command("npx waybill refusals --source", source),
  });
}

const timesText = (count: number): string => (count === 1 ? "once" : `${count} times`);

/**
 * Whether nothing comes because it is refused: that has an alert of its own, which says what to do. Also in the first half hour after a start, so that
 * whoever has put it right can have the sender send again.
 */
export function explainsSilence(integration: string, seen: Observation): boolean {
  const { refusals, thresholds, nowMs, upSinceMs } = seen;
  const { count, within } = thresholds("refused", integration);
  return refusals.some(
    (row) =>
      row.integrations.includes(integration) &&
      (isTurnedAway(row, seen) ||
        (row.count >= count && nowMs - upSinceMs <= within && upSinceMs - row.lastAtMs <= within)),
  );
}
