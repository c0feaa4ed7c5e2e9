import type { Finding } from "../../model/alert.ts";
import { durationText } from "../../model/duration.ts";
import { command } from "../../model/shell.ts";
import type { Observation } from "./observation.ts";
import { finding, type Rule } from "./rule.ts";
import { isWaitingFor, ofWhom, tenantWords } from "./words.ts";

/** What has not failed and yet is not delivered: too much came, a limit is tight, or something before it blocks. */
export const lagging: Rule = {
  name: "lagging",
  means:
    "The oldest waiting record of an integration has waited longer than `after`, and nothing has failed: more comes than goes, or a limit is tight.",
  help: "See what it waits for: `waybill show RECORD`, `waybill systems`. What is paused or retried has alerts of its own.",
  find: (seen) => [...waiting(seen), ...notTakenIn(seen)],
};

function waiting({ ledger, systems, pauses, thresholds, nowMs }: Observation): readonly Finding[] {
  return ledger.oldest.flatMap(({ integration, tenant, record, receivedAtMs, cause, reason }) => {
    const { after } = thresholds("lagging", integration);
    const waitedMs = nowMs - receivedAtMs;
    // What waited while a system was down had that incident's alert; from then on it has the same time as what comes new.
    const couldGoMs = systems.reduce((latest, system) => {
      const mayWaitFor = reason === undefined || reason === "" || isWaitingFor(system, { tenant, reason });
      return mayWaitFor ? Math.max(latest, system.lastOpenMs ?? 0) : latest;
    }, receivedAtMs);
    const paused = pauses.some(
      ({ kind, name }) => (kind === "integration" && name === integration) || (kind === "tenant" && name === tenant),
    );
    if (nowMs - couldGoMs < after || paused || cause === "retrying") return [];
    // It waits for a system that is down or lets nobody in: that is an incident with an alert of its own.
    if (systems.some((system) => system.openSinceMs !== undefined && isWaitingFor(system, { tenant, reason })))
      return [];
    const why = reason === undefined || reason === "" ? "" : ` It waits: ${reason}`;
    return finding({
      rule: "lagging",
      severity: "warning",
      integration,
      tenant,
      message: `The oldest waiting record of ${ofWhom(integration, tenant)} came ${durationText(waitedMs)} ago.${why}`,
      samples: [record],
      next: command("npx waybill records --state waiting --integration", integration, ...tenantWords(tenant)),
    });
  });
}

/** What was sent within users' transactions, and no worker has taken in. */
function notTakenIn({ ledger, thresholds, nowMs }: Observation): readonly Finding[] {
  return ledger.outbox.flatMap(({ integration, tenant, count, sinceMs }) => {
    const waitedMs = nowMs - sinceMs;
    if (waitedMs < thresholds("lagging", integration).after) return [];
    return finding({
      rule: "lagging",
      severity: "warning",
      integration,
      tenant,
      about: "outbox",
      count,
      message: `What was sent within a transaction for ${ofWhom(integration, tenant)} ${durationText(waitedMs)} ago is still not taken in: no worker that runs it does so.`,
      next: command("npx waybill balance", integration, ...tenantWords(tenant)),
    });
  });
}
