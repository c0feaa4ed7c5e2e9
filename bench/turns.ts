import { median } from "./processes.ts";

/** Of one delivery. */
export interface Delivered {
  readonly perSecond: number;
  /** Of the main thread, for one order: on a machine that does other things too, this is the steadier figure. */
  readonly cpuUs: number;
}

/**
 * Delivery with something and without it, by turns in one process, the order changing; one round before the others warms up. The shares are medians of
 * those of the rounds: what else the machine does comes and goes in less than a round, or hits both.
 */
export async function byTurns(
  rounds: number,
  once: (withIt: boolean) => Promise<Delivered>,
): Promise<Record<"perSecond" | "share" | "work" | "least" | "most", number>> {
  const shares: number[] = [];
  const work: number[] = [];
  const figures: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const first = round % 2 === 0;
    const one = await once(first);
    const other = await once(!first);
    const [withIt, without] = first ? [one, other] : [other, one];
    if (round < 0) continue;
    shares.push(withIt.perSecond / without.perSecond);
    work.push(withIt.cpuUs / without.cpuUs);
    figures.push(withIt.perSecond);
  }
  return {
    perSecond: median(figures),
    share: median(shares),
    work: median(work),
    least: Math.min(...shares),
    most: Math.max(...shares),
  };
}
