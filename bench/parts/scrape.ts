import { join } from "node:path";
import { assemble } from "../../src/assembly/assemble.ts";
import { ordersIntegration } from "../order.ts";
import { inFolder } from "../processes.ts";
import { enqueue } from "./delivery.ts";

/** What `/metrics` costs on a ledger of `count` orders: the books counted, the first scrape, and those that follow it. Milliseconds. */
export async function scrape(count: number, destination: string): Promise<Record<string, number>> {
  return inFolder(async (folder) => {
    const assembly = await assemble({
      integrations: [ordersIntegration(destination)],
      ledger: `sqlite:${join(folder, "ledger.db")}`,
      release: "bench",
      emit: () => undefined,
    });
    await enqueue(assembly, count);
    const ask = async (): Promise<void> => {
      const answer = await assembly.app.fetch(new Request("http://127.0.0.1/metrics"), "127.0.0.1");
      await answer.text();
    };
    const countedMs = await tookMs(() => assembly.ledger.balance(undefined));
    const firstMs = await tookMs(ask);
    const later: number[] = [];
    for (let at = 0; at < 100; at++) later.push(await tookMs(ask));
    await assembly.stop();
    return { countedMs, firstMs, laterMs: later.sort((a, b) => a - b)[50] ?? Number.NaN };
  });
}

async function tookMs(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}
