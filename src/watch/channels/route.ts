import type { Route } from "../../define/channel.ts";
import type { Alert } from "../../model/alert.ts";

/** Whether a channel is for this alert. What is about no integration, or no tenant, is for all who did not ask for some. */
export function isFor({ severities, integrations, tenants }: Route, alert: Alert): boolean {
  if (severities !== undefined && !severities.includes(alert.severity)) return false;
  if (integrations !== undefined && (alert.integration === null || !integrations.includes(alert.integration)))
    return false;
  return tenants === undefined || tenants.includes(alert.tenant);
}

const minuteMs = 60_000;
const dayMinutes = 1_440;

/** How long an alert has to wait for the end of the quiet hours, in milliseconds; 0 when it may go now. What is critical never waits. */
export function quietMs({ quiet }: Route, { severity }: Pick<Alert, "severity">, nowMs: number): number {
  if (quiet === undefined || severity === "critical") return 0;
  const length = (quiet.to - quiet.from + dayMinutes) % dayMinutes;
  const into = (minuteOfDay(nowMs, quiet.zone) - quiet.from + dayMinutes) % dayMinutes;
  return into < length ? (length - into) * minuteMs - (nowMs % minuteMs) : 0;
}

function minuteOfDay(ms: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const [hours, minutes] = parts.format(ms).split(":").map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}
