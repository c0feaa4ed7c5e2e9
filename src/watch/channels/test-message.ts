import { messageOf } from "./channels.ts";
import type { Message } from "./news.ts";

/** What `waybill alerts test` sends: plainly a test, and of the same shape as an alert. */
export function testMessage(channel: string, nowMs: number): Message {
  const at = new Date(nowMs).toISOString();
  const alert = {
    id: `test-${nowMs.toString(36)}`,
    rule: "dead",
    severity: "info",
    integration: null,
    system: null,
    tenant: "",
    about: "test",
    state: "firing",
    since: at,
    lastAt: at,
    count: 1,
    message: "this is a test of waybill alerts: nothing is wrong",
    samples: [],
    next: "npx waybill alerts ls",
    url: null,
    mutedUntil: null,
    actor: null,
    why: null,
    resolvedAt: null,
  } as const;
  return messageOf({ alert, news: "raised", number: 1 }, channel);
}
