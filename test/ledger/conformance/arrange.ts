// A ledger with a clock that only moves when a test says so, and the few verbs that the sentences of this suite are made of.
import assert from "node:assert/strict";
import type {
  Arrival,
  Claimed,
  EffectWrite,
  IntakeBatch,
  IntakeResult,
  IntakeRow,
  Ledger,
  Move,
  MoveResult,
  Reading,
  RecordWhole,
  RunWrite,
  Settlement,
  StoredEffect,
  Taken,
  WriteResult,
} from "../../../src/ledger/ledger.ts";
import { contentMark, digest, keyHash, nameHash, uniqueHash } from "../../../src/model/identity.ts";
import type { Cause, State } from "../../../src/model/record.ts";

export const startMs = 1_790_000_000_000;

/** A record as a test describes it; what is not said is as usual. */
export interface Order {
  readonly id?: string | undefined;
  readonly entity?: string;
  /** A key that `identify` named itself. */
  readonly key?: string;
  readonly version?: string;
  readonly raw?: string;
  /** What the contract made of it, where that is not the raw text. */
  readonly content?: string;
  /** What is compared; by default the content, or the raw text. */
  readonly fingerprint?: string;
  readonly integration?: string;
  readonly tenant?: string;
  readonly source?: string;
  readonly delivery?: string;
  readonly contract?: string;
  readonly state?: IntakeRow["state"];
  readonly cause?: Cause;
  readonly reason?: string;
  readonly sameId?: "conflict" | "ignore";
  readonly strict?: boolean;
  /** What no other entity may have. */
  readonly unique?: string;
  /** By what else it is found. */
  readonly search?: readonly string[];
  readonly compared?: IntakeRow["compared"];
  /** A thin notice: the entity that it names. */
  readonly loading?: string;
  /** The file and line where it stands. */
  readonly origin?: NonNullable<Arrival["origin"]>;
}

export function rowOf(order: Order, nowMs: number): IntakeRow {
  const { integration = "orders", tenant = "", source = "shop", raw = `{"id":"${order.id}"}` } = order;
  const rawHash = digest(raw);
  const reading = order.id === undefined ? undefined : readingOf(order);
  return {
    integration,
    tenant,
    receivedAtMs: nowMs,
    state: order.state ?? (order.id === undefined && order.loading === undefined ? "quarantined" : "waiting"),
    cause: order.cause ?? (order.id === undefined ? (order.loading === undefined ? "contract" : "loading") : undefined),
    reason: order.reason,
    issues: order.id === undefined ? [{ path: "total", message: "is missing", found: "undefined" }] : undefined,
    identity: reading?.identity,
    idMark: reading?.idMark,
    contentMark: contentMark(integration, tenant, source, rawHash, order.delivery, 0),
    rawHash,
    contract: order.contract ?? "contract-1",
    content: order.content,
    sameId: order.sameId ?? "conflict",
    strict: order.strict ?? false,
    unique: reading?.unique,
    compared: order.compared,
    loading:
      order.loading === undefined
        ? undefined
        : { key: order.loading, keyHash: keyHash(integration, tenant, order.loading) },
  };
}

export function readingOf(order: Order): Reading {
  const { integration = "orders", tenant = "", id = "?", raw = `{"id":"${order.id}"}` } = order;
  const entity = order.entity ?? id;
  const key = order.key ?? entity;
  const rawHash = digest(raw);
  return {
    identity: {
      id,
      entity,
      key,
      keyGiven: order.key !== undefined,
      keyHash: keyHash(integration, tenant, key),
      entityHash: nameHash(integration, tenant, entity),
      version: order.version,
      fingerprint: digest(order.fingerprint ?? order.content ?? raw),
      search: order.search,
    },
    idMark: nameHash(integration, tenant, id),
    rawHash,
    contract: order.contract ?? "contract-1",
    content: order.content,
    raw: undefined,
    sameId: order.sameId,
    unique:
      order.unique === undefined
        ? undefined
        : { hash: uniqueHash(integration, tenant, order.unique), shown: order.unique },
  };
}

export function arrivalOf(orders: readonly Order[], nowMs: number): Arrival {
  const [first] = orders;
  return {
    source: first?.source ?? "shop",
    raw: first?.raw ?? `{"id":"${first?.id}"}`,
    rows: orders.map((order) => rowOf(order, nowMs)),
    origin: first?.origin,
  };
}

/** An effect as it is first written down: an intent. */
export function effectOf(
  claimed: Pick<Claimed, "record">,
  name: string,
  parts: Partial<StoredEffect> = {},
): StoredEffect {
  return {
    name,
    per: "record",
    generation: 1,
    state: "intended",
    how: "byKey",
    request: `{"path":"/${name}"}`,
    result: undefined,
    answer: undefined,
    why: undefined,
    release: "release-1",
    idempotencyKey: `key of ${name}`,
    firstSentMs: startMs,
    lastSentMs: startMs,
    doneAtMs: undefined,
    attempts: 0,
    madeBy: claimed.record,
    uncompared: false,
    ...parts,
  };
}

export const put = (effect: StoredEffect): EffectWrite => ({ entity: undefined, name: effect.name, effect });

export class Desk {
  readonly ledger: Ledger;
  nowMs = startMs;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  /** Takes orders, each as an arrival of its own, in one batch. */
  async take(orders: Order | readonly Order[], parts: Partial<IntakeBatch> = {}): Promise<Taken[]> {
    const result = await this.ask(orders, parts);
    assert.equal(result.kind, "taken");
    return result.kind === "taken" ? result.arrivals.flat() : [];
  }

  async one(order: Order): Promise<Taken> {
    const [taken] = await this.take(order);
    assert.ok(taken !== undefined);
    return taken;
  }

  /** As `take`, with the whole answer. */
  ask(orders: Order | readonly Order[], parts: Partial<IntakeBatch> = {}): Promise<IntakeResult> {
    const all = Array.isArray(orders) ? (orders as readonly Order[]) : [orders as Order];
    return this.ledger.intake({
      arrivals: all.map((order) => arrivalOf([order], this.nowMs)),
      cursor: undefined,
      claimUpTo: 0,
      ...parts,
    });
  }

  async claim(limit = 100, integrations?: readonly string[]): Promise<readonly Claimed[]> {
    return (await this.ledger.claim({ limit, nowMs: this.nowMs, integrations })).claimed;
  }

  async claimOne(): Promise<Claimed> {
    const claimed = await this.claim();
    assert.deepEqual(
      claimed.length,
      1,
      `one record should be due, not ${claimed.map(({ id }) => id).join(", ") || "none"}`,
    );
    return claimed[0] as Claimed;
  }

  write(claimed: Claimed, parts: Partial<RunWrite>): Promise<WriteResult> {
    const { record, holder, keyHash: key, integration, tenant } = claimed;
    return this.ledger.write({
      record,
      holder,
      keyHash: key,
      integration,
      tenant,
      intents: [],
      effects: [],
      timeline: [],
      beginEntity: undefined,
      reread: undefined,
      settlement: undefined,
      ...parts,
    });
  }

  intend(claimed: Claimed, name: string, parts: Partial<StoredEffect> = {}): Promise<WriteResult> {
    return this.write(claimed, {
      intents: [{ entity: undefined, mode: "fresh", effect: effectOf(claimed, name, parts) }],
    });
  }

  settlement(to: Settlement["to"], parts: Partial<Settlement> = {}): Settlement {
    return {
      to,
      cause: to === "delivered" ? undefined : (causes[to] as Cause),
      reason: undefined,
      atMs: this.nowMs,
      nextAtMs: this.nowMs,
      attempts: 1,
      spentMs: 5,
      strict: false,
      memory: undefined,
      identity: undefined,
      ...parts,
    };
  }

  /** Ends a run. Answers where the record settled. */
  async settle(claimed: Claimed, to: Settlement["to"], parts: Partial<Settlement> = {}): Promise<State> {
    const result = await this.write(claimed, { settlement: this.settlement(to, parts) });
    assert.equal(result.kind, "written");
    return result.kind === "written" ? (result.settledAs?.state ?? "waiting") : "waiting";
  }

  /** A whole run of one record that goes well. */
  async deliver(claimed: Claimed, parts: Partial<Settlement> = {}): Promise<void> {
    assert.equal(await this.settle(claimed, "delivered", parts), "delivered");
  }

  async whole(record: string): Promise<RecordWhole> {
    const whole = await this.ledger.record(record);
    assert.ok(whole !== undefined, `record ${record} is there`);
    return whole;
  }

  async state(record: string): Promise<State> {
    return (await this.whole(record)).state;
  }

  /** A person's move, seen by a person who has looked at the record just now. What is foreseen of it is what becomes of it. */
  async move(record: string, to: Move["to"], parts: Partial<Move> = {}): Promise<MoveResult> {
    const { revision } = await this.whole(record);
    const move: Move = {
      record,
      revision,
      to,
      cause: to === "waiting" ? undefined : "by-person",
      reason: undefined,
      atMs: this.nowMs,
      timeline: [{ atMs: this.nowMs, what: "released", actor: "ann", detail: undefined }],
      effects: [],
      identity: undefined,
      strict: false,
      uncompared: false,
      freeEntity: false,
      overtaken: false,
      salt: undefined,
      ...parts,
    };
    const foreseen = await this.ledger.foresee(move);
    const result = await this.ledger.move(move);
    assert.deepEqual(foreseen, result);
    return result;
  }

  /** The books balance, and say this. */
  async books(
    expected: Partial<Record<State | "received" | "duplicate" | "pruned" | "refused", number>>,
    integration = "orders",
  ): Promise<void> {
    const books = await this.ledger.balance(integration);
    const sums: Record<string, number> = {};
    for (const book of books) {
      const { received, integration: _name, tenant: _tenant, refused, ...parts } = book;
      assert.equal(
        Object.values(parts).reduce((sum, count) => sum + count, 0),
        received,
        `the books balance: ${JSON.stringify(book)}`,
      );
      for (const [name, count] of Object.entries({ received, refused, ...parts }))
        sums[name] = (sums[name] ?? 0) + count;
    }
    const said = Object.fromEntries(Object.keys(expected).map((name) => [name, sums[name] ?? 0]));
    assert.deepEqual(said, expected);
  }
}

const causes: Partial<Record<Settlement["to"], Cause>> = {
  waiting: "retrying",
  quarantined: "contract-changed",
  dead: "permanent",
  held: "in-doubt",
  superseded: "newer-version",
  filtered: "unchanged",
  discarded: "duplicate",
};
