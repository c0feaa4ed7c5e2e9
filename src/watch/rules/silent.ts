import type { Finding } from "../../model/alert.ts";
import { durationText } from "../../model/duration.ts";
import { command } from "../../model/shell.ts";
import type { FeedSeen, VolumeSeen } from "../baselines/volume-watch.ts";
import { explainsSilence } from "./refused.ts";
import { finding, type Rule } from "./rule.ts";
import { ofWhom, tenantWords } from "./words.ts";

/** Nothing comes where something should: less than is declared, or less than is usual. */
export const silent: Rule = {
  name: "silent",
  means:
    "Nothing new comes, or less than is declared: against `volume`, or against what is usual at this hour of the week. A warning says that it may be a holiday.",
  help: "Ask the sender, and look whether its calls are refused: `waybill refusals`. What is no silence is declared: `volume`.",
  find: (seen) =>
    seen.volumes
      .filter(({ integration }) => !explainsSilence(integration, seen))
      .flatMap((one) => [...declared(one, seen.nowMs), ...learnt(one, seen.nowMs)]),
};

function declared(seen: VolumeSeen, nowMs: number): Finding[] {
  const { integration, volume, deviation } = seen;
  if (deviation?.kind !== "too few" || volume === undefined) return [];
  const { atLeast, per, during, zone } = volume;
  const when = during === undefined ? "" : ` (${during}, ${zone ?? "UTC"})`;
  const between = `from ${moment(deviation.fromMs)} to ${moment(deviation.untilMs)}`;
  const came = deviation.count === 0 ? "nothing new came" : `only ${deviation.count} new came`;
  const message = `${integration} is silent: ${came} ${between}, and at least ${atLeast} per ${per} is declared${when}. ${lastly(seen, nowMs)}`;
  return [finding({ rule: "silent", severity: "critical", integration, message, next: next(integration, "") })];
}

/** Where more tenants than this are silent at once, it is one incident. */
const tenantsApart = 3;

function learnt(seen: VolumeSeen, nowMs: number): Finding[] {
  const { integration, feedCount } = seen;
  const silent = seen.feeds.filter(({ silence }) => silence !== undefined);
  if (silent.length <= tenantsApart) return silent.map((feed) => ofFeed(seen, feed, nowMs));
  const names = silent.slice(0, tenantsApart).map(({ tenant }) => tenant);
  const message = `${silent.length} of ${feedCount} tenants of ${integration} are silent, among them ${names.join(", ")}: nothing new has come of them for longer than is usual at this hour of the week. ${lastly(seen, nowMs)}`;
  const severity = silent.some(({ silence }) => silence?.certain === true) ? "critical" : "warning";
  return [
    finding({ rule: "silent", severity, integration, count: silent.length, message, next: next(integration, "") }),
  ];
}

function ofFeed(seen: VolumeSeen, { tenant, silence }: FeedSeen, nowMs: number): Finding {
  const { integration } = seen;
  const { quietMs = 0, usualMs, missed = 0, lastAtMs, certain = true } = silence ?? {};
  const usual =
    usualMs === undefined
      ? "It is not known for long enough to say what is usual, but so long it has never been quiet."
      : `At this hour of the week it is usually quiet for ${durationText(usualMs)} at most, and some ${Math.round(missed)} new records usually come in that time.`;
  const perhaps = certain
    ? ""
    : " It may be a holiday: if nothing comes in the next busy time either, this becomes critical.";
  const message = `${ofWhom(integration, tenant)} is silent: nothing new has come for ${durationText(quietMs)}. ${usual}${perhaps} ${lastly({ ...seen, lastAtMs }, nowMs)}`;
  const severity = certain ? "critical" : "warning";
  return finding({ rule: "silent", severity, integration, tenant, message, next: next(integration, tenant) });
}

/** When the last one came, and whether we were there to see it. */
function lastly({ lastAtMs, downtime }: Pick<VolumeSeen, "lastAtMs" | "downtime">, nowMs: number): string {
  const last =
    lastAtMs === undefined ? "None has come since this is watched." : `The last one came at ${moment(lastAtMs)}.`;
  const isRecent =
    downtime !== undefined && nowMs - downtime.untilMs < 86_400_000 && downtime.untilMs - downtime.fromMs > 60_000;
  if (!isRecent) return last;
  return `${last} We were down or paused from ${moment(downtime.fromMs)} to ${moment(downtime.untilMs)}: that time does not count.`;
}

/** It says what was refused, and where else to look. */
function next(integration: string, tenant: string): string {
  return command("npx waybill refusals", integration, ...tenantWords(tenant));
}

/** `2026-11-27 14:05 UTC`, with seconds where it is not a whole minute. */
function moment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ").replace(/:00$/, "")} UTC`;
}
