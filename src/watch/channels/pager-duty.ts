import { factsOf, headline, type Message } from "./news.ts";

/** An event for PagerDuty's Events API v2, whose summary is at most 1,024 characters (https://developer.pagerduty.com/docs/events-api-v2-overview). */
export function pagerDutyEvent(message: Message, routingKey: string): unknown {
  const { alert, news } = message;
  const shared = { routing_key: routingKey, dedup_key: alert.id };
  if (news === "resolved") return { ...shared, event_action: "resolve" };
  return {
    ...shared,
    event_action: "trigger",
    payload: {
      summary: headline(message).slice(0, 1_024),
      source: alert.integration ?? alert.system ?? "waybill",
      severity: alert.severity,
      timestamp: alert.since,
      component: alert.rule,
      custom_details: { ...Object.fromEntries(factsOf(message)), next: alert.next },
    },
    ...(alert.url === null ? {} : { links: [{ href: alert.url, text: "Look at it" }] }),
  };
}
