import { join } from "node:path";
import { assemble } from "../../src/assembly/assemble.ts";
import { listen } from "../../src/server/listen.ts";
import { createWorld } from "../../src/world/world.ts";
import { ordersIntegration, webhookSecret } from "../order.ts";
import { inFolder, neighbour } from "../processes.ts";

const lonesMax = 500;

/** How long one order alone takes, from its webhook to the destination. */
export async function lone(count: number): Promise<Record<string, number>> {
  return inFolder(async (folder) => {
    const shop = await neighbour("lone.ts");
    const assembly = await assemble({
      integrations: [ordersIntegration(String(shop.hello.destination))],
      ledger: `sqlite:${join(folder, "ledger.db")}`,
      release: "bench",
      world: createWorld({ env: { BENCH_SECRET: webhookSecret } }),
    });
    await assembly.start();
    const server = await listen(assembly.app, { host: "127.0.0.1", port: 0 });
    const figures = (await shop.ask({ url: server.url, count: Math.min(count, lonesMax) })) as Record<string, number>;
    await server.close(0);
    await assembly.stop();
    await shop.stop();
    return figures;
  });
}
