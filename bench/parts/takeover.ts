import { Client } from "pg";
import { assemble } from "../../src/assembly/assemble.ts";
import { inDatabase } from "../database.ts";
import { ordersIntegration } from "../order.ts";
import { neighbour } from "../processes.ts";

// How long the lanes of a worker that was killed belong to nobody alive: of one on another machine, whose heartbeat is all that is known of it, and of one
// on the same machine, whose process can be seen to be gone.

const lookEveryMs = 50;
const withinMs = 120_000;

export async function takeover(_count: number, destination: string): Promise<Record<string, number>> {
  return inDatabase(async (ledger) => {
    const client = new Client(ledger);
    await client.connect();
    const heir = await assemble({ integrations: [ordersIntegration(destination)], ledger, release: "bench" });
    await heir.start();

    /** So many of all who have lanes, the heir among them. */
    async function until(owners: number): Promise<void> {
      for (const untilMs = performance.now() + withinMs; performance.now() < untilMs; ) {
        const { rows } = await client.query(
          "select count(distinct coalesce(worker, 0))::integer as n from waybill.lanes",
        );
        if (rows[0].n === owners) return;
        await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
      }
      throw new Error(`the lanes did not come to have ${owners} owners`);
    }

    async function killed(elsewhere: boolean): Promise<number> {
      const worker = await neighbour("worker.ts", { args: [ledger, destination] });
      await until(2);
      if (elsewhere)
        await client.query("update waybill.workers set place = 'elsewhere' where pid = $1", [worker.child.pid]);
      const fromMs = performance.now();
      worker.child.kill("SIGKILL");
      await until(1);
      return performance.now() - fromMs;
    }

    const elsewhereMs = await killed(true);
    const hereMs = await killed(false);
    await heir.stop();
    await client.end();
    return { elsewhereMs, hereMs };
  });
}
