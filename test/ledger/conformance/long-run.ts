// Random lives of many records, and what must be true after every step.
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Claimed, Settlement } from "../../../src/ledger/ledger.ts";
import { type Desk, effectOf, type Order, put, readingOf } from "./arrange.ts";
import type { Say } from "./conformance.ts";

type Step =
  | {
      readonly do: "take";
      readonly orders: readonly { readonly entity: number; readonly version: number; readonly kind: number }[];
      readonly claim: number;
    }
  | { readonly do: "claim"; readonly limit: number }
  | {
      readonly do: "settle";
      readonly at: number;
      readonly to: Settlement["to"];
      readonly begin: boolean;
      readonly laterMs: number;
    }
  | { readonly do: "unclaim"; readonly at: number }
  | {
      readonly do: "move";
      readonly at: number;
      readonly to: "waiting" | "discarded" | "dead";
      readonly overtaken: boolean;
    }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "prune" };

const settledTo = fc.constantFrom<Settlement["to"]>(
  "delivered",
  "delivered",
  "waiting",
  "waiting",
  "dead",
  "held",
  "filtered",
  "discarded",
  "quarantined",
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("take" as const),
      orders: fc.array(fc.record({ entity: fc.nat(5), version: fc.nat(4), kind: fc.nat(9) }), {
        minLength: 1,
        maxLength: 4,
      }),
      claim: fc.nat(3),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("claim" as const), limit: fc.integer({ min: 1, max: 4 }) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("settle" as const),
      at: fc.nat(9),
      to: settledTo,
      begin: fc.boolean(),
      laterMs: fc.constantFrom(0, 0, 50),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unclaim" as const), at: fc.nat(9) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("move" as const),
      at: fc.nat(30),
      to: fc.constantFrom("waiting" as const, "waiting" as const, "discarded" as const, "dead" as const),
      overtaken: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.constant({ do: "prune" as const }) },
);

/** What the test knows of the ledger without asking it. */
class Life {
  readonly desk: Desk;
  readonly strict: boolean;
  readonly versioned: boolean;
  hands: Claimed[] = [];
  records: string[] = [];
  taken = 0;

  constructor(desk: Desk, strict: boolean, versioned: boolean) {
    this.desk = desk;
    this.strict = strict;
    this.versioned = versioned;
  }

  orderOf({ entity, version, kind }: { entity: number; version: number; kind: number }): Order {
    if (kind === 9) return { id: undefined, raw: `broken ${entity} ${version}`, strict: this.strict };
    const id = `${entity}@${version}${kind === 8 ? "b" : ""}`;
    return {
      id,
      entity: `${entity}`,
      ...(entity > 3 ? { key: "shared" } : {}),
      ...(this.versioned ? { version: `${version}` } : {}),
      raw: kind === 7 ? `other content of ${id}` : `content of ${id}`,
      strict: this.strict,
    };
  }

  async run(step: Step): Promise<void> {
    const { desk } = this;
    if (step.do === "take") {
      const result = await desk.ask(
        step.orders.map((order) => this.orderOf(order)),
        { claimUpTo: step.claim },
      );
      assert.equal(result.kind, "taken");
      if (result.kind !== "taken") return;
      this.taken += step.orders.length;
      this.hold(result.claimed);
      for (const { record, duplicate } of result.arrivals.flat()) if (!duplicate) this.records.push(record);
    } else if (step.do === "claim") {
      this.hold(await desk.claim(step.limit));
    } else if (step.do === "settle") {
      const [claimed] = this.hands.splice(step.at % Math.max(1, this.hands.length), 1);
      if (claimed === undefined) return;
      const effects = step.begin ? [put(effectOf(claimed, "invoice", { state: "doubt" }))] : [];
      const settlement = desk.settlement(step.to, { strict: this.strict, nextAtMs: desk.nowMs + step.laterMs });
      assert.equal((await desk.write(claimed, { effects, settlement })).kind, "written");
    } else if (step.do === "unclaim") {
      const [claimed] = this.hands.splice(step.at % Math.max(1, this.hands.length), 1);
      if (claimed !== undefined) await desk.ledger.unclaim([claimed]);
    } else if (step.do === "move") {
      const record = this.records[step.at % Math.max(1, this.records.length)];
      const now = record === undefined ? undefined : await desk.ledger.record(record);
      if (now === undefined) return;
      const unread = now.id === undefined && step.to === "waiting";
      const identity = unread
        ? readingOf({ id: `${now.record}@0`, entity: "0", raw: Buffer.from(now.raw ?? []).toString() })
        : undefined;
      const move = desk.move(now.record, step.to, {
        strict: this.strict,
        overtaken: step.overtaken,
        identity,
        cause: step.to === "waiting" ? undefined : "by-person",
      });
      const result = await move.catch((error: { code?: string }) => error.code);
      if (now.state === "delivering")
        assert.deepEqual(result, { kind: "changed", state: "delivering", delivering: true });
    } else if (step.do === "wait") {
      desk.nowMs += step.ms;
    } else {
      await desk.ledger.prune({
        payloadsBeforeMs: desk.nowMs - 40,
        historyBeforeMs: desk.nowMs - 80,
        marksBeforeMs: undefined,
        limit: 5,
      });
    }
  }

  /** At most one of each key is in a worker's hands, and each is there once. */
  hold(claimed: readonly Claimed[]): void {
    this.hands.push(...claimed);
    const keys = this.hands.map(({ keyHash }) => keyHash);
    assert.equal(
      new Set(keys).size,
      keys.length,
      `two records of one key are out: ${this.hands.map(({ id, key }) => `${id} of ${key}`).join(", ")}`,
    );
  }

  async check(): Promise<void> {
    const { desk } = this;
    const books = await desk.ledger.balance(undefined);
    const sum = (name: Exclude<keyof (typeof books)[number], "integration" | "tenant">): number =>
      books.reduce((total, book) => total + book[name], 0);
    await desk.books({ received: this.taken, delivering: this.hands.length });
    const rows = (await desk.ledger.find({ limit: 1_000 })).rows;
    for (const state of [
      "waiting",
      "delivering",
      "delivered",
      "quarantined",
      "dead",
      "held",
      "superseded",
      "filtered",
      "discarded",
    ] as const) {
      assert.equal(
        rows.filter((row) => row.state === state).length,
        sum(state),
        `as many records are ${state} as the books say`,
      );
    }
    assert.equal(
      await desk.ledger.unsettled(undefined),
      sum("waiting") + sum("delivering"),
      "what is unsettled waits or is in hand",
    );
    assert.deepEqual(
      rows
        .filter(({ state }) => state === "delivering")
        .map(({ record }) => record)
        .sort(),
      this.hands.map(({ record }) => record).sort(),
    );
  }

  /** With time and a person who lets everything go, nothing waits for ever. */
  async finish(): Promise<void> {
    const { desk } = this;
    for (const claimed of this.hands.splice(0)) await desk.settle(claimed, "discarded", { strict: this.strict });
    desk.nowMs += 1_000;
    for (let rounds = 0; rounds < 1_000; rounds++) {
      const claimed = await desk.claim();
      if (claimed.length === 0) break;
      for (const one of claimed) await desk.settle(one, "delivered", { strict: this.strict });
    }
    const stuck = (await desk.ledger.find({ limit: 1_000, states: ["waiting"] })).rows;
    if (this.strict) {
      for (const record of this.records) await desk.move(record, "discarded", { strict: true }).catch(() => {});
      const rest = await desk.claim();
      assert.ok(
        stuck.length === 0 || rest.length > 0 || (await desk.ledger.unsettled(undefined)) === 0,
        "a strict key goes on when nothing stands in its way",
      );
    } else {
      assert.deepEqual(
        stuck.map(({ id, key }) => `${id} of ${key}`),
        [],
        "no record is stuck",
      );
      assert.equal(await desk.ledger.unsettled(undefined), 0);
    }
    await this.check_();
  }

  async check_(): Promise<void> {
    this.hands = [];
    await this.desk.books({ received: this.taken });
  }
}

export function inTheLongRun(say: Say): void {
  for (const [name, strict, versioned] of [
    ["records", false, false],
    ["versions", false, true],
    ["strict keys", true, false],
  ] as const) {
    say(`keeps its books and its queues through random lives of ${name}`, async (desk) => {
      // Each life goes on in the same ledger under an integration of nobody else's would hide what one life leaves behind: so one long life each.
      const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
      const steps = fc.sample(step, { seed, numRuns: 250 });
      const life = new Life(desk, strict, versioned);
      for (const [at, one] of steps.entries()) {
        try {
          await life.run(one);
          await life.check();
        } catch (fault) {
          throw new Error(`SEED=${seed}, step ${at}: ${JSON.stringify(one)}`, { cause: fault });
        }
      }
      await life.finish();
    });
  }
}
