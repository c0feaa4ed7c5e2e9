import type { Cause, Issue, State } from "../../model/record.ts";
import { ruleOf } from "../../model/rule.ts";
import { recordId } from "../desk/numbers.ts";
import type { InboxGroup } from "../ledger.ts";
import { askedFor } from "./books.ts";
import { type Cell, type Prepare, value } from "./cells.ts";
import { needsPerson } from "./records.ts";

/** Rows read at once. */
const pageRows = 2_000;
/** Lines that a person can look through; what is beyond them is one more. */
const groupsMax = 500;
const othersMessage = "other reasons";

interface Group {
  readonly path: string;
  /** As the first record says it, while all say the same. */
  message: string;
  count: number;
  readonly firstAtMs: number;
  lastAtMs: number;
  reason: string | undefined;
  newest: number;
}

/** What waits for a person, by the rule that it breaks: 5,000 rows that broke one rule are one group. */
export function groupingByRule(
  prepare: Prepare,
): (asked: { readonly states: readonly State[]; readonly integration: string | undefined }) => readonly InboxGroup[] {
  const causes = prepare(`
    select g.book, b.integration, b.tenant, g.state, g.cause
    from (select distinct book, state, cause from records where ${needsPerson}) g
    join books b on b.book = g.book
    where g.state in (select value from json_each(?1)) and (${askedFor("?2")})
    order by b.integration, b.tenant`);
  const page = prepare(`
    select record, issues, reason, received_at from records
    where ${needsPerson} and book = ? and state = ? and cause = ? and record > ? order by record limit ${pageRows}`);

  function groupsOf(book: Cell, state: Cell, cause: Cell): Group[] {
    const groups = new Map<string, Group>();
    let after = 0;
    for (;;) {
      const rows = page.all(book, state, cause, after);
      for (const row of rows) addTo(groups, row);
      if (rows.length < pageRows) return [...groups.values()].sort((a, b) => b.count - a.count);
      after = rows.at(-1)?.[0] as number;
    }
  }

  return ({ states, integration }) =>
    causes.all(JSON.stringify(states), integration ?? null).flatMap(([book, name, tenant, state, cause]) =>
      groupsOf(book as Cell, state as Cell, cause as Cell).map(({ newest, ...group }) => ({
        integration: name as string,
        tenant: tenant as string,
        cause: cause as Cause,
        ...group,
        sample: recordId(newest),
      })),
    );
}

function addTo(groups: Map<string, Group>, [record, issuesText, reasonText, receivedAt]: Cell[]): void {
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
