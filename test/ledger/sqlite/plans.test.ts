import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { openStore } from "../../../src/ledger/sqlite/store.ts";

/** What counts, lists or changes everything, and says so: it is asked for by persons, not for each record. */
const wholeReads = [
  /count\(\*\) as count from records group by book, state/,
  /from refusals/,
  /select coalesce\(sum\(d\.unsettled\)/,
  // What is known of all budgets: for a person, and once when an owner begins.
  /from budgets (order|where not exists)/,
  /from budget_holds h join budgets/,
  /^delete from budget_spent where until <= \?$/,
  // What has waited longest: the oldest thousand keys, in the order in which they stand.
  /order by d\.due limit 1000$/,
  // What persons ask the log of calls for, and what they have forgotten of one entity.
  /^\s*select call, at, duration/,
  /^select call from calls where instr\(/,
  /^update refusals set sample = '' where instr\(/,
  // How long the oldest waits, of each integration: for a scrape, in a thread of its own.
  /select book, head as record from due\s+union all/,
  // What a prune would let go of; and what waits for a system that a person resumes.
  /select record from marks union all select record from young_marks/,
  /update (due|records) set at = \?1 where .* and at > \?1 and/s,
];

/** Tables of a few rows (of tokens, one for each account; of what is learnt, one for each feed), the records of one call, and indexes that only hold what is in progress or waits for a person. */
const mayScan =
  /SCAN (ledger|alerts|passed|\(subquery-1\)|json_each|CONSTANT|books|b|g|s|pauses|stops|tokens|carried|restores|asks|sqlite_master|learnt|pragma_page_count|pragma_page_size|y|j)(?= |$)|INDEX (due_claimable|due_delivering|due_parked|records_inbox)\b/;

interface Prepared {
  readonly statements: ReadonlySet<string>;
  explain(sql: string): readonly { readonly detail: string }[];
}

/** Every statement that a store prepares when it is opened. */
function withPrepared(look: (prepared: Prepared) => void): void {
  const statements = new Set<string>();
  const { prepare } = DatabaseSync.prototype;
  let database: DatabaseSync | undefined;
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql, ...rest) {
    database = this;
    statements.add(sql);
    return prepare.call(this, sql, ...rest);
  };
  try {
    const store = openStore({ address: "sqlite::memory:", role: "owner", mustExist: false, ledgerId: "l", nowMs: 1 });
    assert.ok(statements.size > 60, `${statements.size} statements are seen`);
    look({
      statements,
      explain: (sql) => prepare.call(database, `explain query plan ${sql}`).all() as { detail: string }[],
    });
    store.close();
  } finally {
    DatabaseSync.prototype.prepare = prepare;
  }
}

test("no statement of the work reads a table from end to end", () => {
  withPrepared(({ statements, explain }) => {
    const plans: string[] = [];
    for (const sql of statements) {
      if (!/^\s*(select|insert|update|delete)/i.test(sql) || wholeReads.some((pattern) => pattern.test(sql))) continue;
      for (const { detail } of explain(sql)) {
        if (detail.startsWith("SCAN ") && !mayScan.test(detail)) {
          plans.push(`${detail} in: ${sql.replace(/\s+/g, " ").slice(0, 160)}`);
        }
      }
    }
    assert.deepEqual(plans, []);
  });
});

test("no statement is planned anew at each run, as one is whose limit is a bare parameter", () => {
  withPrepared(({ statements }) => {
    const bare = [...statements].filter((sql) => /\b(limit|offset) \?(?!\d* \+ 0)/i.test(sql));
    assert.deepEqual(bare, []);
  });
});
