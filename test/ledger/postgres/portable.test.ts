import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import ts from "typescript";

// What would tie the ledger to one PostgreSQL server, or to a connection that lasts: distributed ones and poolers do not have it, or give it another
// meaning. So the schema and every statement do without.

const folder = new URL("../../../src/ledger/postgres/", import.meta.url);

interface Rule {
  readonly what: string;
  readonly refused: RegExp;
  /** Statements that must be refused, so that the rule is known to bite. */
  readonly bites: readonly string[];
  /** Harmless ones that look like it. */
  readonly passes?: readonly string[];
  /** Where it is used for what may as well be missed. */
  readonly butIn?: readonly string[];
}

const rules: readonly Rule[] = [
  {
    what: "signals between sessions",
    refused: /^\s*(un)?listen\b|^\s*notify\b|\bpg_notify\b/im,
    bites: ["listen waybill", "notify waybill, 'due'", "select pg_notify('waybill', $1)"],
    passes: ["select 'listening' as state"],
    // A hint that something is due: whoever does not hear it, looks a little later.
    butIn: ["hints.ts", "line.ts"],
  },
  {
    what: "advisory locks",
    refused: /\bpg_(try_)?advisory_/i,
    bites: ["select pg_advisory_xact_lock(1)", "select pg_try_advisory_lock(1)"],
  },
  {
    what: "columns of the store itself",
    refused: /\b(ctid|xmin|xmax|cmin|cmax|tableoid)\b/i,
    bites: ["select ctid from waybill.due", "select xmin, * from waybill.due"],
  },
  {
    what: "triggers and procedures",
    refused: /\btrigger\b|\bplpgsql\b|\bcreate\s+(or\s+replace\s+)?(function|procedure)\b|^\s*do\s+\$/im,
    bites: [
      "create trigger t before insert on waybill.due",
      "create or replace function f() returns void",
      "do $$ begin end $$",
    ],
    passes: ["on conflict (id) do update set state = $1"],
  },
  {
    what: "references between tables",
    refused: /\breferences\b|\bforeign\s+key\b/i,
    bites: ["record bigint references waybill.records", "foreign key (record)"],
  },
  {
    what: "numbers from a sequence",
    refused: /\bsequence\b|\b(small|big)?serial\b|\bas\s+identity\b|\bnextval\b/i,
    bites: ["create sequence s cache 20", "record bigserial primary key", "record bigint generated always as identity"],
    passes: ["select identity from waybill.records"],
  },
  {
    what: "state of a session",
    refused:
      /^\s*(re)?set\s+(?!local\b|transaction\b)\w+\s*(=|to\b|;|$)|^\s*set\s+session\b|\bset_config\b(?!.*\btrue\s*\))|\btemp(orary)?\s+table\b|^\s*(prepare|deallocate|discard|declare)\s+\w+/i,
    bites: [
      "set search_path = waybill",
      "set session characteristics as transaction read only",
      "select set_config('search_path', $1, false)",
      "create temp table seen (n integer)",
      "prepare claim as select 1",
      "declare c cursor with hold for select 1",
    ],
    passes: [
      "set local statement_timeout = 1000",
      "update waybill.due\nset at = $1",
      "select set_config('x', $1, true)",
    ],
  },
];

/** What is in quotes in a file of code: statements, and pieces of them. */
function textsOf(file: string, code: string): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) found.push(node.text);
    else if (ts.isTemplateExpression(node))
      found.push([node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join("_"));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, code, ts.ScriptTarget.Latest));
  return found;
}

const withoutComments = (text: string): string => text.replace(/--.*$/gm, "");

test("each rule of what is portable refuses what it is there to refuse, and nothing else", () => {
  for (const { what, refused, bites, passes = [] } of rules) {
    for (const text of bites) assert.match(text, refused, what);
    for (const text of passes) assert.doesNotMatch(text, refused, what);
  }
});

test("no statement of the ledger ties it to one server, or to a connection that lasts", () => {
  const files = globSync("**/*.{ts,sql}", { cwd: folder });
  const texts = files.flatMap((file) => {
    const text = readFileSync(new URL(file, folder), "utf8");
    const parts = file.endsWith(".sql") ? [text] : textsOf(file, text);
    return parts.flatMap((part) => withoutComments(part).split(";")).map((part) => ({ file, text: part }));
  });
  const statements = texts.filter(({ text }) =>
    /\b(select|insert|update|delete|create)\b[\s\S]*\bwaybill\./i.test(text),
  );
  assert.ok(statements.length >= 200, `only ${statements.length} statements were read`);
  for (const { file, text } of texts)
    for (const { what, refused, butIn = [] } of rules)
      if (!butIn.includes(file)) assert.doesNotMatch(text, refused, `${file}: ${what}`);
});

// A distributed PostgreSQL spreads a table by one column, and can hold a key to be unique only where that column is in it. These are small and hardly
// ever change, so that every server has all of them.
const everywhere = ["books", "words"];

test("each unique key holds the column by which its table would be spread", () => {
  const schema = globSync("*.sql", { cwd: folder }).map((file) => readFileSync(new URL(file, folder), "utf8"));
  const sql = withoutComments(schema.join("\n"));
  const tables = new Map<string, string>();
  for (const [, table = "", body = ""] of sql.matchAll(
    /create table (?:if not exists )?waybill\.(\w+) \(([\s\S]*?)\n\)/g,
  )) {
    const key = /^\s*primary key \((\w+)/m.exec(body)?.[1] ?? /^\s*(\w+) [^,\n]*\bprimary key\b/m.exec(body)?.[1];
    assert.ok(key !== undefined, `waybill.${table} has no primary key`);
    tables.set(table, key);
    if (everywhere.includes(table)) continue;
    for (const [, columns = ""] of body.matchAll(/\bunique \(([^)]*)\)/g)) holds(table, key, columns);
    assert.doesNotMatch(body, /^\s*\w+ [^,\n(]*\bunique\b(?! \()/m, `a column of waybill.${table} is unique by itself`);
  }
  for (const [, table = "", columns = ""] of sql.matchAll(/create unique index \w+ on waybill\.(\w+) \(([^)]*)\)/g))
    holds(table, tables.get(table) ?? "", columns);
  assert.ok(tables.size >= 30, `only ${tables.size} tables were read`);
});

function holds(table: string, spreadBy: string, columns: string): void {
  const names = columns.split(",").map((column) => column.trim().split(" ")[0]);
  assert.ok(names.includes(spreadBy), `waybill.${table} is unique by (${columns}), without ${spreadBy}`);
}
