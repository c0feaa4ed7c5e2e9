import { createServer } from "node:http";
import { join } from "node:path";
import { assemble } from "../../src/assembly/assemble.ts";
import { listen } from "../../src/server/listen.ts";
import { createWorld } from "../../src/world/world.ts";
import { inDatabase } from "../database.ts";
import { ordersIntegration, webhookSecret } from "../order.ts";
import { inFolder, neighbour } from "../processes.ts";
import { spending } from "../processor.ts";

/** Signed orders to a server, as fast as it takes them. */
export async function load(port: number, count: number): Promise<Record<string, number>> {
  const shop = await neighbour("load.ts");
  const spent = spending();
  const { ms, taken } = await shop.ask({ port, count });
  const used = spent(count);
  await shop.stop();
  if (taken !== count) throw new Error(`${taken} of ${count} deliveries were taken.`);
  return { perSecond: (count * 1_000) / Number(ms), ...used };
}

/** A plain node:http server that reads a delivery and stores nothing: the measure of intake. */
export async function nothingStored(count: number): Promise<Record<string, number>> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      response.writeHead(202, { "content-type": "application/json", "content-length": 2 });
      response.end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const figures = await load(typeof address === "object" && address !== null ? address.port : 0, count);
  server.close();
  return figures;
}

/** Deliveries by webhook: signature verified, contract checked, and durable before the 202. Nothing is delivered meanwhile. */
export async function intake(count: number, destination: string): Promise<Record<string, number>> {
  return inFolder((folder) => intakeOf(count, destination, `sqlite:${join(folder, "ledger.db")}`));
}

/** The same, with the ledger in PostgreSQL. */
export async function postgresIntake(count: number, destination: string): Promise<Record<string, number>> {
  return inDatabase((ledger) => intakeOf(count, destination, ledger));
}

async function intakeOf(count: number, destination: string, ledger: string): Promise<Record<string, number>> {
  const assembly = await assemble({
    integrations: [ordersIntegration(destination)],
    ledger,
    release: "bench",
    world: createWorld({ env: { BENCH_SECRET: webhookSecret } }),
  });
  await assembly.ledger.own(Date.now());
  const server = await listen(assembly.app, { host: "127.0.0.1", port: 0 });
  const figures = await load(server.port, count);
  await server.close(0);
  await assembly.stop();
  return figures;
}
