import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { rate } from "../../src/define/limit.ts";
import type { HttpChange } from "../../src/define/request.ts";
import { system } from "../../src/define/system.ts";
import type { BudgetAnswer, BudgetAsk } from "../../src/ledger/budgets.ts";
import { Gate } from "../../src/systems/gate.ts";
import { reservesFrom } from "../../src/systems/reserve.ts";
import { systemClock } from "../../src/world/clock.ts";

const keys = 10_000;

/** What ten thousand keys of one limit take in memory, each with a call that still counts: of a short window, and of one that is kept on disk. */
export async function limitKeys(): Promise<Record<string, number>> {
  return { shortMegabytes: await megabytesOf("10s"), keptMegabytes: await megabytesOf("1h") };
}

async function megabytesOf(per: "10s" | "1h"): Promise<number> {
  const gate = gateOf(per);
  const signal = new AbortController().signal;
  const callOf = (key: number) => ({
    call: () => ({ method: "GET", path: `/shops/${key}`, json: undefined, record: undefined, caller: "orders" }),
  });
  const enter = async (key: number): Promise<void> => {
    const permit = await gate.enter({ record: `r-${key}`, waitMsMax: 5_000, signal, ...callOf(key) });
    permit.release({ name: "done", sent: "maybe", durationMs: 1, value: undefined });
  };
  await enter(0);
  const before = used();
  for (let key = 1; key <= keys; key++) await enter(key);
  const megabytes = (used() - before) / 1_048_576;
  if (gate.keys < keys) throw new Error(`${gate.keys} keys are there`);
  await gate.close();
  return megabytes;
}

function gateOf(per: "10s" | "1h"): Gate {
  const shops = system(`shops-${per}`, { baseUrl: "http://127.0.0.1", limits: [rate(10, per, { per: "path" })] });
  const { system: definition } = shops.get("/shops") as unknown as HttpChange;
  const reserve = async ({ want }: BudgetAsk): Promise<BudgetAnswer> => ({ granted: want, spent: [], held: want });
  const reserves = reservesFrom({ reserve }, systemClock, "bench");
  const keeps = { tenant: "", reserves, post: () => undefined, callIn: () => undefined };
  return new Gate(definition, systemClock, () => undefined, keeps);
}

function used(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
