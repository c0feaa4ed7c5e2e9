import type { Finding } from "../../model/alert.ts";
import { command } from "../../model/shell.ts";
import type { FeedSeen, VolumeSeen } from "../baselines/volume-watch.ts";
import { finding, type Rule } from "./rule.ts";
import { ofWhom, tenantWords } from "./words.ts";

/** Far more than usual comes, or a trickle where there is usually a stream. */
export const volume: Rule = {
  name: "volume",
  means: "Far more new records come than is usual or declared, or only a trickle.",
  help: "Look at the newest records: is a sender in a loop, was something imported, has a filter changed? `waybill pause` holds them back.",
  find: ({ volumes }) => volumes.flatMap((seen) => [...declared(seen), ...learnt(seen)]),
};

function declared({ integration, volume, deviation }: VolumeSeen): Finding[] {
  if (deviation?.kind !== "too many" || volume === undefined) return [];
  const message = `${integration}: ${deviation.count} new records came within ${volume.per}, and at most ${volume.atMost} is declared.`;
  const { count } = deviation;
  return [finding({ rule: "volume", severity: "warning", integration, count, message, next: next(integration, "") })];
}

function learnt({ integration, feeds }: VolumeSeen): Finding[] {
  return feeds.flatMap((feed) => (feed.unusual === undefined ? [] : [ofFeed(integration, feed, feed.unusual)]));
}

function ofFeed(integration: string, { tenant }: FeedSeen, unusual: NonNullable<FeedSeen["unusual"]>): Finding {
  const { kind, count, usual, per } = unusual;
  const whom = ofWhom(integration, tenant);
  const message =
    kind === "flood"
      ? `${whom}: ${count} new records came within an hour; at this hour of the week it has been ${Math.round(usual)} at most.`
      : `${whom}: only ${count} new records came ${per === "day" ? "on a whole day" : "within three hours"}; at this time of the week it has been ${Math.round(usual)} at least.`;
  return finding({
    rule: "volume",
    severity: "warning",
    integration,
    tenant,
    about: kind,
    count,
    message,
    next: next(integration, tenant),
  });
}

function next(integration: string, tenant: string): string {
  return command("npx waybill records --integration", integration, ...tenantWords(tenant));
}
