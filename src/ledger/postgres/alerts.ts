import { hex, incidentHash } from "../../model/identity.ts";
import { alertCells, alertColumns, alertRow, alertsMax } from "../desk/alert-row.ts";
import type { AlertPut, AlertRow } from "../ledger.ts";
import { addToJournal } from "./journal.ts";
import type { Sql } from "./line.ts";
import { type Other, reads, writes } from "./other.ts";

/** Alerts that are not resolved, newest first, and then those that are. */
export const alerts: Other<"alerts"> = reads(async (sql, { id, resolvedSinceMs }) => {
  const select = `select ${alertColumns} from waybill.alerts`;
  if (id !== undefined) return (await sql.rows(`${select} where id = $1`, id)).map(alertRow);
  const [open, closed] = await Promise.all([
    sql.rows(
      `${select} where id in (select o.id from waybill.open_alerts o) and state <> 'resolved' order by since desc, id limit ${alertsMax}`,
    ),
    sql.rows(
      `${select} where state = 'resolved' and resolved_at >= $1 order by resolved_at desc, id limit ${alertsMax}`,
      resolvedSinceMs ?? 0,
    ),
  ]);
  return [...open, ...closed].map(alertRow);
});

const types =
  `text integer text text text text text text bigint text text text text bigint bigint bigint bigint text text bigint text integer
  bigint bigint`.split(/\s+/);
const upsert = `
  insert into waybill.alerts (${alertColumns})
  select * from unnest(${types.map((type, at) => `$${at + 1}::${type}[]`).join(", ")})
  on conflict (id) do update set ${alertColumns
    .split(",")
    .map((name) => `${name.trim()} = excluded.${name.trim()}`)
    .join(", ")}`;

const incidentOf = ({ rule, integration, system, tenant, about }: AlertRow): Uint8Array =>
  incidentHash(rule, integration ?? "", system ?? "", tenant, about);

interface Known {
  /** By alert. */
  readonly revisions: Map<string, number>;
  /** The alert that is open, by incident. */
  readonly open: Map<string, string>;
}

interface Decided {
  readonly written: readonly boolean[];
  /** As each stands at last. */
  readonly rows: ReadonlyMap<string, AlertRow>;
  readonly opened: ReadonlyMap<string, string>;
  /** Alerts that were open, whose rows are held: another may take their place. */
  readonly replaced: readonly string[];
  readonly closed: readonly string[];
}

/** Writes alerts by compare-and-set, each by itself; one incident is one open alert, whoever finds it. */
export const putAlerts: Other<"putAlerts"> = writes(async (sql, puts, here) => {
  if (puts.length === 0) return [];
  for (;;) {
    const decided = decide(puts, await known(sql, puts));
    if (!(await opening(sql, decided))) continue;
    const cells = [...decided.rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).map(alertCells);
    if (cells.length > 0) sql.send(upsert, ...types.map((_, at) => cells.map((row) => row[at])));
    if (decided.closed.length > 0) {
      const incidents = decided.closed.map((incident) => Buffer.from(incident, "hex"));
      sql.send("delete from waybill.open_alerts where incident = any($1::bytea[])", incidents);
    }
    puts.forEach(({ entry, atMs, alert }, at) => {
      if (decided.written[at] === true && entry !== undefined)
        addToJournal(sql, here, { ...entry, atMs, about: alert.id, detail: undefined });
    });
    return decided.written;
  }
});

/** Held until the commit. */
async function known(sql: Sql, puts: readonly AlertPut[]): Promise<Known> {
  const [revisions, open] = await Promise.all([
    sql.rows(
      "select id, revision from waybill.alerts where id = any($1) order by id for update",
      puts.map(({ alert }) => alert.id),
    ),
    sql.rows(
      "select incident, id from waybill.open_alerts where incident = any($1::bytea[]) order by incident for update",
      puts.map(({ alert }) => incidentOf(alert)),
    ),
  ]);
  return {
    revisions: new Map(revisions.map(([id, revision]) => [id as string, revision as number])),
    open: new Map(open.map(([incident, id]) => [hex(incident as Uint8Array), id as string])),
  };
}

function decide(puts: readonly AlertPut[], { revisions, open }: Known): Decided {
  const before = new Map(open);
  const rows = new Map<string, AlertRow>();
  const written = puts.map(({ alert, expected }) => {
    if ((revisions.get(alert.id) ?? 0) !== expected) return false;
    const incident = hex(incidentOf(alert));
    const other = open.get(incident);
    if (alert.state !== "resolved" && other !== undefined && other !== alert.id) return false;
    if (alert.state !== "resolved") open.set(incident, alert.id);
    else if (other === alert.id) open.delete(incident);
    revisions.set(alert.id, expected + 1);
    rows.set(alert.id, { ...alert, revision: expected + 1 });
    return true;
  });
  return {
    written,
    rows,
    opened: new Map([...open].filter(([incident, id]) => before.get(incident) !== id)),
    replaced: [...before.values()],
    closed: [...before.keys()].filter((incident) => !open.has(incident)),
  };
}

/** Whether all of these incidents were open to nobody else. */
async function opening(sql: Sql, { opened, replaced }: Decided): Promise<boolean> {
  if (opened.size === 0) return true;
  const sorted = [...opened].sort(([a], [b]) => (a < b ? -1 : 1));
  const made = await sql.run(
    `insert into waybill.open_alerts as o (incident, id) select * from unnest($1::bytea[], $2::text[])
     on conflict (incident) do update set id = excluded.id where o.id = any($3::text[])`,
    sorted.map(([incident]) => Buffer.from(incident, "hex")),
    sorted.map(([, id]) => id),
    [...sorted.map(([, id]) => id), ...replaced],
  );
  return made === sorted.length;
}

/** Lets go of alerts that were resolved before this and told. */
export const forgetAlerts: Other<"forgetAlerts"> = writes((sql, resolvedBeforeMs) =>
  sql.run(
    "delete from waybill.alerts where state = 'resolved' and resolved_at < $1 and news is null",
    resolvedBeforeMs,
  ),
);
