// A record's whole life in the ledger, without the flow around it: taken, claimed, its intent written, its result and settlement.
import type { Call, Calls } from "../src/ledger/desk/calls.ts";
import type { Claimed, IntakeBatch, RunWrite, StoredEffect } from "../src/ledger/ledger.ts";
import { contentMark, digest, idempotencyKey, keyHash, nameHash } from "../src/model/identity.ts";

const batchRows = 256;
const integration = "orders-to-invoices";

const order = (at: number): string =>
  JSON.stringify({
    id: `A-${100_000 + at}`,
    customer: `C-${(at * 7919) % 30_000}`,
    email: `customer${at}@example.com`,
    updatedAt: "2026-11-24T10:00:00Z",
    total: `${at % 997}.50`,
    lines: Array.from({ length: 5 }, (_, line) => ({
      sku: `SKU-${(at * 31 + line) % 5_000}`,
      quantity: 1 + (line % 3),
      price: "19.90",
      note: "as agreed by phone",
    })),
  }).padEnd(600, " ");

function arrivalsOf(from: number, count: number): IntakeBatch {
  return {
    cursor: undefined,
    claimUpTo: 0,
    arrivals: Array.from({ length: count }, (_, index) => {
      const raw = order(from + index);
      const id = `A-${100_000 + from + index}`;
      const hash = digest(raw);
      return {
        source: "push:orders-to-invoices",
        raw,
        rows: [
          {
            integration,
            tenant: "",
            receivedAtMs: Date.now(),
            state: "waiting" as const,
            cause: undefined,
            reason: undefined,
            issues: undefined,
            identity: {
              id,
              entity: id,
              key: id,
              keyGiven: false,
              keyHash: keyHash(integration, "", id),
              entityHash: nameHash(integration, "", id),
              version: undefined,
              fingerprint: digest(`f${raw}`),
            },
            idMark: nameHash(integration, "", id),
            contentMark: contentMark(integration, "", "push", hash, undefined, 0),
            rawHash: hash,
            contract: "d1e0c1a2b3c4d5e6",
            content: undefined,
            sameId: "conflict" as const,
            strict: false,
            compared: undefined,
            loading: undefined,
          },
        ],
      };
    }),
  };
}

const effectOf = (claimed: Claimed): StoredEffect => ({
  name: "invoice",
  per: "record",
  generation: 1,
  state: "intended",
  how: "byKey",
  request: JSON.stringify({
    system: "books",
    method: "POST",
    path: "/invoices",
    query: [],
    headers: [
      ["content-type", "application/json"],
      ["idempotency-key", "k".repeat(43)],
    ],
    body: { kind: "json", text: claimed.content },
  }),
  result: undefined,
  answer: undefined,
  why: undefined,
  release: "r-2026-11-24",
  idempotencyKey: idempotencyKey({
    integration,
    tenant: "",
    of: "record",
    subject: claimed.id,
    effect: "invoice",
    generation: 1,
    salt: undefined,
  }),
  firstSentMs: Date.now(),
  lastSentMs: Date.now(),
  doneAtMs: undefined,
  attempts: 0,
  madeBy: claimed.record,
  uncompared: false,
});
const runOf = (claimed: Claimed, parts: Partial<RunWrite>): RunWrite => ({
  record: claimed.record,
  holder: claimed.holder,
  keyHash: claimed.keyHash,
  integration,
  tenant: "",
  intents: [],
  effects: [],
  timeline: [],
  beginEntity: undefined,
  reread: undefined,
  settlement: undefined,
  ...parts,
});
const intentOf = (claimed: Claimed): RunWrite =>
  runOf(claimed, { intents: [{ entity: undefined, mode: "fresh", effect: effectOf(claimed) }] });
const resultOf = (claimed: Claimed): RunWrite =>
  runOf(claimed, {
    effects: [
      {
        entity: undefined,
        name: "invoice",
        effect: { ...effectOf(claimed), state: "done", result: '{"id":"inv_1"}', doneAtMs: Date.now(), attempts: 1 },
      },
    ],
    settlement: {
      to: "delivered",
      cause: undefined,
      reason: undefined,
      atMs: Date.now(),
      nextAtMs: 0,
      attempts: 1,
      spentMs: 3,
      strict: false,
      memory: undefined,
      identity: undefined,
    },
  });

export type Costs = Record<string, number>;

/** Every record through every step: all are taken, then all are delivered, 256 at a time. */
export async function life(
  records: number,
  commit: (calls: readonly Call[]) => Promise<readonly unknown[]>,
  { oneByOne = false, first = 0 }: { readonly oneByOne?: boolean; readonly first?: number } = {},
): Promise<Costs> {
  const costs: Costs = { intake: 0, claim: 0, intent: 0, settle: 0, cpu: 0 };
  const measured = async (step: string, calls: readonly Call[]): Promise<readonly unknown[]> => {
    const from = performance.now();
    const cpu = process.cpuUsage();
    const answers = await commit(calls);
    const { user, system } = process.cpuUsage(cpu);
    costs[step] = (costs[step] ?? 0) + (performance.now() - from);
    costs.cpu = (costs.cpu ?? 0) + (user + system) / 1_000;
    return answers;
  };
  for (let at = 0; at < records; at += batchRows) {
    const batch = arrivalsOf(first + at, Math.min(batchRows, records - at));
    const calls: Call[] = oneByOne
      ? batch.arrivals.map((arrival) => ({ name: "intake", input: { ...batch, arrivals: [arrival] } }))
      : [{ name: "intake", input: batch }];
    await measured("intake", calls);
  }
  for (;;) {
    const [answer] = await measured("claim", [
      { name: "claim", input: { limit: batchRows, nowMs: Date.now() + 60_000, integrations: [integration] } },
    ]);
    const { claimed } = answer as Calls["claim"][1];
    if (claimed.length === 0) break;
    const intents: Call[] = claimed.map((one) => ({ name: "write", input: intentOf(one) }));
    await measured("intent", intents);
    const results: Call[] = claimed.map((one) => ({ name: "write", input: resultOf(one) }));
    await measured("settle", results);
  }
  return Object.fromEntries(Object.entries(costs).map(([step, ms]) => [step, (ms * 1_000) / records]));
}
