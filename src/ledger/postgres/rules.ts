import type { Cause, State } from "../../model/record.ts";
import { recordId } from "../desk/numbers.ts";
import { RuleGroups } from "../desk/rule-groups.ts";
import { askedFor } from "./books.ts";
import { needsPerson } from "./inbox.ts";
import type { Sql } from "./line.ts";
import { type Other, reads } from "./other.ts";

/** Rows read at once, about. */
const pageRows = 5_000;
/** Of one book, state and cause so many at once, at least. */
const leastEach = 20;

const causes = `
  select g.book, g.state, g.cause, b.integration, b.tenant
  from (select distinct book, state, cause from waybill.records where ${needsPerson} and state = any($1)) g
  join waybill.books b on b.book = g.book
  where ${askedFor("$2")}
  order by b.integration, b.tenant, g.state, g.cause`;
/** The next of each: one step in the index for each of them. */
const page = `
  select g.at, r.record, r.issues, r.reason, r.received_at
  from unnest($1::integer[], $2::text[], $3::text[], $4::bigint[]) with ordinality as g (book, state, cause, after, at)
  cross join lateral (
    select record, issues, reason, received_at from waybill.records
    where ${needsPerson} and book = g.book and state = g.state and cause = g.cause and record > g.after order by record limit $5
  ) r
  order by g.at, r.record`;

/** What is of one book, state and cause, while it is read. */
interface Reading {
  readonly book: number;
  readonly state: State;
  readonly cause: Cause;
  readonly integration: string;
  readonly tenant: string;
  readonly groups: RuleGroups;
  after: number;
}

/** What waits for a person, by the rule that it breaks. */
export const rules: Other<"rules"> = reads(async (sql, { states, integration }) => {
  const all = (await sql.rows(causes, states, integration)).map(([book, state, cause, name, tenant]): Reading => {
    const of = { book: book as number, state: state as State, cause: cause as Cause };
    return { ...of, integration: name as string, tenant: tenant as string, groups: new RuleGroups(), after: 0 };
  });
  for (let open = all; open.length > 0; ) open = await readMore(sql, open);
  return all.flatMap(({ cause, integration: name, tenant, groups }) =>
    groups
      .all()
      .map(({ newest, ...group }) => ({ integration: name, tenant, cause, ...group, sample: recordId(newest) })),
  );
});

/** Answers those of which there may be more. */
async function readMore(sql: Sql, open: readonly Reading[]): Promise<Reading[]> {
  const each = Math.max(leastEach, Math.floor(pageRows / open.length));
  const column = <Name extends keyof Reading>(name: Name): Reading[Name][] => open.map((one) => one[name]);
  const rows = await sql.rows(page, column("book"), column("state"), column("cause"), column("after"), each);
  const found = open.map(() => 0);
  for (const [at, ...row] of rows) {
    const index = (at as number) - 1;
    const reading = open[index] as Reading;
    reading.groups.add(row);
    reading.after = row[0] as number;
    found[index] = (found[index] ?? 0) + 1;
  }
  return open.filter((_, index) => found[index] === each);
}
