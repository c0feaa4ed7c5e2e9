import { durationText } from "../../model/duration.ts";
import { WaybillError } from "../../model/errors.ts";
import type { lookAround } from "./membership.ts";

// Who may not join those who work with a ledger: a machine whose clock is far from the others', and another program. Both would break promises quietly.

/**
 * What cannot be found is believed to be absent a minute after its last send (`visibleAfter`), and a key is repeated until its window is over: by the clock
 * of who looks, and of who sent. Where these are further apart, something could be made twice.
 */
const aheadMsMax = 60_000;

/** @param aheadMs how far the server's clock is ahead of this machine's. */
export function refuseClock(aheadMs: number, shown: string): void {
  if (Math.abs(aheadMs) <= aheadMsMax) return;
  throw new WaybillError(
    "bad-configuration",
    `The clock of this machine is ${durationText(Math.abs(Math.round(aheadMs / 1_000) * 1_000))} ${aheadMs > 0 ? "behind" : "ahead of"} that of the server of the ledger ${shown}: what others have sent could be made twice, and retries come at the wrong time.`,
    "Have the time kept by NTP on both machines: timedatectl",
  );
}

/**
 * Two versions of one program have something in common, however much was added or taken out. Where nothing is, it is another program: a record of the one
 * would fall to workers of the other, and wait there for ever; and of the sources only those of one would be read.
 */
export function refuseStranger(
  runs: readonly string[],
  { others }: Awaited<ReturnType<typeof lookAround>>,
  shown: string,
): void {
  const stranger = others.find(
    (other) => runs.length > 0 && other.runs.length > 0 && !other.runs.some((name) => runs.includes(name)),
  );
  if (stranger === undefined) return;
  throw new WaybillError(
    "ledger-owned",
    `Another program works with the ledger ${shown}: the worker ${stranger.name} runs ${listed(stranger.runs)}, and this one runs ${listed(runs)}. Workers that share a ledger run the same integrations.`,
    "Give this program a ledger of its own: put ?schema=NAME behind the address. If it is the same program under new names, stop all workers first.",
  );
}

const listedMax = 4;
const listed = (names: readonly string[]): string =>
  `${names.slice(0, listedMax).join(", ")}${names.length > listedMax ? " and more" : ""}`;
