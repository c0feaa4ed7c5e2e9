import { join } from "node:path";
import { assemble } from "../../src/assembly/assemble.ts";
import { ordersIntegration } from "../order.ts";
import { inFolder, neighbour } from "../processes.ts";
import { enqueue } from "./delivery.ts";

/** What is delivered of them: enough to be warm, and few beside what waits. */
const some = 20_000;

/** A start on a ledger in which `count` orders wait, beside one in which only those wait that are delivered. */
export async function backlog(count: number, destination: string): Promise<Record<string, number>> {
  const few = await startOn(some, destination);
  const many = await startOn(count, destination);
  return { ...many, share: (many.perSecond ?? 0) / (few.perSecond ?? Number.NaN) };
}

async function startOn(count: number, destination: string): Promise<Record<string, number>> {
  return inFolder(async (folder) => {
    const assembly = await assemble({
      integrations: [ordersIntegration(destination)],
      ledger: `sqlite:${join(folder, "ledger.db")}`,
      release: "bench",
      emit: () => undefined,
    });
    await enqueue(assembly, count);
    await assembly.stop();
    const starter = await neighbour("backlog.ts", { args: [folder, destination, String(some)] });
    try {
      return (await starter.ask("go")) as Record<string, number>;
    } finally {
      await starter.stop();
    }
  });
}
