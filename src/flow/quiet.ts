import type { Ledger } from "../ledger/ledger.ts";
import { durationText } from "../model/duration.ts";
import { WaybillError } from "../model/errors.ts";
import { type Clock, sleep } from "../world/clock.ts";

const lookEveryMs = 25;

/**
 * Resolves when no record is waiting or delivering: each is in a final state, or waits for a person.
 *
 * @throws {WaybillError} `timed-out` after `timeoutMs`, saying how many are left.
 */
export async function untilSettled(
  ledger: Ledger,
  clock: Clock,
  integration: string | undefined,
  timeoutMs: number,
): Promise<void> {
  const deadlineMs = clock.monotonic() + timeoutMs;
  for (;;) {
    const left = await ledger.unsettled(integration);
    if (left === 0) return;
    if (clock.monotonic() >= deadlineMs) {
      throw new WaybillError(
        "timed-out",
        `${left} ${left === 1 ? "record has" : "records have"} not settled within ${durationText(timeoutMs)}.`,
        "waybill records --state waiting shows what they wait for.",
      );
    }
    await sleep(clock, lookEveryMs);
  }
}
