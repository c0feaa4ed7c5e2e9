// What one record costs the ledger, in microseconds of its thread: intake, claim, intent, and result with settlement, each measured alone, in the store
// directly (`store`) and through the channel with its thread (`channel`). `cpu` is what all threads used together.
//
//   node -C waybill-source bench/ledger.ts [records]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Call, Calls } from "../src/ledger/desk/calls.ts";
import type { Claimed, IntakeBatch, Ledger, RunWrite, StoredEffect } from "../src/ledger/ledger.ts";
import { openSqlite } from "../src/ledger/sqlite/open.ts";
import { openStore } from "../src/ledger/sqlite/store.ts";
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

type Step = (call: Call) => Promise<unknown>;
type Costs = Record<string, number>;

/** Every record through every step: all are taken, then all are delivered, 256 at a time. */
async function life(
  records: number,
  commit: (calls: readonly Call[]) => Promise<readonly unknown[]>,
  oneByOne: boolean,
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
    const batch = arrivalsOf(at, Math.min(batchRows, records - at));
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

const inFolder = async <T>(work: (address: string) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), "waybill-bench-"));
  try {
    return await work(`sqlite:${join(folder, "ledger.db")}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

async function directly(records: number, oneByOne: boolean): Promise<Costs> {
  return inFolder(async (address) => {
    const pageSize = Number(process.env.PAGE_SIZE ?? 0);
    const store = openStore({
      address,
      role: "owner",
      mustExist: false,
      ledgerId: "bench",
      nowMs: Date.now(),
      ...(pageSize > 0 ? { pageSize } : {}),
    });
    const costs = await life(
      records,
      async (calls) =>
        store.apply(calls).map((reply) => {
          if ("fault" in reply) throw new Error(reply.fault.message);
          return reply.answer;
        }),
      oneByOne,
    );
    store.close();
    return costs;
  });
}

async function throughChannel(records: number, oneByOne: boolean): Promise<Costs> {
  return inFolder(async (address) => {
    const ledger = await openSqlite({ address, role: "owner", mustExist: false });
    const step: Step = (call) => (ledger[call.name as keyof Ledger] as Step)(call.input as never);
    const costs = await life(records, (calls) => Promise.all(calls.map(step)), oneByOne);
    await ledger.close();
    return costs;
  });
}

const records = Number(process.argv[2] ?? 100_000);
const rows: [string, Costs][] = [];
const only = process.argv[3];
for (const [name, run] of [
  ["store, 256 to a call", () => directly(records, false)],
  ["store, one to a call", () => directly(records, true)],
  ["channel, 256 to a call", () => throughChannel(records, false)],
  ["channel, one to a call", () => throughChannel(records, true)],
] as const) {
  if (only !== undefined && !name.startsWith(only)) continue;
  rows.push([name, await run()]);
}
const line = (cells: readonly string[]): string =>
  cells.map((cell, at) => (at === 0 ? cell.padEnd(26) : cell.padStart(9))).join("");
console.log(`${records} orders of 600 bytes, microseconds for each record`);
console.log(line(["", "intake", "claim", "intent", "settle", "together", "cpu"]));
for (const [name, { cpu = 0, ...costs }] of rows) {
  const numbers = Object.values(costs);
  const together = numbers.reduce((sum, us) => sum + us, 0);
  console.log(line([name, ...[...numbers, together, cpu].map((us) => us.toFixed(1))]));
}
