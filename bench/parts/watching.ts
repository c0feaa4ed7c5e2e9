import { ordersIntegration } from "../order.ts";
import { inFolder } from "../processes.ts";
import { quietLog } from "../quiet-log.ts";
import { byTurns, type Delivered } from "../turns.ts";
import { deliverAll } from "./delivery.ts";

const rounds = 7;
const ordersMax = 30_000;

/**
 * What watching costs: delivery with everything that reads the events by default (the log as it is, counters and histograms) and with nothing that does, by
 * turns in one process. The share is the median of those of the rounds: what else the machine does comes and goes in less than a round, or hits both.
 */
export async function watching(count: number, destination: string): Promise<Record<string, number>> {
  const orders = Math.min(ordersMax, count);
  const once = (watched: boolean): Promise<Delivered> =>
    inFolder(async (folder) => {
      const log = quietLog(folder);
      const emit = watched ? log.emit : () => undefined;
      const from = process.threadCpuUsage();
      const { deliveredMs } = await deliverAll({
        folder,
        count: orders,
        orders: ordersIntegration(destination),
        emit,
        unwatched: !watched,
      });
      log.close();
      const { user, system } = process.threadCpuUsage(from);
      return { perSecond: (orders * 1_000) / deliveredMs, cpuUs: (user + system) / orders };
    });
  return byTurns(rounds, once);
}
