import { trace } from "@opentelemetry/api";
import { BatchSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { ordersIntegration } from "../order.ts";
import { inFolder } from "../processes.ts";
import { quietLog } from "../quiet-log.ts";
import { byTurns, type Delivered } from "../turns.ts";
import { deliverAll } from "./delivery.ts";

const rounds = 5;
const ordersMax = 30_000;

/** Takes spans in batches and throws them away: what a backend costs is not measured. */
const nowhere: SpanExporter = { export: (_spans, done) => done({ code: 0 }), shutdown: async () => undefined };

/**
 * What traces cost: delivery while an SDK records every span, and while nobody does.
 */
export async function traces(count: number, destination: string): Promise<Record<string, number>> {
  const orders = Math.min(ordersMax, count);
  const once = (recorded: boolean): Promise<Delivered> =>
    inFolder(async (folder) => {
      const processor = new BatchSpanProcessor(nowhere, { maxQueueSize: 65_536, maxExportBatchSize: 4_096 });
      if (recorded) new NodeTracerProvider({ spanProcessors: [processor] }).register();
      const log = quietLog(folder);
      const from = process.threadCpuUsage();
      const { deliveredMs } = await deliverAll({
        folder,
        count: orders,
        orders: ordersIntegration(destination),
        emit: log.emit,
      });
      const { user, system } = process.threadCpuUsage(from);
      log.close();
      trace.disable();
      return { perSecond: (orders * 1_000) / deliveredMs, cpuUs: (user + system) / orders };
    });
  return byTurns(rounds, once);
}
