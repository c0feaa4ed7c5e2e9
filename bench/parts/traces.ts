import { trace } from "@opentelemetry/api";
import { BatchSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { ordersIntegration } from "../order.ts";
import { inFolder, median } from "../processes.ts";
import { quietLog } from "../quiet-log.ts";
import { deliverAll } from "./delivery.ts";

/** Rounds that count, after one that warms up; each is one delivery that is recorded and one that is not, the order changing. */
const rounds = 5;
const ordersMax = 30_000;

/** Takes spans in batches and throws them away: what a backend costs is not measured. */
const nowhere: SpanExporter = { export: (_spans, done) => done({ code: 0 }), shutdown: async () => undefined };

/**
 * What traces cost: delivery while an SDK records every span, and while nobody does, by turns in one process. The shares are medians of those of the
 * rounds.
 */
export async function traces(count: number, destination: string): Promise<Record<string, number>> {
  const orders = Math.min(ordersMax, count);
  const once = (recorded: boolean): Promise<{ readonly perSecond: number; readonly cpuUs: number }> =>
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
  const shares: number[] = [];
  const work: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const first = round % 2 === 0;
    const one = await once(first);
    const other = await once(!first);
    const [recorded, unrecorded] = first ? [one, other] : [other, one];
    if (round < 0) continue;
    shares.push(recorded.perSecond / unrecorded.perSecond);
    work.push(recorded.cpuUs / unrecorded.cpuUs);
  }
  return { share: median(shares), work: median(work), least: Math.min(...shares), most: Math.max(...shares) };
}
