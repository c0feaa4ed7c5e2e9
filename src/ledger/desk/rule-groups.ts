import type { Issue } from "../../model/record.ts";
import { ruleOf } from "../../model/rule.ts";
import { value } from "./stored.ts";

/** Lines that a person can look through; what is beyond them is one more. */
const groupsMax = 500;
const othersMessage = "other reasons";

export interface RuleGroup {
  readonly path: string;
  /** As the first record says it, while all say the same. */
  message: string;
  count: number;
  readonly firstAtMs: number;
  lastAtMs: number;
  reason: string | undefined;
  newest: number;
}

/** Records of one book, state and cause by the rule that they break: 5,000 rows that broke one rule are one group. */
export class RuleGroups {
  readonly #groups = new Map<string, RuleGroup>();

  /** The largest first. */
  all(): RuleGroup[] {
    return [...this.#groups.values()].sort((a, b) => b.count - a.count);
  }

  /** From record, issues, reason, and when it was received: oldest first. */
  add([record, issuesText, reasonText, receivedAt]: readonly unknown[]): void {
    const groups = this.#groups;
    const issues = typeof issuesText === "string" ? (JSON.parse(issuesText) as readonly Issue[]) : undefined;
    const reason = value<string>(reasonText);
    const rule = ruleOf(issues, reason);
    const key = `${rule.path}\n${rule.message}`;
    const full = !groups.has(key) && groups.size >= groupsMax;
    const at = full ? othersMessage : key;
    const said = full ? othersMessage : (issues?.[0]?.message ?? reason ?? "");
    const group = groups.get(at);
    const atMs = receivedAt as number;
    if (group === undefined) {
      const path = full ? "" : rule.path;
      const newest = record as number;
      groups.set(at, { path, message: said, count: 1, firstAtMs: atMs, lastAtMs: atMs, reason, newest });
      return;
    }
    if (group.message !== said) group.message = rule.message;
    group.count += 1;
    group.lastAtMs = Math.max(group.lastAtMs, atMs);
    group.reason = reason;
    group.newest = record as number;
  }
}
