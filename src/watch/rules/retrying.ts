import type { CauseGroup } from "../../ledger/ledger.ts";
import type { Finding } from "../../model/alert.ts";
import { command } from "../../model/shell.ts";
import type { Observation } from "./observation.ts";
import { finding, type Rule } from "./rule.ts";
import { countText, ofWhom, oldestText, saysText, tenantWords } from "./words.ts";

/** What failed within this explains what is being retried. */
const latelyMs = 1_800_000;

/** Records that fail and are tried again. Where one system is behind it, all that wait for it are one alert, whichever integrations they are of. */
export const retrying: Rule = {
  name: "retrying",
  means:
    "Deliveries fail and are tried again: `count` records at once, or one for longer than `after`. They are not lost yet.",
  help: "See what the system answers, and whether it is its fault or ours: `waybill systems`, `waybill records`.",
  find(seen) {
    const wrong = seen.ledger.retrying.filter((group) => isWrong(group, seen));
    const bySystem = Map.groupBy(
      wrong.filter((group) => !isOver(group, seen)),
      (group) => lastFailing(group, seen)?.system,
    );
    return [...bySystem].flatMap(([system, groups]) =>
      system === undefined ? groups.map((group) => ofIntegration(group, seen)) : ofSystem(system, groups, seen),
    );
  },
};

function isWrong({ integration, count, firstAtMs, reason }: CauseGroup, seen: Observation): boolean {
  const { thresholds, systems, nowMs } = seen;
  // It tries whether a system lets us in again that does not: that has an alert of its own.
  if (systems.some(({ auth, authWhy }) => auth === "unauthorized" && authWhy && reason?.includes(authWhy)))
    return false;
  const { count: least, after } = thresholds("retrying", integration);
  return count >= least || nowMs - firstAtMs >= after;
}

/** What of it failed last, if that was lately. */
function lastFailing({ integration, tenant }: CauseGroup, { recent, nowMs }: Observation) {
  const lately = recent.failing.filter(
    (one) => one.integration === integration && one.tenant === tenant && nowMs - one.atMs <= latelyMs,
  );
  return lately.toSorted((a, b) => b.atMs - a.atMs)[0];
}

/** Nothing of it has failed since its system came back: it only waits for its turn, and the incident had its alert. */
function isOver(group: CauseGroup, seen: Observation): boolean {
  const last = lastFailing(group, seen);
  return seen.systems.some(
    ({ name, tenant = "", lastOpenMs = 0 }) =>
      name === last?.system && (tenant === "" || tenant === group.tenant) && last.atMs <= lastOpenMs,
  );
}

function ofIntegration(group: CauseGroup, { nowMs }: Observation): Finding {
  const { integration, tenant, count, samples } = group;
  return finding({
    rule: "retrying",
    severity: "warning",
    integration,
    tenant,
    count,
    message: `${countText(count, "record")} of ${ofWhom(integration, tenant)} ${count === 1 ? "fails and is" : "fail and are"} tried again${oldestText(group, nowMs)}${saysText(group)}`,
    samples,
    next: command(
      "npx waybill records --state waiting --cause retrying --integration",
      integration,
      ...tenantWords(tenant),
    ),
  });
}

/** A system that is left alone already has an alert that says so. */
function ofSystem(system: string, groups: readonly CauseGroup[], { systems, nowMs }: Observation): Finding[] {
  if (systems.some(({ name, openSinceMs }) => name === system && openSinceMs !== undefined)) return [];
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  const names = [...new Set(groups.map(({ integration }) => integration))];
  const firstAtMs = Math.min(...groups.map((group) => group.firstAtMs));
  const newest = groups.toSorted((a, b) => b.lastAtMs - a.lastAtMs)[0];
  const whose = names.length === 1 ? names[0] : `${names.length} integrations (${names.slice(0, 5).join(", ")})`;
  return [
    finding({
      rule: "retrying",
      severity: "warning",
      system,
      count,
      message: `${system} fails: ${countText(count, "record")} of ${whose} ${count === 1 ? "is" : "are"} tried again${oldestText({ firstAtMs }, nowMs)}${saysText({ reason: newest?.reason })}`,
      samples: groups.flatMap(({ samples }) => samples).slice(0, 3),
      next: "npx waybill records --state waiting --cause retrying",
    }),
  ];
}
