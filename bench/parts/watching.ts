import { ordersIntegration } from "../order.ts";
import { inFolder, median } from "../processes.ts";
import { quietLog } from "../quiet-log.ts";
import { deliverAll } from "./delivery.ts";

/** Rounds that count, after one that warms up; each is one delivery with readers and one without, the order changing. */
const rounds = 7;
const ordersMax = 30_000;

interface Figures {
  readonly perSecond: number;
  /** Of the main thread, for one order: on a machine that does other things too, this is the steadier figure. */
  readonly cpuUs: number;
}

/**
 * What watching costs: delivery with everything that reads the events by default (the log as it is, counters and histograms) and with nothing that does, by
 * turns in one process. The share is the median of those of the rounds: what else the machine does comes and goes in less than a round, or hits both.
 */
export async function watching(count: number, destination: string): Promise<Record<string, number>> {
  const orders = Math.min(ordersMax, count);
  const once = (watched: boolean): Promise<Figures> =>
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
  const shares: number[] = [];
  const work: number[] = [];
  const figures: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const first = round % 2 === 0;
    const one = await once(first);
    const other = await once(!first);
    const [watched, unwatched] = first ? [one, other] : [other, one];
    if (round < 0) continue;
    shares.push(watched.perSecond / unwatched.perSecond);
    work.push(watched.cpuUs / unwatched.cpuUs);
    figures.push(watched.perSecond);
  }
  return {
    perSecond: median(figures),
    share: median(shares),
    work: median(work),
    least: Math.min(...shares),
    most: Math.max(...shares),
  };
}
