import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { PgBoss } from "pg-boss";
import { inDatabase } from "../../database.ts";
import { webhookPath } from "../../order.ts";
import { load } from "../intake.ts";

// What one writes who takes webhooks into a queue: a handler that awaits `send` before it answers. It verifies no signature and checks no contract.

const queue = "orders";
/** Measured with 10, 20 and 40: more than this only wait for one another's processor. */
const connections = 20;

export async function pgBossIntake(count: number): Promise<Record<string, number>> {
  return inDatabase(async (connectionString) => {
    const boss = new PgBoss({ connectionString, max: connections, supervise: false, schedule: false });
    await boss.start();
    await boss.createQueue(queue);
    const app = new Hono();
    app.post(webhookPath, async (context) => {
      await boss.send(queue, await context.req.json());
      return context.json({}, 202);
    });
    const listening = Promise.withResolvers<number>();
    const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => listening.resolve(port));
    const figures = await load(await listening.promise, count);
    server.close();
    await boss.stop();
    return figures;
  });
}
