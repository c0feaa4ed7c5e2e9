import type { Definition } from "../define/integration.ts";
import type { Load } from "../define/load.ts";
import type { Arrival, IntakeRow } from "../ledger/ledger.ts";
import { encode } from "../model/codec.ts";
import { said } from "../model/errors.ts";
import { contentMark, keyHash } from "../model/identity.ts";
import { UnreadableJson } from "../model/unreadable.ts";
import type { Feed } from "../sources/feeds.ts";
import type { Item } from "../sources/item.ts";
import { decodeKept, flawed, type Gate, type ReadResult, readRecord } from "./boundary.ts";
import { nameText } from "./identify.ts";
import { issueAt, reasonOf, shortened } from "./issues.ts";
import { loadOf } from "./load-of.ts";

/** What every row of one item has in common, whatever its contract says. */
interface Coming {
  readonly feed: Feed;
  readonly item: Item;
  readonly receivedAtMs: number;
}

/** One item as the ledger takes it: its payload, and a row for each integration that its source feeds. A promise only where a contract is async. */
export function arrivalOf(coming: Coming, gateOf: (definition: Definition) => Gate): Arrival | Promise<Arrival> {
  const { feed, item } = coming;
  const [only] = feed.integrations;
  if (feed.integrations.length === 1 && only !== undefined) {
    const row = rowOf(coming, gateOf(only), item.value);
    return row instanceof Promise ? row.then((one) => arrival(coming, [one])) : arrival(coming, [row]);
  }
  const rows = feed.integrations.map((definition, index) =>
    // A contract may change what it is given: each gets its own.
    rowOf(
      coming,
      gateOf(definition),
      index === 0 || item.flaw !== undefined ? item.value : decodeKept(feed.name, item.raw),
    ),
  );
  if (!rows.some((row) => row instanceof Promise)) return arrival(coming, rows as IntakeRow[]);
  return Promise.all(rows).then((all) => arrival(coming, all));
}

/** The same item when the ledger refuses what was made of it: a row that only keeps what came, for a person. */
export function keptOnly(refused: Arrival, why: string): Arrival {
  const rows = refused.rows.map((row): IntakeRow => {
    const issues = [issueAt("", `the ledger could not keep what was made of it: ${why}`, undefined)];
    return {
      ...row,
      ...quarantined("contract-failed", reasonOf(issues), issues),
      identity: undefined,
      idMark: undefined,
      content: undefined,
      compared: undefined,
      loading: undefined,
      unique: undefined,
    };
  });
  return { ...refused, rows };
}

function arrival({ feed, item }: Coming, rows: readonly IntakeRow[]): Arrival {
  return { source: feed.name, raw: item.raw, rows, origin: item.origin, outbox: item.outbox };
}

function rowOf(coming: Coming, gate: Gate, value: unknown): IntakeRow | Promise<IntakeRow> {
  const { item } = coming;
  if (item.flaw !== undefined) return rowFrom(coming, gate, flawed(item.flaw));
  const { source } = coming.feed;
  const load = (source.kind === "webhook" ? source.load : undefined) ?? gate.definition.load;
  if (load !== undefined) return noticeRow(coming, gate, load, value);
  const read = readRecord(gate, { value, raw: item.raw, rawHash: item.rawHash });
  return read instanceof Promise ? read.then((result) => rowFrom(coming, gate, result)) : rowFrom(coming, gate, read);
}

function rowFrom(coming: Coming, gate: Gate, read: ReadResult): IntakeRow {
  const { reading } = read;
  return {
    ...base(coming, gate, coming.item.delivery, reading !== undefined),
    state: read.kind === "passed" ? read.state : "quarantined",
    cause: read.cause,
    reason: read.reason,
    issues: read.kind === "broken" ? read.issues : undefined,
    identity: reading?.identity,
    idMark: reading?.idMark,
    content: reading?.content,
    loading: undefined,
    unique: reading?.unique,
  };
}

/** A thin notice waits for its entity to be loaded. The same notice again is told apart by the ledger, not by its delivery. */
function noticeRow(coming: Coming, gate: Gate, load: Load, notice: unknown): IntakeRow {
  const { name } = gate.definition;
  const without = { identity: undefined, idMark: undefined };
  const entity = noticeEntity(load, notice);
  if (typeof entity !== "string") {
    const issues = [{ ...entity.issue, message: gate.redact(entity.issue.message) }];
    const quarantine = quarantined("identity", reasonOf(issues), issues);
    return {
      ...base(coming, gate, coming.item.delivery),
      ...without,
      ...quarantine,
      content: undefined,
      loading: undefined,
    };
  }
  return {
    ...base(coming, gate, undefined),
    ...without,
    state: "waiting",
    cause: "loading",
    reason: undefined,
    issues: undefined,
    content: typeof coming.item.raw === "string" ? undefined : encode(notice),
    loading: { key: entity, keyHash: keyHash(name, gate.tenant, entity) },
  };
}

/** The entity that a notice names, read again from what is kept of it. */
export function entityOfKept(
  definition: Definition,
  source: string,
  raw: Uint8Array | string,
): ReturnType<typeof nameText> {
  try {
    return noticeEntity(loadOf(definition, source), decodeKept(source, raw));
  } catch (error) {
    return { issue: issueAt(error instanceof UnreadableJson ? error.path : "", said(error), undefined) };
  }
}

/** The entity that a notice names, or what is the matter with it. */
export function noticeEntity(load: Load | undefined, notice: unknown): ReturnType<typeof nameText> {
  try {
    return nameText("entity", load?.entity(notice), "load.entity");
  } catch (error) {
    return { issue: issueAt("", `load.entity threw: ${said(error)}`, notice) };
  }
}

function base(
  { feed, item, receivedAtMs }: Coming,
  { definition, tenant, contract }: Gate,
  delivery: string | undefined,
  identified = false,
) {
  const { name, sameId, order } = definition;
  const { rawHash } = item;
  return {
    integration: name,
    tenant,
    receivedAtMs,
    contentMark:
      identified && delivery === undefined
        ? undefined
        : contentMark(name, tenant, feed.name, rawHash, delivery, delivery === undefined ? 0 : item.index),
    rawHash,
    contract,
    sameId,
    strict: order === "strict",
    compared: undefined,
  } as const;
}

function quarantined(cause: IntakeRow["cause"], reason: string, issues: IntakeRow["issues"]) {
  return { state: "quarantined", cause, reason: shortened(reason), issues } as const;
}
