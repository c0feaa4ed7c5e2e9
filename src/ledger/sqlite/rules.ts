import type { Cause, State } from "../../model/record.ts";
import { recordId } from "../desk/numbers.ts";
import { type RuleGroup, RuleGroups } from "../desk/rule-groups.ts";
import type { InboxGroup } from "../ledger.ts";
import { askedFor } from "./books.ts";
import type { Cell, Prepare } from "./cells.ts";
import { needsPerson } from "./records.ts";

/** Rows read at once. */
const pageRows = 2_000;
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

  function groupsOf(book: Cell, state: Cell, cause: Cell): RuleGroup[] {
    const groups = new RuleGroups();
    let after = 0;
    for (;;) {
      const rows = page.all(book, state, cause, after);
      for (const row of rows) groups.add(row);
      if (rows.length < pageRows) return groups.all();
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
