import type { Definition } from "../../define/definition.ts";
import type { RecordRow, RecordWhole } from "../../ledger/ledger.ts";
import { decode } from "../../model/codec.ts";
import { decodeJson } from "../../model/json.ts";
import { verdictOn } from "../data/verdict.ts";
import type { Acknowledged, Broken } from "../night/promises.ts";
import { contentOf, type Row } from "./row.ts";

// What the sources had, held against what the ledger has. A row is known again by its content, or, where the user's code makes something else of it, by
// what names it.

/** What was read, as it is kept. */
export function valueIn(whole: RecordWhole | undefined): unknown {
  const raw = whole?.original ?? whole?.raw;
  if (raw === undefined) return undefined;
  try {
    return decode(Buffer.from(raw).toString());
  } catch {
    return undefined;
  }
}

export class ReadBooks {
  readonly #left: Set<Row>;
  readonly #byContent = new Map<string, Row[]>();
  readonly #byId = new Map<string, Row[]>();
  /** By tenant and id: the first record of that name. */
  readonly #records = new Map<string, string>();
  /** Records that break the contract and that no row looks like. */
  #spoiled = 0;
  /** Records that meet it, and that no row looks like. */
  #strange = 0;

  constructor(rows: readonly Row[], definition: Definition) {
    this.#left = new Set(rows);
    for (const row of rows) {
      const { tenant } = row.planned;
      const values = [...new Set([row.json, row.shown ?? row.json])].map((json) => decodeJson(json));
      for (const value of values) {
        add(this.#byContent, `${tenant} ${contentOf(value)}`, row);
        const id = idOf(definition, value);
        if (id !== undefined) add(this.#byId, `${tenant} ${id}`, row);
      }
    }
  }

  /**
   * The row that has become a record, or would have, had the same not come another way before.
   *
   * @param isRead a source was read for it, so that it has to be like a row.
   */
  found({ record, tenant, id }: RecordRow, value: unknown, isRead: boolean): Row | undefined {
    const name = `${tenant} ${id}`;
    if (id !== undefined && !this.#records.has(name)) this.#records.set(name, record);
    const like = this.#byContent.get(`${tenant} ${contentOf(value)}`);
    const rows = like ?? (id === undefined ? undefined : this.#byId.get(name)) ?? [];
    for (const row of rows) this.#left.delete(row);
    if (isRead && rows.length === 0) {
      if (id === undefined) this.#spoiled += 1;
      else this.#strange += 1;
    }
    return rows[0];
  }

  /** Rows of which only the name is in the ledger, with other content: they were taken for what is there. */
  duplicates(): readonly Acknowledged[] {
    return [...this.#byId].flatMap(([name, rows]) => {
      const record = this.#records.get(name);
      if (record === undefined) return [];
      return rows
        .filter((row) => this.#left.delete(row))
        .map(({ planned: { nth, value, fresh } }) => {
          const never = Number.POSITIVE_INFINITY;
          return { nth, record, duplicate: true, sent: 0, acknowledged: never, meets: true, value, fresh };
        });
    });
  }

  /** Rows that are nowhere. What breaks the contract is not missed where the user's code may have made something else of it. */
  lost(): readonly Broken[] {
    return [...this.#left]
      .filter(({ planned }) => planned.mess === undefined || this.#spoiled === 0)
      .map(({ planned: { nth, mess } }) => ({
        promise: "what the source showed is not lost",
        what: `record ${nth + 1}${mess === undefined ? "" : ` (${mess})`} is not in the ledger, although the source was read to its end after it had appeared there`,
      }));
  }

  /** Why nobody can tell what was lost. */
  get unread(): string | undefined {
    if (this.#strange === 0) return undefined;
    return "what fetch makes of the records of its source is not what the contract takes, or has another name";
  }
}

function add(to: Map<string, Row[]>, name: string, row: Row): void {
  const known = to.get(name);
  if (known === undefined) to.set(name, [row]);
  else known.push(row);
}

/** Undefined for what has none, and where the contract answers later. */
function idOf(definition: Definition, value: unknown): string | undefined {
  const verdict = verdictOn(definition, value);
  return !(verdict instanceof Promise) && verdict.passed ? verdict.names.id : undefined;
}
