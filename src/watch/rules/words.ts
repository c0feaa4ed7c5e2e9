import { type CauseGroup, countMax, type OldestWaiting } from "../../ledger/alerts.ts";
import { durationText } from "../../model/duration.ts";
import type { SystemSeen } from "./observation.ts";

/** `1 record`, `12 records`, `at least 100000 records`. */
export function countText(count: number, what: string): string {
  const text = count === 1 ? `1 ${what}` : `${count} ${what}s`;
  return count >= countMax ? `at least ${text}` : text;
}

/** `orders`, `orders (tenant shop-7)`. */
export function ofWhom(name: string, tenant: string): string {
  return tenant === "" ? name : `${name} (tenant ${tenant})`;
}

/** The option that names a tenant, where there is one. */
export function tenantWords(tenant: string): readonly string[] {
  return tenant === "" ? [] : ["--tenant", tenant];
}

/** `; the oldest came 3h 5m ago`. */
export function oldestText({ firstAtMs }: Pick<CauseGroup, "firstAtMs">, nowMs: number): string {
  return `; the oldest came ${durationText(Math.max(0, nowMs - firstAtMs))} ago`;
}

const reasonCharsMax = 300;

/** `. The newest says: …`, on one line and cut: what others wrote has any length. */
export function saysText({ reason }: Pick<CauseGroup, "reason">): string {
  if (reason === undefined || reason === "") return ".";
  const line = reason.replace(/\s+/g, " ");
  return `. The newest says: ${line.length > reasonCharsMax ? `${line.slice(0, reasonCharsMax)}…` : line}`;
}

/** `14:20 UTC`, with the day where it is another one. */
export function timeText(ms: number, nowMs: number): string {
  const iso = new Date(ms).toISOString();
  const time = `${iso.slice(11, 16)} UTC`;
  return iso.slice(0, 10) === new Date(nowMs).toISOString().slice(0, 10) ? time : `${iso.slice(0, 10)} ${time}`;
}

/** Whether a record waits for a system, by the reason that it waits for: `books: its breaker is open`. */
export function isWaitingFor(
  { name, tenant = "" }: Pick<SystemSeen, "name" | "tenant">,
  waiting: Pick<OldestWaiting, "tenant" | "reason">,
): boolean {
  const isWhose = tenant === "" || tenant === waiting.tenant;
  return isWhose && waiting.reason?.startsWith(`${name}: `) === true;
}
