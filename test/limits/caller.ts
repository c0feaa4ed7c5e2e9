// Delivers as fast as the limits let it, until it is stopped or killed: `fork("caller.ts", [JSON.stringify(plan)])`.
import { byKey, concurrent, cost, createWaybill, integration, type Limit, push, rate, system } from "waybill";
import { z } from "zod";

export interface CallerPlan {
  readonly url: string;
  readonly folder: string;
  readonly limits: keyof typeof limits;
  readonly records: number;
}

export const limits = {
  second: [rate(50, "1s"), concurrent(64)],
  twoSeconds: [rate(20, "2s")],
  minute: [rate(60, "1m")],
  nested: [rate(20, "1s"), rate(60, "5s")],
  // What is reserved is never less than what it will cost.
  points: [
    cost(100, "1s", {
      reserve: ({ json }) => (json as { points: number }).points + 3,
      of: ({ headers }) => Number(headers["x-cost"]),
    }),
  ],
  bucket: [rate(10, "1s", { burst: 30 })],
} satisfies Record<string, readonly Limit[]>;

const plan = JSON.parse(process.argv[2] ?? "{}") as CallerPlan;
const there = system("there", { baseUrl: plan.url, limits: limits[plan.limits] });
const calls = integration("calls", {
  source: push(),
  contract: z.object({ id: z.string(), points: z.number() }),
  identify: ({ id }) => ({ id }),
  async deliver(call, { effect }) {
    await effect("call", there.post("/calls", { json: call, idempotency: byKey() }));
  },
});

/** From 1 to 9, in no order that could fall into step with a window. */
const pointsOf = (at: number): number => 1 + ((Math.imul(at + 1, 2_654_435_761) >>> 16) % 9);

const waybill = await createWaybill({ integrations: [calls], ledger: `sqlite:${plan.folder}/ledger.db` });
await Promise.all(
  Array.from({ length: plan.records }, (_, at) => waybill.send("calls", { id: `c-${at}`, points: pointsOf(at) })),
);
await waybill.start();
process.send?.({ started: true });
process.on("message", async () => {
  await waybill.stop();
  process.exit(0);
});
process.on("disconnect", () => process.exit(0));
